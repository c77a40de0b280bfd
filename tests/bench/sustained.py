"""How many pictures a second the system takes in and finishes for long, and what that costs whom."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy.embedded import System
from tests.bench import cpu
from tests.bench.phone import Errand
from tests.bench.reference import Reference
from tests.bench.sampling import roots_of
from tests.bench.world import World

PHONES = 12
WINDOW = 48
MOST_PER_SECOND = 150
PICTURES_EACH = 10
GENERATOR = "generator"
IMAGING = "imaging"
CORES = 2
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sustained:
    """A stretch of steady work: what was finished, in which time, and everybody's CPU seconds.

    `busy` is what the whole machine used: what is not ours went to others, and says how much the rates count.
    """

    pictures: int
    seconds: float
    used: Mapping[str, float]
    busy: float = 0.0

    @property
    def others_share(self) -> float:
        """Return which part of both cores went to programs that are not ours."""
        return max(0.0, self.busy - sum(self.used.values())) / (CORES * self.seconds)

    def milliseconds(self, *parts: str) -> float:
        """Return CPU milliseconds per picture of parts whose names begin so."""
        chosen = [spent for name, spent in self.used.items() if name.startswith(parts)]
        return sum(chosen) / self.pictures * 1000

    @property
    def per_second(self) -> float:
        """Return pictures a second."""
        return self.pictures / self.seconds

    @property
    def per_second_without_engine(self) -> float:
        """Return pictures a second in the time that both cores have left for everything but the database."""
        return self.pictures / (self.seconds - self.used["database"] / CORES)


async def sustained(world: World, seconds: float, warm_up: float) -> Sustained:
    """Keep the workers busy with as much as they can take, and look at a stretch in the middle."""
    people = await world.newcomers(round((seconds + warm_up) * MOST_PER_SECOND / PICTURES_EACH))
    work = world.errands(people)
    stop = asyncio.Event()
    sending = asyncio.create_task(_keep_busy(world, work, stop))
    await asyncio.sleep(warm_up)
    before, began, first = _used(world.system), time.monotonic(), len(world.ready.done)
    busy = cpu.busy_seconds()
    await asyncio.sleep(seconds)
    after, ended, last = _used(world.system), time.monotonic(), len(world.ready.done)
    busy = cpu.busy_seconds() - busy
    stop.set()
    await sending
    await world.quiet()
    return Sustained(last - first, ended - began, cpu.spent(before, after), busy)


def figures(run: Sustained, bare: Reference) -> Figures:
    """Return the figures of issue B's section on speed that this run gives."""
    uploads = run.milliseconds("uploads", "watermark", IMAGING)
    stages = {
        "uploads.stage_ms.api": run.milliseconds("uploads") - run.milliseconds("uploads-scheduler"),
        "uploads.stage_ms.worker": run.milliseconds("watermark"),
        "uploads.stage_ms.imaging": run.milliseconds(IMAGING),
        "uploads.stage_ms.scheduler": run.milliseconds("uploads-scheduler"),
    }
    return {
        "machine.others_share": run.others_share,
        "reference.cpu_ms": bare.cpu_ms,
        "reference.pictures_per_second": bare.per_second,
        "uploads.cpu_ms": uploads,
        "uploads.cpu_ratio": uploads / bare.cpu_ms,
        **stages,
        "system.pictures": run.pictures,
        "system.pictures_per_second": run.per_second,
        "system.throughput_ratio": run.per_second / bare.per_second,
        "system.throughput_ratio_without_db_engine": run.per_second_without_engine / bare.per_second,
        **{f"system.cpu_ms.{name}": spent / run.pictures * 1000 for name, spent in run.used.items()},
    }


async def _keep_busy(world: World, work: Iterator[Errand], stop: asyncio.Event) -> None:
    """Upload the next picture whenever few enough wait for the workers."""
    room = asyncio.Semaphore(WINDOW)
    world.ready.told = room.release

    async def phone() -> None:
        for errand in work:
            await room.acquire()
            if stop.is_set():
                return
            answer = await world.users.upload(errand)
            if not answer.is_accepted:
                room.release()

    await asyncio.gather(*(phone() for _ in range(PHONES)))


def _used(system: System) -> dict[str, float]:
    """Return everybody's CPU seconds: the workers' imaging children and the load generator by themselves."""
    roots = roots_of(system) | {GENERATOR: os.getpid()}
    everyone = cpu.processes()
    used = {}
    imaging = 0.0
    for name, root in roots.items():
        if root is None:
            continue
        members = [root] if name == GENERATOR else cpu.family(root, everyone)
        if name.startswith("watermark"):
            imaging += sum(everyone[pid].seconds for pid in members if pid != root)
            members = [root]
        used[name] = sum(everyone[pid].seconds for pid in members if pid in everyone)
    return used | {IMAGING: imaging}
