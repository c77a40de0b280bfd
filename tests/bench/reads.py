"""Reading the dossier page: alone, and while uploads come at A1's rate."""

import asyncio
import time
from collections.abc import Sequence

from tests.bench.candidates import BenchCandidate
from tests.bench.percentiles import percentile
from tests.bench.schedule import steady
from tests.bench.world import World

PER_SECOND = 10.0
Figures = dict[str, float]


async def read_pages(world: World, people: Sequence[BenchCandidate], seconds: float) -> list[float]:
    """Read pages at a fixed rate, whatever the answers; return how long each took."""
    began = time.monotonic()
    taken: list[float] = []

    async def read(person: BenchCandidate) -> None:
        _, waited = await world.users.open_page(person)
        taken.append(waited)

    async with asyncio.TaskGroup() as reading:
        for number, instant in enumerate(steady(PER_SECOND, seconds)):
            await asyncio.sleep(max(0.0, began + instant - time.monotonic()))
            reading.create_task(read(people[number % len(people)]))
    return taken


def figures(idle: Sequence[float], loaded: Sequence[float]) -> Figures:
    """Return both percentiles and their ratio."""
    return {
        "reads.idle_p50_ms": percentile(idle, 0.5) * 1000,
        "reads.idle_p99_ms": percentile(idle, 0.99) * 1000,
        "reads.loaded_p50_ms": percentile(loaded, 0.5) * 1000,
        "reads.loaded_p99_ms": percentile(loaded, 0.99) * 1000,
        "reads.p99_ratio": percentile(loaded, 0.99) / percentile(idle, 0.99),
    }
