"""Once a second: what every part of the system holds and uses, and what waits for the workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deploy.embedded import System
from tests.bench import cpu

EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at all parts: CPU seconds so far and memory in MB, by part; and how many pictures wait."""

    at: float
    seconds: Mapping[str, float]
    megabytes: Mapping[str, float]
    waiting: int = 0


@dataclass(slots=True)
class Samples:
    """All looks of a run."""

    taken: list[Sample] = field(default_factory=list)

    def take(self, system: System, waiting: int) -> None:
        """Look once."""
        roots = roots_of(system)
        self.taken.append(Sample(time.time(), cpu.seconds_of(roots), cpu.megabytes_of(roots), waiting))

    @property
    def most_waiting(self) -> int:
        """Return how many pictures waited for the workers at once, at most."""
        return max((sample.waiting for sample in self.taken), default=0)

    def growth(self, minute: float = 60.0) -> dict[str, float]:
        """Return by how many MB each part's memory is larger in the last minute than in the first."""
        if not self.taken:
            return {}
        first_ends, last_begins = self.taken[0].at + minute, self.taken[-1].at - minute
        first = [sample for sample in self.taken if sample.at <= first_ends]
        last = [sample for sample in self.taken if sample.at >= last_begins]
        return {
            name: _middle(last, name) - _middle(first, name)
            for name in self.taken[-1].megabytes
            if name in self.taken[0].megabytes
        }


def roots_of(system: System) -> dict[str, int | None]:
    """Return the process of each part."""
    return {name: system.pid(name) for name in system.names}


@asynccontextmanager
async def sampled(system: System, waiting: Callable[[], int]) -> AsyncIterator[Samples]:
    """Look every second as long as the block lasts."""
    samples = Samples()

    async def look() -> None:
        while True:
            samples.take(system, waiting())
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(look())
    try:
        yield samples
    finally:
        task.cancel()


def _middle(samples: list[Sample], name: str) -> float:
    values = sorted(sample.megabytes[name] for sample in samples if name in sample.megabytes)
    return values[len(values) // 2] if values else 0.0
