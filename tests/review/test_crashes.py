"""Killed between save and announcement: the events wait in the case, and a retry says nothing twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.embedded import System
from services.review.model import Case
from shared.clock import SystemClock
from shared.ids import new_id
from shared.messaging.outbox import Outbox
from shared.mongo import Database, database_at
from shared.settings import MongoSettings
from tests.review.builders import CASE, a_waiting_case, judged, locked_for
from tests.review.crashing import WANG, command, use_cases_on
from tests.review.test_repository import mongo_cases
from tests.support.fakes import RecordingPublisher

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Place:
    """A database that another process can open too."""

    url: str
    name: str
    database: Database


@pytest.fixture
async def place(servers: System) -> AsyncIterator[Place]:
    """Return a database of the test's own."""
    url, name = servers.mongo_url("admin"), f"test_{new_id()[-12:]}"
    async with database_at(MongoSettings(url=SecretStr(url), database=name)) as database:
        yield Place(url, name, database)


async def killed_at(crashpoint: str, place: Place, name: str) -> None:
    """Run a command in a process of its own that dies at the crash point."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.review.crashing",
        place.url,
        place.name,
        name,
        cwd=ROOT,
        env={**os.environ, "CRASH_AT": crashpoint},
    )
    assert await child.wait() == -signal.SIGKILL


async def swept(place: Place) -> list[str]:
    """Let the sweeper find what was left behind; return the types of what it sends."""
    long_ago = SystemClock().now() - timedelta(minutes=1)
    await place.database["cases"].update_one({"_id": CASE}, {"$set": {"outbox_since": long_ago}})
    publisher = RecordingPublisher()
    await Outbox(place.database["cases"], publisher).sweep()
    return [envelope.type for envelope in publisher.sent]


@pytest.mark.parametrize(
    ("crashpoint", "name", "case", "types"),
    [
        ("review.after_claim", "claim", a_waiting_case(), ["review.case.claimed"]),
        ("review.after_release", "release", locked_for(a_waiting_case(), WANG), ["review.case.released"]),
        (
            "review.after_decision",
            "pass",
            judged(locked_for(a_waiting_case(), WANG), WANG),
            ["review.case.decided", "review.case.result-announced"],
        ),
        (
            "review.after_decision",
            "send_back",
            judged(locked_for(a_waiting_case(), WANG), WANG, returned=["image-diploma"]),
            ["review.case.sent-back"],
        ),
    ],
    ids=["claim", "release", "pass", "send back"],
)
async def test_what_was_saved_is_said_exactly_once(
    place: Place, crashpoint: str, name: str, case: Case, types: list[str]
) -> None:
    await mongo_cases(place.database).save(Case(CASE), case)

    await killed_at(crashpoint, place, name)
    # The reviewer's page saw no answer and tries again.
    await command(use_cases_on(place.database), name)

    assert await swept(place) == types
    assert await swept(place) == []
