"""All runs of the bench in their order, on one system, with one ledger."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded import System
from deploy.embedded.console import Console
from deploy.embedded.status import read_status
from tests.bench import drain, reads, rows
from tests.bench.courses import Series, answers, progress, resident, waits
from tests.bench.evidence import found_in
from tests.bench.imaging import imaging_figures
from tests.bench.pictures import written
from tests.bench.reference import Reference, mean, reference
from tests.bench.sustained import figures as sustained_figures
from tests.bench.sustained import sustained
from tests.bench.verdict import Verdict, judged
from tests.bench.world import World, fresh_system, world

A1_RATE, A2_RATE = 20.0, 100.0
READERS = 40
SETTLE_SECONDS = 5.0
PAUSE_AFTER_OVERLOAD = 30.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How long each run lasts."""

    imaging_rounds: int
    reference_seconds: float
    warm_up_seconds: float
    sustained_seconds: float
    reads_seconds: float
    a1_seconds: float
    a2_seconds: float
    after_seconds: float
    burst: int


FULL = Scale(12, 6.0, 10.0, 60.0, 30.0, 600.0, 60.0, 30.0, 2000)
SHORT = Scale(3, 3.0, 4.0, 15.0, 10.0, 30.0, 10.0, 10.0, 200)


@dataclass(slots=True)
class Outcome:
    """What was measured."""

    figures: dict[str, float] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    promised: dict[str, set[str]] = field(default_factory=dict)


async def measured_by(scale: Scale, folder: Path, console: Console) -> Outcome:
    """Measure everything, one run after the other."""
    outcome = Outcome()
    console.step("imaging")
    outcome.figures |= await asyncio.to_thread(imaging_figures, scale.imaging_rounds)
    async with fresh_system(folder) as system, world(system, folder) as here:
        console.step("the system is up")
        await _steady(here, scale, outcome, console)
        await _a1(here, scale, outcome, console)
        await _a2(here, scale, outcome, console)
        await _drain(here, scale, outcome, console)
        await here.quiet()
        await asyncio.sleep(SETTLE_SECONDS)
        verdict = judged(here.entries(), await found_in(here.system))
    _account(outcome, verdict, console)
    return outcome


async def _steady(here: World, scale: Scale, outcome: Outcome, console: Console) -> None:
    pictures = here.folder / "pictures"
    written(pictures, here.contents)
    before = await reference(pictures, scale.reference_seconds)
    run = await sustained(here, scale.sustained_seconds, scale.warm_up_seconds)
    after = await reference(pictures, scale.reference_seconds)
    outcome.figures |= sustained_figures(run, mean(before, after))
    console.step(f"sustained: {run.per_second:.1f} pictures/s, bare {_rates(before, after)}")


def _rates(before: Reference, after: Reference) -> str:
    return f"{before.per_second:.0f} and {after.per_second:.0f}/s"


async def _a1(here: World, scale: Scale, outcome: Outcome, console: Console) -> None:
    readers = await here.newcomers(READERS)
    idle = await reads.read_pages(here, readers, scale.reads_seconds)
    reading = asyncio.create_task(reads.read_pages(here, readers, scale.a1_seconds))
    run = await rows.run(here, A1_RATE, scale.a1_seconds)
    outcome.figures |= reads.figures(idle, await reading) | rows.figures("a1", run)
    minute = min(60.0, scale.a1_seconds / 4)
    outcome.figures |= {f"memory.growth_mb.{k}": v for k, v in run.samples.growth(minute).items()}
    outcome.promised["a1"] = run.promised
    outcome.series |= {"a1": waits(run.entries), "resident": resident(run.samples)}
    console.step(f"A1: {len(run.accepted)} of {len(run.entries)} accepted")


async def _a2(here: World, scale: Scale, outcome: Outcome, console: Console) -> None:
    starts = _starts(here.system)
    run = await rows.run(here, A2_RATE, scale.a2_seconds)
    outcome.figures |= rows.figures("a2", run)
    outcome.figures["a2.restarts"] = _starts(here.system) - starts
    outcome.promised["a2"] = run.promised
    outcome.series |= {"a2": answers(run.entries)}
    console.step(f"A2: {len(run.accepted)} of {len(run.entries)} accepted")
    await asyncio.sleep(min(PAUSE_AFTER_OVERLOAD, scale.a2_seconds))
    after = rows.figures("after", await rows.run(here, A1_RATE, scale.after_seconds))
    outcome.figures["a2.after_p95_ms"] = after["after.accepted_p95_ms"]


async def _drain(here: World, scale: Scale, outcome: Outcome, console: Console) -> None:
    before = {entry.attempt.image_id for entry in here.entries()}
    course = await drain.drain(here, scale.burst, console)
    outcome.promised["drain"] = {entry.attempt.image_id for entry in here.entries()} - before
    outcome.figures |= drain.figures(course)
    outcome.series |= {"drain": progress(course)}


def _account(outcome: Outcome, verdict: Verdict, console: Console) -> None:
    """Add what the ledger's checker has found; a loss is told with the run in which the promise was made."""
    for line in verdict.lines():
        console.line(f"  ledger: {line}")
    outcome.figures |= {f"ledger.{name}": count for name, count in verdict.counts().items()}
    outcome.figures["ledger.faults"] = verdict.faults
    lost = set(verdict.lost)
    for name, promised in outcome.promised.items():
        outcome.figures[f"{name}.lost"] = len(lost & promised)


def _starts(system: System) -> int:
    status = read_status(system.plan.layout.status) or {"parts": {}}
    return sum(part["starts"] for part in status["parts"].values())
