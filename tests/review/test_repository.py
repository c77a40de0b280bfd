"""One suite for the cases in memory and in the database, so that the fake can't lie."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.review.case import claim, expire
from services.review.documents import CaseDocuments
from services.review.following import follow_dossier
from services.review.forgetting import forget
from services.review.model import LEASE, Case, Counts
from services.review.ports import Cases
from services.review.repository import INDEXES, MongoCases
from services.review.use_cases.claims import ClaimCase, ClaimNext
from shared.events.review import CaseClaimed
from shared.events.writer import EventWriter
from shared.messaging.outbox import Outbox, OutboxFullError
from shared.messaging.publisher import Publisher
from shared.mongo import Database
from tests.review.builders import (
    CASE,
    DEMO,
    a_district_reviewer,
    a_dossier,
    a_returned_case,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    concluded,
    judged,
    locked_for,
)
from tests.review.fakes import InMemoryCases
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.fakes import RecordingPublisher
from tests.support.keys import a_cipher, a_sealer

WANG, LI = a_site_reviewer(), a_district_reviewer()
LATER = A_MORNING + timedelta(minutes=5)


def mongo_cases(database: Database, publisher: Publisher | None = None) -> MongoCases:
    """Return the real adapter."""
    collection = database["cases"]
    writer = EventWriter("review", StandingClock(), a_sealer("review"))
    outbox = Outbox(collection, publisher or RecordingPublisher())
    return MongoCases(collection, outbox, writer, CaseDocuments(a_cipher()))


@pytest.fixture
def cases(maybe_database: Database | None) -> Cases:
    """Return an empty collection of cases, in memory or in the database."""
    return InMemoryCases() if maybe_database is None else mongo_cases(maybe_database)


def a_passed_case() -> Case:
    return concluded(locked_for(a_site_passed_case(), LI, sequence=8), LI, "pass").case


@pytest.mark.parametrize(
    "case",
    [
        Case(CASE, policy=DEMO.version),
        a_waiting_case(),
        judged(locked_for(a_waiting_case(), WANG), WANG, returned=["image-diploma"]),
        a_returned_case("district"),
        a_passed_case(),
        forget(a_returned_case(), LATER),
    ],
    ids=["stub", "waiting", "judged", "returned", "passed", "forgotten"],
)
async def test_what_was_stored_is_found_again(cases: Cases, case: Case) -> None:
    assert await cases.save(Case(CASE), case)

    assert await cases.find(CASE) == await cases.find_for_change(CASE) == replace(case, version=1)
    assert await cases.find("absent") is None
    assert await cases.find_for_change("absent") is None


async def test_every_change_is_stored_and_an_overtaken_one_is_not(cases: Cases) -> None:
    case = a_waiting_case()
    await cases.save(Case(CASE), case)
    stored = replace(case, version=1)
    step = claim(stored, WANG, A_MORNING)

    assert await cases.save(stored, step.case, step.events)
    assert not await cases.save(stored, step.case, step.events)
    assert not await cases.save(Case(CASE), case)

    assert await cases.find(CASE) == replace(step.case, version=2)


async def test_one_of_many_at_once_wins(cases: Cases) -> None:
    await cases.save(Case(CASE), a_waiting_case())
    stored = replace(a_waiting_case(), version=1)
    steps = [claim(stored, a_site_reviewer(f"staff-{number}"), A_MORNING) for number in range(20)]

    results = await asyncio.gather(*(cases.save(stored, step.case, step.events) for step in steps))

    assert results.count(True) == 1


async def test_desks_list_their_own_cases_oldest_first(cases: Cases) -> None:
    for number, site in enumerate(["jinan", "jinan", "qingdao"]):
        case = a_waiting_case(f"case-{number}", site=site, since=A_MORNING - timedelta(hours=number))
        await cases.save(Case(case.id), case)
    held = locked_for(a_waiting_case("case-9", since=LATER), WANG, LATER)
    await cases.save(Case(held.id), held)

    rows = await cases.rows(WANG, "waiting", LATER, 10)

    assert [(row.case_id, row.name, row.site_name) for row in rows] == [
        ("case-1", "张样例", "济南"),
        ("case-0", "张样例", "济南"),
        ("case-9", "张样例", "济南"),
    ]
    assert [row.hold and row.hold.staff_id for row in rows] == [None, None, "wang"]
    assert [row.case_id for row in await cases.rows(WANG, "waiting", LATER, 1)] == ["case-1"]
    assert [row.case_id for row in await cases.rows(WANG, "mine", LATER, 10)] == ["case-9"]
    assert await cases.rows(WANG, "mine", LATER + LEASE, 10) == []
    assert await cases.free(WANG, LATER, 10) == ["case-1", "case-0"]
    assert await cases.free(a_site_reviewer(site="qingdao"), LATER, 10) == ["case-2"]
    assert await cases.free(WANG, LATER + LEASE, 10) == ["case-1", "case-0", "case-9"]


async def test_what_may_be_hard_to_see_is_up_first_on_its_day_and_overtakes_nobody_from_an_earlier_one(
    cases: Cases,
) -> None:
    yesterday = A_MORNING - timedelta(days=1)
    stored = {
        "old": (yesterday, 0),
        "early": (A_MORNING, 0),
        "doubtful": (A_MORNING + timedelta(hours=1), 2),
        "doubtful-too": (A_MORNING + timedelta(hours=2), 1),
    }
    for case_id, (since, doubtful) in stored.items():
        case = a_waiting_case(case_id, since=since, doubtful=doubtful)
        await cases.save(Case(case_id), case)

    rows = await cases.rows(WANG, "waiting", LATER, 10)

    assert [(row.case_id, row.doubtful) for row in rows] == [
        ("old", 0),
        ("doubtful", 2),
        ("doubtful-too", 1),
        ("early", 0),
    ]
    assert await cases.free(WANG, LATER, 10) == ["old", "doubtful", "doubtful-too", "early"]


async def test_every_view_is_counted(cases: Cases) -> None:
    answered = follow_dossier(a_returned_case(), a_dossier(submissions=2, at=LATER), 25, DEMO, LATER)
    stored = {
        "waiting": locked_for(a_waiting_case(), WANG),
        "resubmitted": answered,
        "with_candidate": a_returned_case(),
        "done": a_site_passed_case(),
        "done too": a_returned_case("district"),
        "the end": a_passed_case(),
    }
    for case_id, case in stored.items():
        await cases.save(Case(case_id), replace(case, id=case_id))

    assert await cases.counts(WANG, A_MORNING) == Counts(
        waiting=1, resubmitted=1, mine=1, with_candidate=1, done=3
    )
    assert await cases.counts(LI, A_MORNING) == Counts(
        waiting=1, resubmitted=0, mine=0, with_candidate=1, done=1
    )
    assert [row.round for row in await cases.rows(WANG, "resubmitted", A_MORNING, 10)] == [2]


async def test_a_claim_is_overdue_until_it_is_ended(cases: Cases) -> None:
    await cases.save(Case(CASE), locked_for(a_waiting_case(), WANG))
    stored = await cases.find(CASE)
    assert stored is not None
    end = A_MORNING + LEASE

    assert await cases.overdue(end - timedelta(seconds=1), 10) == []
    assert await cases.overdue(end, 10) == [CASE]
    assert await cases.save(stored, expire(stored, end).case)
    assert await cases.overdue(end, 10) == []


async def test_many_reviewers_at_one_queue_get_different_cases(cases: Cases) -> None:
    for number in range(15):
        case = a_waiting_case(f"case-{number:02}", since=A_MORNING + timedelta(seconds=number))
        await cases.save(Case(case.id), case)
    claim_next = ClaimNext(cases, StandingClock())

    claimed = await asyncio.gather(*(claim_next(a_site_reviewer(f"staff-{n}")) for n in range(12)))

    assert len({case.id for case in claimed}) == 12


@pytest.mark.real
async def test_the_indexes_can_be_declared_again_and_again(mongo_database: Database) -> None:
    for _ in range(2):
        await mongo_database.declare(INDEXES)


@pytest.mark.real
async def test_nothing_personal_lies_in_the_database_in_clear(mongo_database: Database) -> None:
    cases = mongo_cases(mongo_database)
    case = judged(locked_for(a_waiting_case(), WANG), WANG, returned=["image-diploma"])
    step = concluded(case, WANG, "send_back", comment="请尽快补充")

    await cases.save(Case(CASE), step.case, step.events)

    document = await mongo_database["cases"].find_one({"_id": CASE})
    text = json.dumps(document, ensure_ascii=False, default=str)
    for secret in ("张样例", "3701991989", "13900000001", "2020370100", "编号无法辨别，请", "请尽快补充"):
        assert secret not in text


@pytest.mark.real
async def test_e6_of_a_forgotten_case_no_personal_word_can_be_read_even_with_the_keys(
    mongo_database: Database,
) -> None:
    cases = mongo_cases(mongo_database)
    await cases.save(Case(CASE), a_returned_case())
    stored = await cases.find(CASE)
    assert stored is not None
    assert await cases.save(stored, forget(stored, LATER))

    document = await mongo_database["cases"].find_one({"_id": CASE})

    read = "".join(_texts(document))
    assert [
        word for word in ("张样例", "1989", "13900000001", "2020370100", "重新上传") if word in read
    ] == []


def _texts(node: object) -> Iterator[str]:
    """Yield every text of a document, the encrypted ones opened."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _texts(child)
    elif isinstance(node, str):
        yield a_cipher().decrypt(node, CASE) if node.startswith("k1.") else node


@pytest.mark.real
async def test_an_event_is_stored_with_its_change_and_sent(mongo_database: Database) -> None:
    publisher = RecordingPublisher()
    cases = mongo_cases(mongo_database, publisher)
    await cases.save(Case(CASE), a_waiting_case())

    await ClaimCase(cases, StandingClock())(WANG, CASE)

    document = await mongo_database["cases"].find_one({"_id": CASE})
    assert document is not None
    assert [event["type"] for event in document["outbox"]] == [CaseClaimed.type]
    await cases.outbox.drain()
    (envelope,) = publisher.sent
    assert (envelope.subject, envelope.sequence) == (f"case:{CASE}", 2)
    assert (envelope.scope.registration, envelope.scope.site) == (CASE, "jinan")
    assert envelope.scope.policy == DEMO.version


@pytest.mark.real
async def test_nothing_is_promised_while_events_do_not_leave(mongo_database: Database) -> None:
    cases = mongo_cases(mongo_database)
    await cases.save(Case(CASE), a_waiting_case())
    await mongo_database["cases"].update_one({"_id": CASE}, {"$set": {"outbox": [{}] * 51}})

    with pytest.raises(OutboxFullError):
        await ClaimCase(cases, StandingClock())(WANG, CASE)


def test_every_query_begins_with_a_declared_index() -> None:
    keys = [[name for name, _ in index.keys] for index in INDEXES["cases"]]

    assert keys == [
        ["outbox_since"],
        ["registration.district", "registration.site", "lanes.site", "turns.site", "since", "_id"],
        ["registration.district", "lanes.district", "turns.district", "since", "_id"],
        ["hold.staff_id", "held", "since"],
        ["held", "free_at"],
    ]
