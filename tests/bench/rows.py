"""Rows A1 and A2 of reliability.md: open-loop runs at a fixed rate, with the ledger and a sample a second."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.ledger import Entry
from tests.bench.percentiles import percentile
from tests.bench.phone import open_loop
from tests.bench.sampling import Samples, sampled
from tests.bench.schedule import steady
from tests.bench.world import World

PICTURES_EACH = 10
PATIENCE_SECONDS = 120.0
SHED = frozenset({429, 503})
FAULT = 500
SERVER_BUSY = 503
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """What happened in one open-loop run."""

    entries: Sequence[Entry]
    done: Mapping[str, float]
    samples: Samples
    drained: bool

    @property
    def accepted(self) -> list[Entry]:
        """Return the attempts that were acknowledged."""
        return [entry for entry in self.entries if entry.is_acknowledged]

    @property
    def promised(self) -> set[str]:
        """Return the images that were acknowledged."""
        return {entry.attempt.image_id for entry in self.accepted}

    def ready_after(self) -> list[float]:
        """Return how long each acknowledged picture took to be ready, from its acknowledgement."""
        return [
            max(0.0, self.done[entry.attempt.image_id] - entry.answer.at)
            for entry in self.accepted
            if entry.answer is not None and entry.attempt.image_id in self.done
        ]


async def run(world: World, rate: float, seconds: float) -> Run:
    """Send so many uploads a second, whatever the answers; then wait for the workers."""
    people = await world.newcomers(round(rate * seconds / PICTURES_EACH) + 1)
    began = time.time()
    async with sampled(world.system, world.waiting) as samples:
        await open_loop(world.users, steady(rate, seconds), world.errands(people))
    entries = [entry for entry in world.entries() if entry.attempt.sent_at >= began]
    accepted = [entry for entry in entries if entry.is_acknowledged]
    drained = await world.ready.until_all((entry.attempt.image_id for entry in accepted), PATIENCE_SECONDS)
    return Run(entries, world.ready.done, samples, drained)


def figures(name: str, run: Run) -> Figures:
    """Return what a row is judged by."""
    waits = [entry.seconds for entry in run.accepted] or [0.0]
    ready = run.ready_after() or [0.0]
    codes = Counter(entry.status for entry in run.entries)
    shed = [entry for entry in run.entries if entry.status in SHED]
    faults = sum(count for status, count in codes.items() if status >= FAULT and status not in SHED)
    return {
        f"{name}.sent": len(run.entries),
        f"{name}.accepted": len(run.accepted),
        f"{name}.shed": len(shed),
        f"{name}.shed_without_retry_after": sum(
            entry.answer is not None and entry.answer.retry_after is None for entry in shed
        ),
        f"{name}.faults": faults,
        f"{name}.unanswered": codes[0],
        f"{name}.refused_otherwise": len(run.entries) - len(run.accepted) - len(shed) - faults - codes[0],
        f"{name}.accepted_p95_ms": percentile(waits, 0.95) * 1000,
        f"{name}.accepted_p99_ms": percentile(waits, 0.99) * 1000,
        f"{name}.ready_p95_s": percentile(ready, 0.95),
        f"{name}.most_in_processing": run.samples.most_waiting,
        f"{name}.drained": run.drained,
    }
