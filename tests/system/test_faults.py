"""Servers that hang or are gone: nobody waits long, nothing is lost or promised falsely (rows B3, B4)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from deploy.embedded import System
from tests.story.context import Story
from tests.story.entry import play as enter
from tests.story.papers import Paper, images_of
from tests.support.broker import eventually
from tests.support.demo_system import addresses_of
from tests.support.gateway_client import UnreachableError

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

# The goal is 3 s for the answer itself; the rest is this machine's slack under a full test run.
LONGEST_WAIT_SECONDS = 6.0


@pytest.fixture
async def story(system: System, session: aiohttp.ClientSession) -> Story:
    """Return a story whose candidate is signed in."""
    told = Story(session, addresses_of(system))
    await enter(told)
    return told


@asynccontextmanager
async def frozen(system: System, part: str) -> AsyncIterator[None]:
    """Freeze a server as long as the block lasts."""
    await system.pause(part)
    try:
        yield
    finally:
        await system.resume(part)


async def readiness(system: System, session: aiohttp.ClientSession, part: str) -> int:
    """Return the status of a part's readiness page."""
    port = system.env_for(part)["UPLOADS_HTTP__INTERNAL_PORT"]
    async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
        return response.status


async def some_paper(story: Story) -> Paper:
    """Return a picture to upload."""
    return story.folder.diploma(await story.person.dossier(), readable=True)


async def is_ready(story: Story, image_id: str) -> bool:
    """Return whether the picture has come back watermarked."""
    return bool(images_of(await story.person.dossier())[image_id]["status"] == "ready")


async def test_b3_while_the_broker_hangs_pictures_are_acknowledged_and_later_processed(
    system: System, session: aiohttp.ClientSession, story: Story
) -> None:
    paper = await some_paper(story)

    async with frozen(system, "broker"):
        began = time.monotonic()
        receipt = await story.person.upload(paper.category, paper.specimen.content)
        waited = time.monotonic() - began
        status = await readiness(system, session, "uploads")

    assert (waited < LONGEST_WAIT_SECONDS, status) == (True, 503)
    await eventually(lambda: is_ready(story, receipt["image_id"]), within=90)


async def test_b4_while_the_database_hangs_nothing_is_promised(system: System, story: Story) -> None:
    paper = await some_paper(story)
    story.person.browser.patience = 0

    async with frozen(system, "database"):
        began = time.monotonic()
        with pytest.raises(UnreachableError) as refusal:
            await story.person.upload(paper.category, paper.specimen.content)
        waited = time.monotonic() - began

    assert waited < LONGEST_WAIT_SECONDS, refusal.value
    story.person.browser.patience = 60
    await asyncio.sleep(1)
    assert images_of(await story.person.dossier()) == {}


async def test_b4_an_upload_repeated_over_a_dead_database_is_one_picture(
    system: System, story: Story
) -> None:
    paper = await some_paper(story)
    story.person.browser.patience = 90

    await system.kill("database")
    receipt = await story.person.upload(paper.category, paper.specimen.content)

    assert list(images_of(await story.person.dossier())) == [receipt["image_id"]]
    await eventually(lambda: is_ready(story, receipt["image_id"]), within=90)
