"""The last evening: candidates read their pages and upload, ever more of them, until the window closes."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from ruamel.yaml import YAML

from deploy.embedded import System, plan_for, started
from deploy.embedded.console import Console
from deploy.embedded.demo import Demo
from deploy.embedded.plan import DEMO_POLICY, Plan
from deploy.embedded.ports import free_ports
from shared.clock import SHANGHAI, SharedOffsetClock
from tests.bench.candidates import PLACES, BenchCandidate, signer_of
from tests.bench.evidence import found_in
from tests.bench.ledger import Entry
from tests.bench.phone import open_loop
from tests.bench.sampling import Samples, sampled
from tests.bench.schedule import last_evening, varying
from tests.bench.verdict import Verdict, judged
from tests.bench.world import World, world
from tests.rehearsal.roster import roster

CLOSING = datetime(2020, 3, 15, 22, 0, tzinfo=SHANGHAI)
OPENING = CLOSING - timedelta(days=10)
CLOSES_AFTER = 5 / 6
PAGES_PER_UPLOAD = 2
KNOWN_WITHIN_SECONDS = 120.0
SETTLE_SECONDS = 5.0
# The services read the moved clock a hundred times a second; who sends within that time may come through.
GRACE_SECONDS = 0.25
# The demo's policy with a window that closes that evening.
POLICY = f"""name: rehearsal
inherits: demo
deadline:
  upload_window: {{open: {OPENING.isoformat()}, close: {CLOSING.isoformat()}}}
"""


@dataclass(frozen=True)
class Evening:
    """How large it is: candidates, uploads a second at the peak, seconds, watermark workers."""

    candidates: int
    peak: float
    seconds: float
    workers: int = 1

    @cached_property
    def instants(self) -> list[float]:
        """Return when the uploads are due."""
        return varying(last_evening(self.peak, self.seconds), self.seconds)

    @property
    def least_candidates(self) -> int:
        """Return how many candidates have places for so many pictures."""
        return -(-len(self.instants) // len(PLACES))


@dataclass(frozen=True, slots=True)
class Replayed:
    """What happened."""

    evening: Evening
    began_at: float
    entries: Sequence[Entry]
    samples: Samples
    verdict: Verdict

    @property
    def closed_at(self) -> float:
        """Return when the window closed, by the machine's clock."""
        return self.began_at + self.evening.seconds * CLOSES_AFTER

    @property
    def too_late(self) -> list[Entry]:
        """Return uploads that were begun after closing and accepted all the same."""
        after = self.closed_at + GRACE_SECONDS
        return [entry for entry in self.entries if entry.is_acknowledged and entry.attempt.sent_at > after]

    @property
    def held(self) -> bool:
        """Tell whether somebody got in, every promise was kept and the window closed for everybody."""
        return self.verdict.acknowledged > 0 and self.verdict.is_clean and not self.too_late


async def replay(evening: Evening, folder: Path, console: Console) -> Replayed:
    """Set everything up, let the evening pass, and look at what is there afterwards."""
    async with _standing(evening, folder) as system, world(system, folder) as here:
        await asyncio.to_thread(Demo(system, console).load)
        people = await _known(system, evening.candidates)
        console.step(f"{len(people)} candidates are known")
        await here.opened(people)
        console.step(f"the evening begins: {len(evening.instants)} uploads in {evening.seconds:.0f} s")
        began_at = _set_clock(system, evening)
        async with sampled(system, here.waiting) as samples:
            telling = asyncio.create_task(_tell(here, console, began_at, evening))
            reading = asyncio.create_task(_read_pages(here, people, evening))
            await open_loop(here.users, evening.instants, here.errands(people))
            telling.cancel()
            await reading
        await here.quiet()
        await asyncio.sleep(SETTLE_SECONDS)
        verdict = judged(here.entries(), await found_in(system))
        return Replayed(evening, began_at, here.entries(), samples, verdict)


def _set_clock(system: System, evening: Evening) -> float:
    """Make it so many seconds before closing for every service; return the machine's instant."""
    before = timedelta(seconds=evening.seconds * CLOSES_AFTER)
    SharedOffsetClock(system.plan.layout.clock).set(CLOSING - before)
    return time.time()


@asynccontextmanager
async def _standing(evening: Evening, folder: Path) -> AsyncIterator[System]:
    """Run a system with a roster and a window of its own."""
    block = started(await asyncio.to_thread(_planned, evening, folder))
    running = await asyncio.to_thread(block.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(block.__exit__, None, None, None)


def _planned(evening: Evening, folder: Path) -> Plan:
    """Write the roster and the policy, and set the clock to an hour before closing."""
    folder.mkdir(parents=True, exist_ok=True)
    roster_file, policies = folder / "roster.yaml", folder / "policies"
    with roster_file.open("w") as target:
        YAML(typ="safe").dump(roster(evening.candidates), target)
    shutil.copytree(DEMO_POLICY.parent, policies)
    policy_file = policies / "rehearsal.yaml"
    policy_file.write_text(POLICY)
    plan = plan_for(
        folder / "system",
        ports=free_ports(),
        policy_files=(policy_file,),
        roster=roster_file,
        workers=evening.workers,
    )
    SharedOffsetClock(plan.layout.clock).set(CLOSING - timedelta(hours=1))
    return plan


async def _known(system: System, number: int) -> list[BenchCandidate]:
    """Return the roster's candidates once uploads has heard of all of them."""
    signer = signer_of(system)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.mongo_url("admin"))
    async with client, asyncio.timeout(KNOWN_WITHIN_SECONDS):
        registrations = client[system.mongo_database("uploads")]["registrations"]
        while len(found := await registrations.find().to_list()) < number:  # noqa: ASYNC110 - others write it
            await asyncio.sleep(0.5)
    return [BenchCandidate(each["_id"], each["candidate_id"], signer) for each in found]


async def _read_pages(here: World, people: Sequence[BenchCandidate], evening: Evening) -> None:
    """Let candidates look at their pages, more often than they upload."""
    began = time.monotonic()
    rate = last_evening(evening.peak * PAGES_PER_UPLOAD, evening.seconds)
    async with asyncio.TaskGroup() as reading:
        for number, instant in enumerate(varying(rate, evening.seconds)):
            await asyncio.sleep(max(0.0, began + instant - time.monotonic()))
            reading.create_task(here.users.open_page(people[number % len(people)]))


async def _tell(here: World, console: Console, began_at: float, evening: Evening) -> None:
    while True:
        await asyncio.sleep(5)
        left = began_at + evening.seconds * CLOSES_AFTER - time.time()
        when = f"closes in {left:.0f} s" if left > 0 else f"closed {-left:.0f} s ago"
        console.step(f"{when}: {here.users.accepted} accepted, {here.waiting()} in processing")
