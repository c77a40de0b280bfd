"""Deletions, holds and walks: the fakes and MongoDB keep one contract."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from services.uploads.deletion import Cause, Deletion, of_objects
from services.uploads.deletion_repository import (
    DELETION_INDEXES,
    MongoAudit,
    MongoCursors,
    MongoDeletions,
    MongoLegalHolds,
    MongoViewLog,
)
from services.uploads.ports import StaffView
from services.uploads.storage_ports import AuditEntry, Cursors, Deletions, LegalHold, LegalHolds
from services.uploads.view_repository import MongoViews
from shared.mongo import Database
from tests.support.keys import a_cipher
from tests.uploads.builders import NOW
from tests.uploads.storage_fakes import InMemoryCursors, InMemoryDeletions, InMemoryHolds

MINUTE = timedelta(minutes=1)


@dataclass
class Store:
    """One set of adapters."""

    deletions: Deletions
    holds: LegalHolds
    cursors: Cursors


@pytest.fixture
async def store(maybe_database: Database | None) -> Store:
    if maybe_database is None:
        return Store(InMemoryDeletions(), InMemoryHolds(), InMemoryCursors())
    await maybe_database.declare(DELETION_INDEXES)
    return Store(
        MongoDeletions(maybe_database["deletions"], a_cipher()),
        MongoLegalHolds(maybe_database["legal_holds"], a_cipher()),
        MongoCursors(maybe_database["walks"]),
    )


def a_deletion(registration: str = "r1", *objects: str) -> Deletion:
    """Return the deletion of some objects."""
    return of_objects(Cause.REMOVED, registration, objects or ("r1/i/a", "r1/i/b"), NOW)


async def test_one_deletion_is_planned_once(store: Store) -> None:
    assert await store.deletions.plan(a_deletion())
    assert not await store.deletions.plan(a_deletion())

    assert await store.deletions.due(NOW, 10) == [a_deletion()]


async def test_the_most_overdue_come_first_and_what_is_not_due_does_not(store: Store) -> None:
    for minutes, name in ((0, "c"), (-2, "a"), (-1, "b"), (1, "d")):
        planned = of_objects(Cause.ORPHAN, name, [name], NOW + minutes * MINUTE)
        await store.deletions.plan(planned)

    assert [each.registration_id for each in await store.deletions.due(NOW, 2)] == ["a", "b"]
    assert [each.registration_id for each in await store.deletions.due(NOW, 9)] == ["a", "b", "c"]


async def test_a_deletion_is_taken_by_one_and_is_due_again_if_that_one_dies(store: Store) -> None:
    await store.deletions.plan(a_deletion())
    (seen,) = await store.deletions.due(NOW, 1)

    assert await store.deletions.take(seen, NOW + MINUTE)
    assert not await store.deletions.take(seen, NOW + MINUTE)
    assert await store.deletions.due(NOW, 1) == []
    assert len(await store.deletions.due(NOW + MINUTE, 1)) == 1


async def test_objects_are_added_once(store: Store) -> None:
    await store.deletions.plan(a_deletion())

    grown = await store.deletions.include(a_deletion(), {"r1/i/b", "r1/i/c"})

    assert set(grown.objects) == {"r1/i/a", "r1/i/b", "r1/i/c"}
    assert await store.deletions.due(NOW, 1) == [grown]


async def test_what_is_done_is_not_due_and_not_open_but_not_planned_again_either(store: Store) -> None:
    await store.deletions.plan(a_deletion())

    await store.deletions.finish(a_deletion(), NOW)

    assert await store.deletions.due(NOW + MINUTE, 1) == []
    assert await store.deletions.open_of("r1") == []
    assert not await store.deletions.plan(a_deletion())


async def test_what_waits_says_why(store: Store) -> None:
    await store.deletions.plan(a_deletion())

    await store.deletions.postpone(a_deletion().id, NOW + MINUTE, "legal_hold")

    (waiting,) = await store.deletions.open_of("r1")
    assert (waiting.held_by, waiting.due_at) == ("legal_hold", NOW + MINUTE)


async def test_a_plan_taken_back_may_be_made_again(store: Store) -> None:
    await store.deletions.plan(a_deletion())

    await store.deletions.forget(a_deletion().id)

    assert await store.deletions.plan(a_deletion())


async def test_holds_are_put_found_and_lifted(store: Store) -> None:
    hold = LegalHold("r1", "counsel", "诉讼保全", NOW)
    await store.holds.put(hold)

    assert await store.holds.among(["r1", "r2"]) == frozenset({"r1"})
    assert await store.holds.all() == [hold]
    assert await store.holds.lift("r1")
    assert not await store.holds.lift("r1")
    assert await store.holds.among(["r1"]) == frozenset()


async def test_a_walk_is_moved_by_the_instance_that_was_where_it_is(store: Store) -> None:
    assert await store.cursors.read("w") is None

    await store.cursors.move("w", None, "a")
    await store.cursors.move("w", None, "x")
    assert await store.cursors.read("w") == "a"
    await store.cursors.move("w", "a", None)
    assert await store.cursors.read("w") is None
    await store.cursors.move("w", None, "b")
    assert await store.cursors.read("w") == "b"


@pytest.mark.real
async def test_views_are_found_and_forgotten_by_age_and_other_acts_stay(mongo_database: Database) -> None:
    log, views = MongoViewLog(mongo_database["audit"]), MongoViews(mongo_database["audit"], a_cipher())
    for minutes, registration in ((0, "r1"), (5, "r1"), (1, "r2")):
        view = StaffView("staff", "session", registration, "i1", "copy", "review", NOW + minutes * MINUTE)
        await views.record(view)
    act = AuditEntry("a1", "dossier_erased", "r1", "clerk", NOW)
    await MongoAudit(mongo_database["audit"], a_cipher()).record(act)

    assert await log.oldest(["r1", "r3"], NOW + 9 * MINUTE) == {"r1": NOW}
    assert await log.oldest(["r1"], NOW) == {}
    assert await log.forget("r1", NOW + 5 * MINUTE) == 1
    assert await mongo_database["audit"].count({}) == 3


@pytest.mark.real
async def test_an_act_is_written_down_once_and_reasons_lie_encrypted(mongo_database: Database) -> None:
    audit = MongoAudit(mongo_database["audit"], a_cipher())
    holds = MongoLegalHolds(mongo_database["legal_holds"], a_cipher())

    for reason in ("张三的要求", "again"):
        await audit.record(AuditEntry("a1", "dossier_erased", "r1", "clerk", NOW, reason, objects=3))
    await holds.put(LegalHold("r1", "counsel", "张三的要求", NOW))

    entries = await mongo_database["audit"].find({})
    assert [(each["act"], each["objects"]) for each in entries] == [("dossier_erased", 3)]
    assert "张三" not in str(entries) + str(await mongo_database["legal_holds"].find({}))
