"""The list of revoked sessions, as every service keeps it (D9)."""

from datetime import timedelta

import pytest

from shared.clock import SystemClock
from shared.mongo import Collection, Database
from shared.web.revocations import REMEMBERED, REVOCATION_INDEXES, RevocationList
from tests.support.clocks import A_MORNING

pytestmark = pytest.mark.real


@pytest.fixture
async def notes(mongo_database: Database) -> Collection:
    """Return a service's notes of revoked sessions."""
    collection = mongo_database["revoked_sessions"]
    await collection.declare(REVOCATION_INDEXES)
    return collection


async def test_d9_a_revocation_noted_by_one_instance_is_known_to_all(notes: Collection) -> None:
    here, there = RevocationList(notes), RevocationList(notes)

    await here.keep("session-1", A_MORNING)
    before = there.is_revoked("session-1")
    await there.reread()

    assert (here.is_revoked("session-1"), before) == (True, False)
    assert there.is_revoked("session-1")
    assert not there.is_revoked("session-2")


async def test_a_revocation_told_twice_is_noted_once(notes: Collection) -> None:
    for instance in (RevocationList(notes), RevocationList(notes)):
        await instance.keep("session-1", A_MORNING)

    assert await notes.count({}) == 1


async def test_an_instance_that_starts_knows_what_was_revoked_before(notes: Collection) -> None:
    await RevocationList(notes).keep("session-1", A_MORNING)
    starting = RevocationList(notes)

    await starting.reread()

    assert starting.is_revoked("session-1")


async def test_a_session_whose_last_token_is_long_over_is_forgotten(notes: Collection) -> None:
    revoked = RevocationList(notes)
    await revoked.keep("session-1", A_MORNING)
    long_ago = SystemClock().now() - REMEMBERED - timedelta(seconds=1)
    await notes.update_one({"_id": "session-1"}, {"$set": {"noted_at": long_ago}})

    await revoked.reread()

    assert not revoked.is_revoked("session-1")
