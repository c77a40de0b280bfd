"""The messaging kernel on a real broker and a real database (rows B2-B4, B7-B9 of the reliability goals)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from deploy.embedded import System
from shared.errors import TransientError
from shared.events import Envelope
from shared.events.auth import AccountActivated, SessionRevoked
from shared.events.uploads import DossierChanged, ImageReady, ImageReceived
from shared.ids import new_id
from shared.messaging.consumer import Subscription, consuming
from shared.messaging.live import Listener, hearing
from shared.messaging.outbox import MOST_WAITING, OUTBOX_INDEX, Outbox, fresh_outbox, relaying, with_outbox
from shared.messaging.parked import MessageCutError, ParkedMessages
from shared.messaging.publisher import BrokerPublisher, BrokerUnavailableError, publishing
from shared.messaging.topology import QueueSpec, definitions
from shared.mongo import Collection, Database, DuplicateError, StoreUnavailableError
from shared.settings import BrokerSettings
from tests.support.broker import channel_of, declare, eventually, taken
from tests.support.clocks import StandingClock
from tests.support.envelopes import a_dossier_state, a_revocation, enveloped
from tests.support.keys import a_cipher, a_sealer

pytestmark = pytest.mark.real


@dataclass
class Follower:
    """A consumer as services write them: a projection for states, one row per fact."""

    projection: Collection
    facts: Collection
    failures: list[Exception] = field(default_factory=list)

    async def follow(self, event: DossierChanged, envelope: Envelope) -> None:
        """Apply a newer state only."""
        if self.failures:
            raise self.failures.pop()
        older = {"$or": [{"seen": {"$exists": False}}, {"seen": {"$lt": envelope.sequence}}]}
        change = {"$set": {"seen": envelope.sequence, "revision": event.revision}}
        try:
            await self.projection.update_one({"_id": envelope.subject, **older}, change, upsert=True)
        except DuplicateError:
            return

    async def note(self, event: SessionRevoked, envelope: Envelope) -> None:
        """Act once per fact."""
        try:
            await self.facts.insert_one({"_id": envelope.id, "session": event.session_id})
        except DuplicateError:
            return


@dataclass
class Bench:
    """A consumer at work on queues of the test's own."""

    settings: BrokerSettings
    publisher: BrokerPublisher
    follower: Follower
    parked: ParkedMessages
    queue: str

    async def revision(self) -> int | None:
        """Return the revision that the projection has arrived at."""
        found = await self.follower.projection.find_one({"_id": "dossier:r1"})
        return None if found is None else int(found["revision"])

    async def facts(self) -> int:
        """Return how often a fact was acted upon."""
        return await self.follower.facts.count({})


@pytest.fixture
async def bench(mongo_database: Database, broker_settings: BrokerSettings) -> AsyncIterator[Bench]:
    """Run a consumer of `review` on a fresh queue."""
    queue = QueueSpec(f"review.test-{new_id()[-12:]}", (DossierChanged, SessionRevoked))
    await declare(broker_settings, [queue], ["review"])
    follower = Follower(mongo_database["projection"], mongo_database["facts"])
    parked = ParkedMessages("review", mongo_database["parked"], a_cipher(), StandingClock())
    subscription = Subscription(queue, {DossierChanged: follower.follow, SessionRevoked: follower.note})
    async with (
        publishing(broker_settings, "tests") as publisher,
        consuming([subscription], broker_settings, publisher, a_sealer("review"), [parked.reader()]),
    ):
        yield Bench(broker_settings, publisher, follower, parked, queue.name)
    async with channel_of(broker_settings) as channel:
        await channel.queue_delete(queue.name)


async def test_b7_a_fact_delivered_three_times_acts_once(bench: Bench) -> None:
    fact = enveloped(a_revocation())

    for _ in range(3):
        await bench.publisher.publish(fact)
    await bench.publisher.publish(enveloped(a_dossier_state(9), sequence=9))

    await eventually(lambda: holds(bench.revision, 9))
    assert await bench.facts() == 1


async def test_b7_reordered_states_end_at_the_newest(bench: Bench) -> None:
    for sequence in (3, 1, 4, 2):
        await bench.publisher.publish(enveloped(a_dossier_state(sequence), sequence=sequence))

    await eventually(lambda: holds(bench.revision, 4))
    await bench.publisher.publish(enveloped(a_revocation()))
    await eventually(lambda: holds(bench.facts, 1))
    assert await bench.revision() == 4


async def test_b8_a_state_that_comes_a_day_late_is_taken_for_what_it_is(bench: Bench) -> None:
    await bench.publisher.publish(enveloped(a_dossier_state(5), sequence=5))
    await eventually(lambda: holds(bench.revision, 5))

    day_old = enveloped(a_dossier_state(2), sequence=2, at=StandingClock().now() - timedelta(hours=24))
    await bench.publisher.publish(day_old)
    await bench.publisher.publish(enveloped(a_revocation()))

    await eventually(lambda: holds(bench.facts, 1))
    assert (await bench.revision(), await bench.parked.waiting()) == (5, [])


async def test_b9_poison_is_parked_with_its_reason_and_others_keep_flowing(bench: Bench) -> None:
    await send_raw(bench, b'{"nonsense": true}')
    await bench.publisher.publish(enveloped(a_dossier_state(1)))

    await eventually(lambda: holds(bench.revision, 1), within=5)
    await eventually(lambda: parked_count(bench, 1))
    [message] = await bench.parked.waiting()
    assert (message.queue, message.reason) == (bench.queue, "unreadable")


async def test_b9_a_parked_message_is_replayed_after_the_fix(bench: Bench) -> None:
    bench.follower.failures.append(ValueError("a bug"))
    await bench.publisher.publish(enveloped(a_dossier_state(1)))
    await eventually(lambda: parked_count(bench, 1))
    [message] = await bench.parked.waiting()

    await bench.parked.replay(message.id, bench.publisher)

    await eventually(lambda: holds(bench.revision, 1))
    assert await bench.parked.waiting() == []


async def test_a_parked_body_is_not_readable_in_the_database(bench: Bench) -> None:
    await send_raw(bench, b'{"name": "plain to see"}')
    await eventually(lambda: parked_count(bench, 1))

    [message] = await bench.parked.waiting()
    stored = await bench.parked.collection.find_one({"_id": message.id})

    assert "plain to see" not in str(stored)
    assert await bench.parked.body(message.id) == b'{"name": "plain to see"}'


async def test_b9_a_ten_megabyte_poison_is_parked_and_cannot_be_replayed(bench: Bench) -> None:
    await send_raw(bench, b"\xff" * 10_000_000)

    await eventually(lambda: parked_count(bench, 1))
    [message] = await bench.parked.waiting()
    with pytest.raises(MessageCutError):
        await bench.parked.replay(message.id, bench.publisher)


async def test_a_transient_failure_comes_back_to_its_own_queue_after_the_delay(bench: Bench) -> None:
    bench.follower.failures.append(TransientError())

    await bench.publisher.publish(enveloped(a_dossier_state(1)))

    await eventually(lambda: holds(bench.revision, 1), within=10)


async def test_an_event_without_a_queue_for_its_listeners_is_not_taken_for_sent(
    broker_settings: BrokerSettings,
) -> None:
    received = enveloped(ImageReceived(image_id="i1", category="diploma", slot=None))

    async with publishing(broker_settings, "tests") as publisher, channel_of(broker_settings) as channel:
        queue = await channel.get_queue("uploads.watermark-image", ensure=False)
        await queue.unbind("kaoshen", ImageReceived.type)
        try:
            with pytest.raises(BrokerUnavailableError):
                await publisher.publish(received)
        finally:
            await queue.bind("kaoshen", ImageReceived.type)


async def test_an_event_nobody_listens_to_may_pass(broker_settings: BrokerSettings) -> None:
    await declare(broker_settings, [])

    async with publishing(broker_settings, "tests") as publisher:
        await publisher.publish(enveloped(AccountActivated(candidate_id="c1", registration_id="r1")))


async def test_b2_a_confirmed_event_survives_the_brokers_death_and_consumers_come_back(
    bench: Bench, servers: System
) -> None:
    await bench.publisher.publish(enveloped(a_dossier_state(1), sequence=1))
    await servers.kill("broker")
    await servers.until_ready("broker")

    await eventually(lambda: published(bench, enveloped(a_dossier_state(2), sequence=2)), within=30)

    await eventually(lambda: holds(bench.revision, 2), within=30)


async def test_b3_a_frozen_broker_fails_a_publish_in_bounded_time(bench: Bench, servers: System) -> None:
    await bench.publisher.ping()
    await servers.pause("broker")
    try:
        started = asyncio.get_running_loop().time()
        with pytest.raises(BrokerUnavailableError):
            await bench.publisher.publish(enveloped(a_dossier_state(1)))
        assert asyncio.get_running_loop().time() - started < 8
    finally:
        await servers.resume("broker")
    await eventually(lambda: published(bench, enveloped(a_dossier_state(1))), within=30)
    await eventually(lambda: holds(bench.revision, 1), within=30)


async def test_b4_a_dead_database_sends_the_message_round_until_it_is_back(
    bench: Bench, servers: System
) -> None:
    await servers.stop_part("database")
    await bench.publisher.publish(enveloped(a_revocation()))
    await asyncio.sleep(3)
    await servers.start_part("database")

    await eventually(lambda: holds(bench.facts, 1), within=40)


async def test_b4_a_frozen_database_is_reported_in_bounded_time(
    mongo_database: Database, servers: System
) -> None:
    await mongo_database.ping()
    await servers.pause("database")
    try:
        started = asyncio.get_running_loop().time()
        with pytest.raises(StoreUnavailableError):
            await mongo_database["things"].insert_one({"_id": "1"})
        assert asyncio.get_running_loop().time() - started < 15
    finally:
        await servers.resume("database")


async def test_an_event_whose_writer_died_before_publishing_is_swept(
    bench: Bench, mongo_database: Database
) -> None:
    documents = mongo_database["dossiers"]
    await documents.declare([OUTBOX_INDEX])
    saved = fresh_outbox([enveloped(a_dossier_state(1))])
    # The writer died long ago: nothing but the document knows of the event.
    saved["outbox_since"] -= timedelta(minutes=1)
    await documents.insert_one({"_id": "r1", **saved})

    async with relaying([Outbox(documents, bench.publisher)]):
        await eventually(lambda: holds(bench.revision, 1))
        await eventually(lambda: emptied(documents))


async def test_of_unsent_states_only_the_newest_is_sent_and_every_fact(
    bench: Bench, mongo_database: Database
) -> None:
    documents = mongo_database["dossiers"]
    waiting = [
        enveloped(a_dossier_state(1), sequence=1),
        enveloped(a_revocation()),
        enveloped(a_dossier_state(2), sequence=2),
    ]
    saved = fresh_outbox(waiting)
    saved["outbox_since"] -= timedelta(minutes=1)
    await documents.insert_one({"_id": "r1", **saved})

    sent = await Outbox(documents, bench.publisher).sweep()

    await eventually(lambda: holds(bench.revision, 2))
    await eventually(lambda: holds(bench.facts, 1))
    assert sent == 2


async def test_what_was_published_from_memory_is_cleared_from_its_document(
    bench: Bench, mongo_database: Database
) -> None:
    documents = mongo_database["dossiers"]
    outbox = Outbox(documents, bench.publisher)
    await documents.insert_one({"_id": "r1", "version": 0, "outbox": []})
    event = enveloped(a_dossier_state(1))

    async with relaying([outbox]):
        await documents.update_one({"_id": "r1"}, with_outbox({"$set": {"version": 1}}, [event]))
        outbox.announce("r1", [event])
        await eventually(lambda: emptied(documents))

    assert await bench.revision() == 1


async def test_what_is_passing_is_heard_and_never_waits_in_its_document(
    bench: Bench, broker_settings: BrokerSettings, mongo_database: Database
) -> None:
    documents = mongo_database["dossiers"]
    outbox = Outbox(documents, bench.publisher)
    passing = enveloped(ImageReady(image_id="i1", category="diploma"))
    heard: list[Envelope] = []

    async with hearing(broker_settings, "notify", Listener((ImageReady,), heard.append, lambda: None)):
        await asyncio.sleep(1)
        await documents.insert_one({"_id": "r1", **fresh_outbox([passing])})
        await documents.update_one({"_id": "r1"}, with_outbox({"$set": {"version": 1}}, [passing]))
        outbox.announce("r1", [passing])
        await outbox.drain()
        await eventually(lambda: holds(_first_of(heard), passing.id))

    assert await documents.find_one({"_id": "r1"}) == {"_id": "r1", "outbox": [], "version": 1}


async def test_what_is_passing_is_put_on_no_disk_and_that_nobody_hears_it_is_no_failure(
    bench: Bench, broker_settings: BrokerSettings
) -> None:
    unheard, heard = (enveloped(ImageReady(image_id=name, category="diploma")) for name in ("i1", "i2"))
    arrived: list[AbstractIncomingMessage] = []

    await bench.publisher.publish(unheard)
    async with channel_of(broker_settings) as channel:
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("kaoshen", ImageReady.type)

        async def has_come() -> bool:
            message = await queue.get(no_ack=True, fail=False)
            arrived.extend([message] if message else [])
            return bool(arrived)

        await bench.publisher.publish(heard)
        await eventually(has_come)

    assert [(each.body, each.delivery_mode) for each in arrived] == [
        (heard.to_json(), aio_pika.DeliveryMode.NOT_PERSISTENT)
    ]


async def test_without_a_broker_what_is_passing_holds_up_nothing_behind_it(
    bench: Bench, mongo_database: Database, servers: System
) -> None:
    documents = mongo_database["dossiers"]
    outbox = Outbox(documents, bench.publisher)
    events = [enveloped(ImageReady(image_id="i1", category="diploma")), enveloped(a_dossier_state(1))]
    await servers.stop_part("broker")
    await documents.insert_one({"_id": "r1", **fresh_outbox(events)})
    outbox.announce("r1", events)
    await outbox.drain()
    left = await documents.find_one({"_id": "r1"})
    await servers.start_part("broker")

    assert left is not None
    assert [event["id"] for event in left["outbox"]] == [events[1].id]
    async with relaying([outbox]):
        await eventually(lambda: holds(bench.revision, 1), within=40)


async def test_a_document_that_changes_all_the_time_never_counts_as_full(
    bench: Bench, mongo_database: Database
) -> None:
    documents = mongo_database["dossiers"]
    outbox = Outbox(documents, bench.publisher)
    await documents.insert_one({"_id": "r1", "outbox": []})
    most = 0

    async with relaying([outbox]):
        for number in range(4 * MOST_WAITING):
            event = enveloped(a_dossier_state(number), sequence=number)
            await documents.update_one({"_id": "r1"}, with_outbox({"$set": {"version": number}}, [event]))
            outbox.announce("r1", [event])
            document = await documents.find_one({"_id": "r1"})
            most = max(most, len(document["outbox"]) if document else 0)
        await eventually(lambda: emptied(documents))

    assert most < MOST_WAITING


async def test_while_the_broker_is_away_events_wait_in_their_document(
    bench: Bench, mongo_database: Database, servers: System
) -> None:
    documents = mongo_database["dossiers"]
    outbox = Outbox(documents, bench.publisher)
    event = enveloped(a_dossier_state(1))
    await servers.stop_part("broker")
    await documents.insert_one({"_id": "r1", **fresh_outbox([event])})
    outbox.announce("r1", [event])
    await outbox.drain()
    await servers.start_part("broker")

    async with relaying([outbox]):
        await eventually(lambda: holds(bench.revision, 1), within=40)


async def test_the_delivery_limit_of_the_broker_parks_what_kills_its_consumer(
    broker_settings: BrokerSettings,
) -> None:
    queue = QueueSpec(f"notify.test-{new_id()[-12:]}", (SessionRevoked,))
    await declare(broker_settings, [queue], ["notify"])
    async with channel_of(broker_settings) as channel:
        exchange = await channel.get_exchange("kaoshen", ensure=False)
        await exchange.publish(aio_pika.Message(b"deadly", message_id=new_id()), SessionRevoked.type)
        source = await channel.get_queue(queue.name, ensure=False)
        for _ in range(21):
            message = await source.get(timeout=5)
            assert message is not None
            await message.nack(requeue=True)

    await eventually(lambda: dead_lettered(broker_settings))


def test_every_queue_has_its_delivery_limit_and_its_parking() -> None:
    rows = definitions([QueueSpec("review.x", (SessionRevoked,))], ["review"])["queues"]
    assert isinstance(rows, list)
    arguments = {row["name"]: row["arguments"] for row in rows if isinstance(row, dict)}

    assert arguments["review.x"] == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "review.parked",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


async def holds(value: object, expected: object) -> bool:
    """Return whether an asynchronous reading has arrived at a value."""
    assert callable(value)
    return bool(await value() == expected)


async def published(bench: Bench, envelope: Envelope) -> bool:
    """Publish as the outbox would: until the broker has it."""
    try:
        await bench.publisher.publish(envelope)
    except BrokerUnavailableError:
        return False
    return True


async def parked_count(bench: Bench, expected: int) -> bool:
    """Return whether so many messages are parked."""
    return len(await bench.parked.waiting()) == expected


async def emptied(documents: Collection) -> bool:
    """Return whether the document has nothing left to send."""
    found = await documents.find_one({"_id": "r1"})
    return found is not None and found["outbox"] == [] and "outbox_since" not in found


async def dead_lettered(settings: BrokerSettings) -> bool:
    """Return whether the deadly message has reached the parked queue."""
    message = await taken(settings, "notify.parked")
    return message is not None and message.body == b"deadly"


async def send_raw(bench: Bench, body: bytes) -> None:
    """Put a body of no known kind into the bench's queue."""
    message = aio_pika.Message(body, message_id=new_id(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await bench.publisher.send_to("", bench.queue, message)


def _first_of(heard: list[Envelope]) -> Callable[[], Awaitable[str | None]]:
    async def first() -> str | None:
        return heard[0].id if heard else None

    return first
