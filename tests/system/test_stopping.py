"""Deploying: a process told to stop finishes what it has begun (row B13)."""

import asyncio
from dataclasses import dataclass, field

import aiohttp
import pytest

from deploy.embedded import System
from tests.story.context import Story
from tests.story.entry import play as enter
from tests.support.demo_system import addresses_of
from tests.support.gateway_client import ProblemError

pytestmark = pytest.mark.real


@dataclass
class Load:
    """Uploads and reads one after the other; no attempt is repeated, every failure counts."""

    story: Story
    done: int = 0
    failures: list[str] = field(default_factory=list)
    stopping: bool = False

    async def run(self) -> None:
        """Go on until told to stop."""
        person = self.story.person
        paper = self.story.folder.diploma(await person.dossier(), readable=True)
        while not self.stopping:
            try:
                receipt = await person.upload(paper.category, paper.specimen.content)
                await person.dossier()
                await person.delete(receipt["image_id"])
            except (ProblemError, aiohttp.ClientError) as error:
                self.failures.append(str(error))
            self.done += 1


@pytest.mark.timeout(300)
async def test_b13_restarting_each_instance_in_order_fails_no_request(
    system: System, session: aiohttp.ClientSession
) -> None:
    story = Story(session, addresses_of(system))
    await enter(story)
    story.person.browser.patience = 0
    load = Load(story)
    running = asyncio.create_task(load.run())

    for part in ("uploads", "uploads-2", "watermark"):
        await asyncio.sleep(2)
        await system.restart(part)
    load.stopping = True
    await running

    assert (load.failures, load.done > 10) == ([], True)
