"""No room left to write (row B10): a clean refusal or an acknowledgement that is kept, and no restart needed.

A process whose files may not grow any further stands for a full disk: its writes fail the same way, and no
test needs a disk to fill.
"""

import contextlib
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import pytest

from deploy.embedded import System
from deploy.embedded.broker import control
from tests.story.context import Story
from tests.story.entry import play as enter
from tests.story.papers import Paper, images_of
from tests.support.demo_system import addresses_of
from tests.support.gateway_client import ProblemError, UnreachableError, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

MORE_THAN_ANY_DISK_HAS = "900TB"
USUAL_FREE_LIMIT = "200MB"
# More than a picture takes of the memory that a worker shares with its children: that counts as a file too.
LONG_LOG_BYTES = 1 << 28


@pytest.fixture
async def story(system: System, session: aiohttp.ClientSession) -> Story:
    """Return a story whose candidate is signed in."""
    told = Story(session, addresses_of(system))
    await enter(told)
    return told


@asynccontextmanager
async def full_disk(system: System, part: str, longest: int = 0) -> AsyncIterator[None]:
    """Let no file of a part grow beyond a length as long as the block lasts."""
    pid = system.pid(part)
    assert pid is not None
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (longest, hard))
    try:
        yield
    finally:
        # A server may have died of it: the supervisor has started it anew, without the limit.
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@asynccontextmanager
async def full_log_disk(system: System, part: str) -> AsyncIterator[None]:
    """Let the log of a part not grow as long as the block lasts, while there is memory for its work."""
    log = system.log(part)
    length = log.stat().st_size
    # A hole at its end takes no room.
    os.truncate(log, LONG_LOG_BYTES)
    try:
        async with full_disk(system, part, LONG_LOG_BYTES):
            yield
        assert log.stat().st_size == LONG_LOG_BYTES
    finally:
        os.truncate(log, length)


@asynccontextmanager
async def disk_alarm(system: System) -> AsyncIterator[None]:
    """Let the broker believe that its disk is full: it takes nothing more from anybody."""
    await control(system.plan, "set_disk_free_limit", MORE_THAN_ANY_DISK_HAS)
    try:
        yield
    finally:
        await control(system.plan, "set_disk_free_limit", USUAL_FREE_LIMIT)


async def some_paper(story: Story) -> Paper:
    """Return a picture to upload."""
    return story.folder.diploma(await story.person.dossier(), readable=True)


async def refused(story: Story, paper: Paper) -> None:
    """Send a picture once and hear that it can't be taken now."""
    patience, story.person.browser.patience = story.person.browser.patience, 0.0
    with pytest.raises((UnreachableError, ProblemError)) as refusal:
        await story.person.upload(paper.category, paper.specimen.content)
    story.person.browser.patience = patience
    assert "503" in str(refusal.value) or "507" in str(refusal.value), refusal.value


async def until_ready(story: Story, image_id: str) -> None:
    """Wait until the picture has come back watermarked."""

    async def ready() -> bool:
        return bool(images_of(await story.person.dossier())[image_id]["status"] == "ready")

    await eventually(ready, within=90, what="the picture is ready")


async def test_b10_while_the_broker_takes_nothing_pictures_are_kept_and_later_finished(
    system: System, story: Story
) -> None:
    paper = await some_paper(story)

    async with disk_alarm(system):
        receipt = await story.person.upload(paper.category, paper.specimen.content)
        meanwhile = images_of(await story.person.dossier())

    assert meanwhile[receipt["image_id"]]["status"] == "processing"
    await until_ready(story, receipt["image_id"])


async def test_b10_a_full_object_store_refuses_and_takes_again_when_there_is_room(
    system: System, story: Story
) -> None:
    paper = await some_paper(story)

    async with full_disk(system, "objects"):
        await refused(story, paper)
        meanwhile = images_of(await story.person.dossier())
    receipt = await story.person.upload(paper.category, paper.specimen.content)

    assert meanwhile == {}
    await until_ready(story, receipt["image_id"])


async def test_b10_a_full_database_refuses_and_takes_again_when_there_is_room(
    system: System, story: Story
) -> None:
    paper = await some_paper(story)

    async with full_disk(system, "database"):
        await refused(story, paper)
    receipt = await story.person.upload(paper.category, paper.specimen.content)

    assert list(images_of(await story.person.dossier())) == [receipt["image_id"]]
    await until_ready(story, receipt["image_id"])


async def test_b10_a_full_log_disk_stops_no_request(system: System, story: Story) -> None:
    paper = await some_paper(story)
    marker = str(uuid4())

    async with (
        full_log_disk(system, "uploads"),
        full_log_disk(system, "uploads-2"),
        full_log_disk(system, "watermark"),
    ):
        receipt = await story.person.upload(paper.category, paper.specimen.content)
        await until_ready(story, receipt["image_id"])
    before = system.log("uploads").stat().st_size
    with contextlib.suppress(ProblemError):
        await story.person.browser.get_json(f"/api/uploads/dossiers/{marker}")
    await story.person.delete(receipt["image_id"])

    logs = sum(system.log(part).stat().st_size for part in ("uploads", "uploads-2"))
    assert logs > before
