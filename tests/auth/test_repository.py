"""The contract of auth's stores, held by the fakes and by the real ones."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import pytest

from services.auth import repository, session_repository
from services.auth.model import Activation, Commitments, District, Recovery, Registration, StaffMember
from services.auth.ports import Accounts, Places, Registrations, Sessions, Staff, TryCounts, UsedTickets
from services.auth.repository import MongoAccounts, MongoPlaces, MongoRegistrations, MongoStaff
from services.auth.session import RevokedFor, Session
from services.auth.session_repository import MongoSessions, MongoTryCounts, MongoUsedTickets
from services.auth.tries import Tries
from services.auth.use_cases.telling import registration_changed, scope_of
from shared.events.auth import AccountActivated, SessionRevoked
from shared.events.envelope import Scope
from shared.events.writer import EventWriter, read_event
from shared.messaging.outbox import Outbox
from shared.mongo import Database
from tests.auth.fakes import (
    InMemoryAccounts,
    InMemoryPlaces,
    InMemoryRegistrations,
    InMemorySessions,
    InMemoryStaff,
    InMemoryTryCounts,
    InMemoryUsedTickets,
    Telling,
)
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.fakes import RecordingPublisher
from tests.support.keys import a_cipher, a_sealer

NOW = A_MORNING
Result = TypeVar("Result")


@dataclass(frozen=True)
class Stores:
    """All stores of one kind, and what they have told."""

    registrations: Registrations
    accounts: Accounts
    staff: Staff
    places: Places
    sessions: Sessions
    used_tickets: UsedTickets
    try_counts: TryCounts
    told: Callable[[], Awaitable[list[tuple[str, str, int, Scope]]]]


def stores_in_memory() -> Stores:
    telling: Telling = []

    async def told() -> list[tuple[str, str, int, Scope]]:
        return [(one.event.type, one.subject, one.sequence, one.scope) for one in telling]

    return Stores(
        InMemoryRegistrations(telling),
        InMemoryAccounts(telling),
        InMemoryStaff(),
        InMemoryPlaces(),
        InMemorySessions(telling),
        InMemoryUsedTickets(),
        InMemoryTryCounts(),
        told,
    )


def stores_in(database: Database, publisher: RecordingPublisher) -> Stores:
    writer = EventWriter("auth", StandingClock(), a_sealer("auth"))
    outboxes = {name: Outbox(database[name], publisher) for name in ("registrations", "accounts", "sessions")}

    async def told() -> list[tuple[str, str, int, Scope]]:
        for outbox in outboxes.values():
            await outbox.drain()
        return [(one.type, one.subject, one.sequence, one.scope) for one in publisher.sent]

    cipher = a_cipher()
    return Stores(
        MongoRegistrations(database["registrations"], outboxes["registrations"], writer, cipher),
        MongoAccounts(database["accounts"], outboxes["accounts"], writer, cipher),
        MongoStaff(database["staff"], cipher),
        MongoPlaces(database["directory"]),
        MongoSessions(database["sessions"], outboxes["sessions"], writer, cipher),
        MongoUsedTickets(database["used_tickets"]),
        MongoTryCounts(database["tries"], cipher),
        told,
    )


@pytest.fixture
async def stores(maybe_database: Database | None) -> Stores:
    if maybe_database is None:
        return stores_in_memory()
    await maybe_database.declare({**repository.INDEXES, **session_repository.INDEXES})
    return stores_in(maybe_database, RecordingPublisher())


def a_registration(**changes: object) -> Registration:
    fields = {
        "id": "r1",
        "candidate_id": "c1",
        "session": "2020",
        "category_code": "110",
        "category_name": "临床执业医师",
        "level": "physician",
        "district": "37",
        "district_name": "山东省",
        "site": "3701",
        "site_name": "济南",
        "status": "active",
        "stage": "报名",
        "registered_on": date(2020, 3, 10),
        "name": "张样例",
        "id_type": "居民身份证",
        "id_number": "370199198906080113",
        "phone": "13900000001",
        "admission_ticket_no": "2020370100001",
        "attributes": {"discipline": "clinical", "probation_employers": 1, "military": False},
        "policy": "a" * 64,
    }
    return Registration(**{**fields, **changes})  # type: ignore[arg-type]  # as the fields are


async def save(stores: Stores, registration: Registration, expected: int) -> bool:
    event, scope = registration_changed(registration), scope_of(registration)
    return await stores.registrations.save(registration, expected, event, scope)


async def together(*calls: Awaitable[Result]) -> list[Result]:
    return list(await asyncio.gather(*calls))


async def test_a_registration_comes_back_as_it_was_saved(stores: Stores) -> None:
    registration = a_registration()
    assert await stores.registrations.get("r1") is None

    assert await save(stores, registration, 0)

    stored = await stores.registrations.get("r1")
    assert stored is not None
    assert (stored.registration, stored.version) == (registration, 1)
    assert await stores.told() == [
        ("auth.registration.changed", "registration:r1", 1, scope_of(registration))
    ]


async def test_what_a_registration_replaced_and_what_replaced_it_are_kept(stores: Stores) -> None:
    registration = a_registration(supersedes="r0", superseded_by="r2")

    assert await save(stores, registration, 0)

    stored = await stores.registrations.get("r1")
    assert stored is not None
    assert stored.registration == registration


async def test_a_registration_is_saved_on_its_expected_version_only(stores: Stores) -> None:
    results = await together(*(save(stores, a_registration(stage=f"阶段{n}"), 0) for n in range(5)))
    assert sorted(results) == [False, False, False, False, True]

    assert not await save(stores, a_registration(stage="现场"), 2)
    assert await save(stores, a_registration(stage="现场"), 1)
    stored = await stores.registrations.get("r1")
    assert stored is not None
    assert (stored.registration.stage, stored.version) == ("现场", 2)
    assert [sequence for _, _, sequence, _ in await stores.told()] == [1, 2]


async def test_a_candidates_registrations_come_newest_first(stores: Stores) -> None:
    await save(stores, a_registration(id="r1"), 0)
    await save(stores, a_registration(id="r2", registered_on=date(2021, 3, 10)), 0)
    await save(stores, a_registration(id="r3", candidate_id="c2"), 0)

    found = await stores.registrations.of_candidate("c1")

    assert [registration.id for registration in found] == ["r2", "r1"]


async def test_an_account_is_made_once(stores: Stores) -> None:
    await together(*(stores.accounts.ensure(name) for name in ("zhang", "Zhang", "li", "zhang")))

    account = await stores.accounts.get(stores.accounts.id_of("ZHANG"))
    assert account is not None
    assert account.username in {"zhang", "Zhang"}
    assert (account.activated_at, account.password_hash, account.version) == (None, None, 1)
    assert await stores.accounts.get("nobody") is None
    assert stores.accounts.id_of("zhang") != stores.accounts.id_of("li")


async def test_an_account_is_activated_once(stores: Stores) -> None:
    await stores.accounts.ensure("zhang")
    account_id = stores.accounts.id_of("zhang")
    event = AccountActivated(candidate_id=account_id, registration_id="r1")

    async def activate(number: int) -> bool:
        recovery, commitments = Recovery("？", "hash"), Commitments("a" * 64, NOW)
        activation = Activation(NOW, f"hash{number}", recovery, commitments)
        return await stores.accounts.activate(account_id, activation, event, Scope(registration="r1"))

    results = await together(*(activate(number) for number in range(5)))

    assert sorted(results) == [False, False, False, False, True]
    account = await stores.accounts.get(account_id)
    assert account is not None
    assert account.password_hash == f"hash{results.index(True)}"
    assert (account.activated_at, account.version) == (NOW, 2)
    assert await stores.told() == [
        ("auth.account.activated", f"account:{account_id}", 2, Scope(registration="r1"))
    ]
    assert not await stores.accounts.activate(
        "nobody", Activation(NOW, "h", None, None), event, Scope(registration="r1")
    )


async def test_a_hash_is_replaced_if_it_is_still_the_old_one(stores: Stores) -> None:
    await stores.accounts.ensure("zhang")
    account_id = stores.accounts.id_of("zhang")
    event = AccountActivated(candidate_id=account_id, registration_id="r1")
    await stores.accounts.activate(account_id, Activation(NOW, "old", None, None), event, Scope())

    await stores.accounts.rehash(account_id, "other", "newer")
    await stores.accounts.rehash(account_id, "old", "new")

    account = await stores.accounts.get(account_id)
    assert account is not None
    assert account.password_hash == "new"


def a_member(stores: Stores) -> StaffMember:
    staff_id = stores.staff.id_of("jn-1")
    return StaffMember(staff_id, "jn-1", "李", "site_reviewer", "37", "3701", "hash", "SECRET234567")


async def test_a_staff_member_comes_back_as_saved_last(stores: Stores) -> None:
    member = a_member(stores)
    assert await stores.staff.get(member.id) is None

    await stores.staff.save(member)
    await stores.staff.save(replace(member, site="3702", disabled=True))

    assert await stores.staff.get(member.id) == replace(member, site="3702", disabled=True)
    assert stores.staff.id_of("JN-1") == member.id


async def test_a_step_is_used_once_and_only_forwards(stores: Stores) -> None:
    member = a_member(stores)
    assert not await stores.staff.use_step(member.id, 100, 101)
    await stores.staff.save(member)

    assert sorted(await together(*(stores.staff.use_step(member.id, 100, 101) for _ in range(5)))) == [
        False,
        False,
        False,
        False,
        True,
    ]
    assert not await stores.staff.use_step(member.id, 99, 101)
    await stores.staff.save(replace(member, display_name="王"))
    assert not await stores.staff.use_step(member.id, 100, 101)
    assert await stores.staff.use_step(member.id, 101, 102)
    assert await stores.staff.use_step(member.id, 50, 51)


async def test_a_district_comes_back_with_its_sites(stores: Stores) -> None:
    district = District("37", "山东省", {"3701": "济南", "37.02": "青岛"})
    assert await stores.places.get("37") is None

    await stores.places.save(district)
    await stores.places.save(replace(district, name="山东"))

    assert await stores.places.get("37") == replace(district, name="山东")


def a_session(session_id: str = "s1", account_id: str = "c1") -> Session:
    return Session.begin(session_id, "candidate", account_id, "ab" * 32, NOW)


def a_revocation(session: Session, reason: RevokedFor = "signed_out") -> SessionRevoked:
    return SessionRevoked(session_id=session.id, account_id=session.account_id, reason=reason, revoked_at=NOW)


async def test_a_session_rotates_once_per_version(stores: Stores) -> None:
    await stores.sessions.add(a_session())
    session = await stores.sessions.get("s1")
    assert session == a_session()
    later = NOW + timedelta(seconds=5)

    results = await together(*(stores.sessions.rotate(session, later) for _ in range(5)))

    assert sorted(results) == [False, False, False, False, True]
    rotated = replace(session, generation=2, rotated_at=later, version=2)
    assert await stores.sessions.get("s1") == rotated
    assert await stores.sessions.get("s2") is None


async def test_a_session_is_revoked_once_and_rotates_no_more(stores: Stores) -> None:
    session = a_session()
    await stores.sessions.add(session)
    scope = Scope(candidate="c1")

    results = await together(
        *(stores.sessions.revoke(session, a_revocation(session), scope) for _ in range(5))
    )

    assert sorted(results) == [False, False, False, False, True]
    assert not await stores.sessions.rotate(session, NOW)
    revoked = await stores.sessions.get("s1")
    assert revoked is not None
    assert revoked.revoked_at == NOW
    assert await stores.told() == [("auth.session.revoked", "session:s1", 1, scope)]


async def test_the_live_sessions_of_an_account(stores: Stores) -> None:
    ended = a_session("s2")
    for session in (a_session("s1"), ended, a_session("s3", "c2")):
        await stores.sessions.add(session)
    await stores.sessions.revoke(ended, a_revocation(ended), Scope())

    assert [session.id for session in await stores.sessions.live_of("c1")] == ["s1"]


async def test_a_ticket_is_reserved_once(stores: Stores) -> None:
    results = await together(*(stores.used_tickets.reserve("t1") for _ in range(10)))

    assert sorted(results) == [False] * 9 + [True]
    assert await stores.used_tickets.reserve("t2")


async def test_a_count_is_replaced_only_as_it_was_read(stores: Stores) -> None:
    first, second = Tries(1, NOW, NOW), Tries(2, NOW, NOW + timedelta(seconds=1))

    results = await together(*(stores.try_counts.replace("k", None, first) for _ in range(5)))
    assert sorted(results) == [False, False, False, False, True]
    results = await together(*(stores.try_counts.replace("k", first, second) for _ in range(5)))
    assert sorted(results) == [False, False, False, False, True]

    assert await stores.try_counts.get("k") == second
    await stores.try_counts.clear("k")
    assert await stores.try_counts.get("k") is None


@pytest.mark.real
async def test_nothing_personal_stands_readable_in_the_database(mongo_database: Database) -> None:
    publisher = RecordingPublisher()
    stores = stores_in(mongo_database, publisher)
    registration = a_registration()
    await save(stores, registration, 0)
    await stores.accounts.ensure("370199198906080113")
    await stores.staff.save(a_member(stores))
    await stores.try_counts.replace("candidate:370199198906080113", None, Tries(1, NOW, NOW))

    text = ""
    for name in ("registrations", "accounts", "staff", "tries"):
        text += str(await mongo_database[name].find({}))
    private = ("张样例", "370199198906080113", "13900000001", "2020370100001", "clinical", "SECRET234567")
    assert [word for word in private if word in text] == []
    await stores.told()
    event = read_event(type(registration_changed(registration)), publisher.sent[0], a_sealer("review"))
    assert event == registration_changed(registration)
