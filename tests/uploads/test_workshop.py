"""The children: real ones, and stubs that die or hang (row B14)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from services.uploads.imaging_wire import KEPT_BYTES
from services.uploads.tasks import Finish, Processed, Unreadable, Values
from services.uploads.workshop import (
    CHILD,
    ChildWorkshop,
    Limits,
    UnfitWorkshopError,
    WorkshopUnavailableError,
    tried,
)
from tests.uploads.pictures import jpeg

LARGE = bytes(6 << 20)
READY = """
import json, os, signal, sys, time

def part():
    return sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big"))

def request():
    return json.loads(part())["pictures"]

def answer(pictures=(4, 5)):
    traits = {"perceptual_hash": "0" * 16, "sharpness": 1.0, "brightness": 1.0, "glare": 0.0}
    values = {"width": 1, "height": 1, "traits": traits, "camera": {}}
    header = {"readable": True, "values": values, "pictures": pictures}
    os.pwrite(int(sys.argv[-1]), b"copysmall", 0)
    words = json.dumps(header).encode()
    sys.stdout.buffer.write(len(words).to_bytes(4, "big") + words)
    sys.stdout.buffer.flush()

SLOW_TO_START
request(), answer()
"""
SOUND = READY.replace("SLOW_TO_START", "")
FAILS_TO_START = "import os, sys; sys.stdin.buffer.read(4); os.abort()"
NEVER_STARTS = "import time; time.sleep(60)"
DIES = SOUND + "part(), os.abort()"
BABBLES = SOUND + "part(), sys.stdout.write('x' * 100), sys.stdout.flush(), time.sleep(60)"
PROMISES_MORE_THAN_LIES_THERE = SOUND + "request(), answer((4, 5_000_000)), time.sleep(60)"
PROMISES_TOO_MUCH = SOUND + "request(), answer((4, 2**40)), time.sleep(60)"
PROMISES_LESS_THAN_NOTHING = SOUND + "request(), answer((-4, 5)), time.sleep(60)"
TAKES_THE_MEMORY_AWAY = (
    SOUND + "request(), os.ftruncate(int(sys.argv[-1]), 0), answer((4, 500)), time.sleep(60)"
)
LAYS_DOWN_MORE_THAN_IT_SAYS = (
    SOUND + "request(), os.pwrite(int(sys.argv[-1]), bytes(6 << 20), 0), answer(), time.sleep(60)"
)
HANGS = SOUND + "open(sys.argv[1], 'a').write('x'), time.sleep(60)"
WORKS_TOO_LONG = SOUND + "part(), open(sys.argv[1], 'a').write('x'), os.kill(os.getpid(), signal.SIGXCPU)"
SPINS = """
import services.uploads.imaging_child as child

def spin(params, blobs):
    while True:
        pass

child.CPU_SECONDS = 1
child.serve({**child.OPERATIONS, "spin": spin})
"""
STARTS_SLOWLY = READY.replace("SLOW_TO_START", "time.sleep(1)") + "request(), time.sleep(60)"


@asynccontextmanager
async def made_of(
    code: str | None, limits: Limits | None = None, *arguments: str
) -> AsyncIterator[ChildWorkshop]:
    command = (sys.executable, "-c", code, *arguments) if code else CHILD
    shop = ChildWorkshop(1, command, limits)
    try:
        yield shop
    finally:
        await shop.stop()


async def test_a_child_makes_copy_and_thumbnail_one_after_the_other() -> None:
    async with made_of(None) as shop:
        await tried(shop)
        for seed in (1, 2):
            made = await shop.do(Finish(jpeg(seed), "考审"))

            assert isinstance(made, Processed)
            assert (made.width, made.height) == (160, 120)
        assert await shop.do(Finish(jpeg(3)[:300], "")) == Unreadable("image_damaged")


@pytest.mark.parametrize(
    "code",
    [
        DIES,
        BABBLES,
        PROMISES_MORE_THAN_LIES_THERE,
        PROMISES_TOO_MUCH,
        PROMISES_LESS_THAN_NOTHING,
        TAKES_THE_MEMORY_AWAY,
    ],
)
async def test_b14_a_picture_that_costs_two_children_is_refused(code: str) -> None:
    async with made_of(code) as shop:
        assert await shop.do(Finish(jpeg(1), "")) == Unreadable("image_damaged")


async def test_b14_a_child_that_hangs_is_killed_and_its_picture_is_not_tried_again(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    async with made_of(HANGS, Limits(wall_seconds=0.5), str(tries)) as shop:
        assert await shop.do(Finish(jpeg(1), "")) == Unreadable("image_damaged")
    assert tries.read_text() == "x"


async def test_b14_a_child_that_works_too_long_is_ended_and_its_picture_is_not_tried_again(
    tmp_path: Path,
) -> None:
    tries = tmp_path / "tries"
    async with made_of(WORKS_TOO_LONG, None, str(tries)) as shop:
        assert await shop.do(Finish(jpeg(1), "")) == Unreadable("image_damaged")
    assert tries.read_text() == "x"


@dataclass(frozen=True, slots=True)
class Spin:
    """Work without an end."""

    op: ClassVar[str] = "spin"

    def params(self) -> Mapping[str, object]:
        """Return nothing to know."""
        return {}

    def blobs(self) -> tuple[bytes, ...]:
        """Return no picture."""
        return ()

    def read(self, values: Values, blobs: Sequence[bytes]) -> None:
        """Return nothing."""


async def test_b14_the_system_ends_a_child_by_the_time_it_worked_and_the_next_picture_has_its_own() -> None:
    async with made_of(SPINS) as shop:
        assert await shop.do(Spin()) == Unreadable("image_damaged")
        assert isinstance(await shop.do(Finish(jpeg(1), "")), Processed)


async def test_b14_the_time_to_start_is_not_added_to_a_picture_s_own() -> None:
    async with made_of(STARTS_SLOWLY, Limits(wall_seconds=0.2, start_seconds=30)) as shop:
        async with asyncio.timeout(10):
            assert await shop.do(Finish(jpeg(1), "")) == Unreadable("image_damaged")


@pytest.mark.parametrize("code", [FAILS_TO_START, NEVER_STARTS])
async def test_a_child_that_does_not_start_is_no_picture_s_fault(code: str) -> None:
    async with made_of(code, Limits(start_seconds=0.5)) as shop:
        with pytest.raises(WorkshopUnavailableError):
            await shop.do(Finish(jpeg(1), ""))


async def test_a_large_picture_passes_and_leaves_no_memory_taken() -> None:
    large = jpeg(1) + LARGE
    async with made_of(None) as shop:
        assert isinstance(await shop.do(Finish(large, "")), Processed)
        assert _shared_bytes() <= KEPT_BYTES
        assert isinstance(await shop.do(Finish(jpeg(2), "")), Processed)


async def test_a_large_picture_that_cannot_be_read_leaves_no_memory_taken() -> None:
    async with made_of(None) as shop:
        assert await shop.do(Finish(LARGE, "")) == Unreadable("image_damaged")
        assert _shared_bytes() <= KEPT_BYTES


async def test_a_child_that_lays_down_more_than_it_says_leaves_no_memory_taken() -> None:
    async with made_of(LAYS_DOWN_MORE_THAN_IT_SAYS) as shop:
        assert isinstance(await shop.do(Finish(jpeg(1), "")), Processed)
        assert _shared_bytes() <= KEPT_BYTES


async def test_children_that_are_replaced_leave_no_memory_behind() -> None:
    async with made_of(DIES) as shop:
        for _ in range(3):
            await shop.do(Finish(jpeg(1), ""))
        assert len(_shared_memories()) <= 1
    assert _shared_memories() == []


def _shared_memories() -> list[Path]:
    mine = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - closed by then
    return [each for each in mine if each.is_symlink() and "memfd:pictures" in str(each.readlink())]


def _shared_bytes() -> int:
    return sum(each.stat().st_blocks * 512 for each in _shared_memories())


async def test_a_workshop_that_cannot_do_its_work_is_not_started_with() -> None:
    async with made_of(FAILS_TO_START) as shop:
        with pytest.raises(UnfitWorkshopError):
            await tried(shop)
