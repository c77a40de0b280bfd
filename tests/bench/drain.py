"""A burst that the workers need a while for: how fast it drains with one worker, and with two."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.embedded.console import Console
from tests.bench.phone import Errand
from tests.bench.rows import PICTURES_EACH
from tests.bench.world import World

PHONES = 16
PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 1.0
SHARE_WITH_ONE = 0.5
Figures = dict[str, float]


@dataclass(slots=True)
class Progress:
    """How many pictures of the burst were ready, second by second."""

    burst: int
    at: list[float] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    scaled_at: int = 0

    def rate(self, first: int, last: int) -> float:
        """Return pictures a second between two looks."""
        return (self.ready[last] - self.ready[first]) / (self.at[last] - self.at[first])


async def drain(world: World, burst: int, console: Console) -> Progress:
    """Upload a burst as fast as the intake takes it, then add a worker half-way through what is left."""
    people = await world.newcomers(-(-burst // PICTURES_EACH))
    already = len(world.ready.done)
    work = world.errands(people)
    progress = Progress(burst)
    sending = asyncio.gather(*(_phone(world, work) for _ in range(PHONES)))
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        ready = len(world.ready.done) - already
        progress.at.append(time.monotonic() - began)
        progress.ready.append(ready)
        console.step(f"drain: {ready} of {burst} ready")
        if ready >= burst and sending.done():
            break
        if not progress.scaled_at and ready >= burst * SHARE_WITH_ONE:
            progress.scaled_at = len(progress.at) - 1
            await world.system.scale_workers(2)
            console.step("drain: two workers")
        await asyncio.sleep(LOOK_SECONDS)
    await sending
    await world.system.scale_workers(1)
    return progress


def figures(progress: Progress) -> Figures:
    """Return the rates before and after the second worker."""
    last = len(progress.at) - 1
    return {
        "drain.burst": progress.burst,
        "drain.ready": progress.ready[-1],
        "drain.seconds": progress.at[-1],
        "drain.per_second_one_worker": progress.rate(0, progress.scaled_at),
        "drain.per_second_two_workers": progress.rate(progress.scaled_at, last),
    }


async def _phone(world: World, work: Iterator[Errand]) -> None:
    """Upload one picture after the other; what is shed is sent again with its key, as the page does."""
    for errand in work:
        answer = await world.users.upload(errand)
        while not answer.is_accepted and answer.retry_after is not None:
            await asyncio.sleep(answer.retry_after)
            answer = await world.users.upload(errand)
