"""The log of views and the counts of a day: the fakes and the real ones alike."""

import asyncio
from datetime import date

import pytest

from services.uploads.ports import StaffView, ViewCounts
from services.uploads.repository import INDEXES
from services.uploads.view_repository import MongoViewCounts, MongoViews
from shared.mongo import Database
from tests.support.keys import a_cipher
from tests.uploads.builders import NOW, REGISTRATION
from tests.uploads.fakes import InMemoryViewCounts

TODAY, TOMORROW = date(2020, 3, 12), date(2020, 3, 13)


@pytest.fixture
async def counts(maybe_database: Database | None) -> ViewCounts:
    if maybe_database is None:
        return InMemoryViewCounts()
    await maybe_database.declare(INDEXES)
    return MongoViewCounts(maybe_database["view_counts"])


async def test_f58_a_day_has_so_many_views_for_each_and_not_one_more(counts: ViewCounts) -> None:
    taken = await asyncio.gather(*(counts.take("staff-1", TODAY, 5) for _ in range(12)))

    assert sum(taken) == 5
    assert not await counts.take("staff-1", TODAY, 5)
    assert await counts.take("staff-1", TODAY, 6)
    assert await counts.take("staff-1", TOMORROW, 5)
    assert await counts.take("staff-2", TODAY, 5)


@pytest.mark.real
async def test_views_are_written_down_and_their_reasons_encrypted(mongo_database: Database) -> None:
    views, reason = MongoViews(mongo_database["audit"], a_cipher()), "核对证件号码"

    await views.record(StaffView("staff-1", "session-1", REGISTRATION, "i1", "copy", "review", NOW))
    await views.record(
        StaffView("staff-1", "session-1", REGISTRATION, "i1", "uncovered", "review", NOW, reason)
    )

    plain = await mongo_database["audit"].find_one({"kind": "copy"})
    kept = await mongo_database["audit"].find_one({"kind": "uncovered"})
    assert plain is not None
    assert kept is not None
    assert (plain["staff_id"], plain["image_id"], "reason" in plain) == ("staff-1", "i1", False)
    assert reason not in str(kept)
    assert a_cipher().decrypt(kept["reason"], kept["_id"]) == reason
