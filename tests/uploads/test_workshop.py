"""The children: real ones, and stubs that die or hang (row B14)."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.uploads.ports import Processed, Unreadable
from services.uploads.workshop import ChildWorkshop, Limits, UnfitWorkshopError, tried
from tests.uploads.pictures import jpeg

DIES = "import os, sys; sys.stdin.buffer.read(4); os.abort()"
HANGS = "import time; time.sleep(60)"
BABBLES = "import sys, time; sys.stdout.write('x' * 100); sys.stdout.flush(); time.sleep(60)"


@asynccontextmanager
async def made_of(code: str | None, limits: Limits | None = None) -> AsyncIterator[ChildWorkshop]:
    shop = ChildWorkshop(1, (sys.executable, "-c", code), limits) if code else ChildWorkshop(1)
    try:
        yield shop
    finally:
        await shop.stop()


async def test_a_child_makes_copy_and_thumbnail_one_after_the_other() -> None:
    async with made_of(None) as shop:
        await tried(shop)
        for seed in (1, 2):
            made = await shop.process(jpeg(seed), "考审")

            assert isinstance(made, Processed)
            assert (made.width, made.height) == (160, 120)
        assert await shop.process(jpeg(3)[:300], "") == Unreadable("image_damaged")


@pytest.mark.parametrize("code", [DIES, BABBLES])
async def test_b14_a_picture_that_costs_two_children_is_refused(code: str) -> None:
    async with made_of(code) as shop:
        assert await shop.process(jpeg(1), "") == Unreadable("image_damaged")


async def test_b14_a_child_that_hangs_is_killed() -> None:
    async with made_of(HANGS, Limits(wall_seconds=0.2, start_seconds=0)) as shop:
        assert await shop.process(jpeg(1), "") == Unreadable("image_damaged")


async def test_a_workshop_that_cannot_do_its_work_is_not_started_with() -> None:
    async with made_of(DIES) as shop:
        with pytest.raises(UnfitWorkshopError):
            await tried(shop)
