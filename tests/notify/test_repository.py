"""The contract of notify's stores, held by the fakes and by the real ones."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.notify.model import Message, Registration
from services.notify.ports import Messages, Registrations, Sendbacks, SmsMessages
from services.notify.repository import (
    INDEXES,
    MongoMessages,
    MongoRegistrations,
    MongoSendbacks,
    MongoSmsMessages,
    listed_sms,
)
from services.notify.sms import accepted, claimed
from shared.events import Event
from shared.events.notify import MessageDelivered, MessagePosted
from shared.events.writer import EventWriter, read_event
from shared.messaging.outbox import Outbox
from shared.mongo import Database
from tests.notify.builders import PHONE, REASON, SCOPE, an_sms
from tests.notify.fakes import InMemoryMessages, InMemoryRegistrations, InMemorySendbacks, InMemorySms
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.fakes import RecordingPublisher
from tests.support.keys import a_cipher, a_sealer

SOON = A_MORNING + timedelta(minutes=1)
POSTED = MessagePosted(message_id="m1", code="RETURNED")
DELIVERED = MessageDelivered(message_id="s1", channel="sms")


@dataclass(frozen=True)
class Stores:
    """All stores of one kind, and what they have told."""

    registrations: Registrations
    messages: Messages
    sendbacks: Sendbacks
    sms: SmsMessages
    told: Callable[[], list[Event]]


def in_memory() -> Stores:
    """Return the fakes."""
    messages, sms = InMemoryMessages(), InMemorySms()
    return Stores(
        InMemoryRegistrations(), messages, InMemorySendbacks(), sms, lambda: [*messages.told, *sms.told]
    )


async def in_mongo(database: Database) -> Stores:
    """Return the real ones."""
    await database.declare(INDEXES)
    publisher = RecordingPublisher()
    writer, cipher = EventWriter("notify", StandingClock(), a_sealer("notify")), a_cipher()

    def told() -> list[Event]:
        kinds = {kind.type: kind for kind in (MessagePosted, MessageDelivered)}
        return [read_event(kinds[one.type], one, a_sealer("notify")) for one in publisher.sent]

    return Stores(
        MongoRegistrations(database["registrations"], cipher),
        MongoMessages(database["messages"], Outbox(database["messages"], publisher), writer, cipher),
        MongoSendbacks(database["sendbacks"]),
        MongoSmsMessages(database["sms"], Outbox(database["sms"], publisher), writer),
        told,
    )


@pytest.fixture
async def stores(maybe_database: Database | None) -> Stores:
    """Return the stores of one kind."""
    return in_memory() if maybe_database is None else await in_mongo(maybe_database)


def a_registration(phone: str = PHONE) -> Registration:
    return Registration(id="r1", candidate_id="c1", scope=SCOPE, name="张样例", phone=phone)


def a_message(message_id: str = "m1", text: str = REASON, *, days: int = 0) -> Message:
    return Message(
        id=message_id,
        registration_id="r1",
        scope=SCOPE,
        at=A_MORNING + timedelta(days=days),
        release_at=None,
        author="staff",
        code="RETURNED",
        text=text,
        sendback_id="b1",
    )


async def test_a_registration_is_kept_whole(stores: Stores) -> None:
    assert await stores.registrations.find("r1") is None

    assert await stores.registrations.follow(a_registration(), 3)

    assert await stores.registrations.find("r1") == a_registration()


async def test_c15_only_a_newer_state_is_taken_over(stores: Stores) -> None:
    results = [
        await stores.registrations.follow(a_registration(phone), sequence)
        for phone, sequence in (("2", 2), ("1", 1), ("2b", 2), ("", 5), ("3", 3))
    ]

    assert results == [True, False, False, True, False]
    assert await stores.registrations.find("r1") == a_registration("")


async def test_of_states_that_come_at_once_the_newest_stays(stores: Stores) -> None:
    await asyncio.gather(*(stores.registrations.follow(a_registration(str(n)), n) for n in range(1, 9)))
    await stores.registrations.follow(a_registration("8"), 8)

    assert await stores.registrations.find("r1") == a_registration("8")


async def test_an_erased_registration_is_nobodys_and_stays_so(stores: Stores) -> None:
    await stores.registrations.follow(a_registration(), 3)
    gone = Registration("r1", SCOPE.candidate or "", SCOPE, "", "", is_erased=True)

    for _ in range(2):
        await stores.registrations.erase("r1", SCOPE)
        assert not await stores.registrations.follow(a_registration(), 9)

    assert await stores.registrations.find("r1") == gone


async def test_a_registration_may_be_erased_before_it_is_known(stores: Stores) -> None:
    await stores.registrations.erase("r1", SCOPE)

    assert not await stores.registrations.follow(a_registration(), 1)
    found = await stores.registrations.find("r1")
    assert found is not None
    assert found.is_erased


async def test_messages_are_forgotten_of_one_registration_only(stores: Stores) -> None:
    for message_id in ("m1", "m2"):
        await stores.messages.add(a_message(message_id), [])
    other = replace(a_message("m3"), registration_id="r2")
    await stores.messages.add(other, [])

    assert [await stores.messages.forget("r1") for _ in range(2)] == [2, 0]
    assert await stores.messages.of_registration("r1") == []
    assert await stores.messages.of_registration("r2") == [other]


async def test_a_message_is_stored_and_told_once(stores: Stores) -> None:
    results = [await stores.messages.add(a_message(text=text), [POSTED]) for text in (REASON, "另一条")]
    await asyncio.sleep(0)

    assert results == [True, False]
    assert await stores.messages.of_registration("r1") == [a_message()]
    assert stores.told() == [POSTED]


async def test_messages_of_a_registration_come_newest_first(stores: Stores) -> None:
    for message_id, days in (("m1", 1), ("m2", 3), ("m3", 2)):
        await stores.messages.add(a_message(message_id, days=days), [])
    await stores.messages.add(replace(a_message("m4"), registration_id="r2"), [])

    assert [one.id for one in await stores.messages.of_registration("r1")] == ["m2", "m3", "m1"]


async def test_an_ended_send_back_is_noted_once(stores: Stores) -> None:
    for sendback_id, registration_id in (("b1", "r1"), ("b1", "r1"), ("b2", "r1"), ("b3", "r2")):
        await stores.sendbacks.close(sendback_id, registration_id)

    assert await stores.sendbacks.closed_of("r1") == frozenset({"b1", "b2"})
    assert await stores.sendbacks.closed_of("r9") == frozenset()


async def test_an_sms_is_stored_once(stores: Stores) -> None:
    results = [await stores.sms.add(sms) for sms in (an_sms(), replace(an_sms(), text="另一条"))]

    assert results == [True, False]
    assert await stores.sms.find("s1") == an_sms()
    assert await stores.sms.find("s2") is None


async def test_an_sms_that_was_changed_in_between_is_not_overwritten(stores: Stores) -> None:
    await stores.sms.add(an_sms())
    claim = claimed(an_sms(), A_MORNING)
    assert claim is not None
    done = accepted(claim.sms, "p1")
    assert done is not None

    results = [
        await stores.sms.save(an_sms(), claim.sms),
        await stores.sms.save(an_sms(), claim.sms),
        await stores.sms.save(claim.sms, done.sms, done.events),
        await stores.sms.save(claim.sms, done.sms, done.events),
    ]
    await asyncio.sleep(0)

    assert results == [True, False, True, False]
    assert await stores.sms.find("s1") == done.sms
    assert stores.told() == [DELIVERED]


async def test_of_many_that_claim_at_once_one_wins(stores: Stores) -> None:
    await stores.sms.add(an_sms())
    claim = claimed(an_sms(), A_MORNING)
    assert claim is not None

    results = await asyncio.gather(*(stores.sms.save(an_sms(), claim.sms) for _ in range(20)))

    assert sum(results) == 1


async def test_due_is_what_is_queued_released_and_not_delayed(stores: Stores) -> None:
    for sms in (
        an_sms("later", release_at=SOON + timedelta(milliseconds=1)),
        an_sms("second", release_at=SOON),
        an_sms("first"),
        an_sms("delayed", retry_at=SOON + timedelta(milliseconds=1)),
        replace(an_sms("gone"), state="accepted"),
    ):
        await stores.sms.add(sms)

    assert [sms.id for sms in await stores.sms.to_send(SOON, SOON, 10)] == ["first", "second"]
    assert [sms.id for sms in await stores.sms.to_send(SOON, SOON, 1)] == ["first"]


async def test_to_settle_is_what_has_been_under_way_too_long(stores: Stores) -> None:
    for sms in (
        an_sms("queued"),
        replace(an_sms("young", retry_at=SOON), state="sending", sending_since=A_MORNING),
        replace(an_sms("old"), state="sending", sending_since=A_MORNING),
    ):
        await stores.sms.add(sms)

    assert [sms.id for sms in await stores.sms.to_settle(A_MORNING, 10)] == ["old"]
    assert [sms.id for sms in await stores.sms.to_settle(SOON, 10)] == ["old", "young"]


@pytest.mark.real
async def test_e3_no_name_phone_or_word_is_stored_in_the_clear(mongo_database: Database) -> None:
    stores = await in_mongo(mongo_database)

    await stores.registrations.follow(a_registration(), 1)
    await stores.messages.add(a_message(), [POSTED])
    await stores.sms.add(an_sms())

    stored = str([await mongo_database[name].find({}) for name in ("registrations", "messages", "sms")])
    assert [word for word in ("张样例", PHONE, REASON) if word in stored] == []


@pytest.mark.real
async def test_the_operator_lists_sms_by_state(mongo_database: Database) -> None:
    stores = await in_mongo(mongo_database)
    await stores.sms.add(an_sms())
    await stores.sms.add(replace(an_sms("s2"), state="unknown", failure="undecided"))

    assert [sms.id for sms in await listed_sms(mongo_database["sms"], "unknown", 10)] == ["s2"]
