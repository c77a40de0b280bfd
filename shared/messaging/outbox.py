"""The outbox: events wait in the document that they changed with until the broker has confirmed them.

The instance that wrote publishes at once from memory and clears in bulk; a sweeper sends what any crash
or outage left behind. Delivery is therefore at least once, and consumers deduplicate. Only what is passing is
published without waiting there: at most once.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

import structlog
from prometheus_client import Counter, Gauge

from shared.clock import SystemClock
from shared.crashpoints import crashpoint
from shared.errors import TransientError
from shared.events import EVENT_TYPES, Envelope
from shared.messaging.publisher import Publisher
from shared.mongo import Collection, Document, Filter, Index, StoreUnavailableError, Update

# Long enough that the events of a burst on one document are cleared by one write.
CLEAR_EVERY_SECONDS = 1.0
# A busy document is cleared at once, well before it counts as full: several processes may write to it.
CLEAR_AT = 10
SWEEP_EVERY_SECONDS = 2.0
SWEEP_AFTER = timedelta(seconds=10)
SWEEP_PAGE = 100
MOST_WAITING = 50
CONCURRENT_PUBLISHES = 64

OUTBOX_INDEX = Index(keys=(("outbox_since", 1),), sparse=True)
SWEPT = Counter("kaoshen_outbox_swept", "Events sent by the sweeper, not by their writer", ["collection"])
PENDING = Gauge("kaoshen_outbox_in_memory", "Events being published from memory", ["collection"])

log = structlog.get_logger()
# Waiting is measured by the machine's clock: the shared one may be moved in development.
_machine = SystemClock()


class OutboxFullError(TransientError):
    """The document's events have not left for long; nothing more is promised until they do."""

    code: ClassVar[str] = "outbox_full"
    title: ClassVar[str] = "系统繁忙，请稍后再试"


def fresh_outbox(envelopes: Sequence[Envelope]) -> Document:
    """Return the outbox fields of a document about to be inserted with its events."""
    waiting = _waiting(envelopes)
    return {"outbox": waiting, "outbox_since": _machine.now()} if waiting else {"outbox": []}


def with_outbox(update: Mapping[str, Any], envelopes: Sequence[Envelope]) -> Document:
    """Return the update with the events in the same write."""
    waiting = _waiting(envelopes)
    if not waiting:
        return dict(update)
    merged = {operator: dict(fields) for operator, fields in update.items()}
    merged.setdefault("$push", {})["outbox"] = {"$each": waiting}
    merged.setdefault("$min", {})["outbox_since"] = _machine.now()
    return merged


def ensure_room(document: Document) -> None:
    """Refuse to add events to a document whose events do not leave.

    Raises:
        OutboxFullError: more than 50 wait.
    """
    if len(document.get("outbox", ())) > MOST_WAITING:
        log.error("outbox.full", document=document["_id"])
        raise OutboxFullError


class Outbox:
    """Announces the events of one collection's documents."""

    def __init__(self, collection: Collection, publisher: Publisher) -> None:
        self._collection = collection
        self._publisher = publisher
        self._sent: dict[str, list[str]] = {}
        self._publishing: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(CONCURRENT_PUBLISHES)
        self._pressing = asyncio.Event()

    def announce(self, document_id: str, envelopes: Sequence[Envelope]) -> None:
        """Publish events that have just been saved; return at once."""
        crashpoint("outbox.before_publish")
        if envelopes:
            task = asyncio.create_task(self._publish_from_memory(document_id, envelopes))
            self._publishing.add(task)
            task.add_done_callback(self._publishing.discard)
            PENDING.labels(self._collection.name).set(len(self._publishing))

    async def clear(self) -> None:
        """Remove what the broker has confirmed, many documents in one round trip."""
        sent, self._sent = self._sent, {}
        if sent:
            crashpoint("outbox.before_clear")
        try:
            # Nearly always nothing else waits: then one write empties the outbox and takes its sign away.
            if await self._collection.update_many_ones(_emptied(sent)) < len(sent):
                await self._collection.update_many_ones(_without(sent))
        except StoreUnavailableError:
            for document_id, event_ids in sent.items():
                self._sent.setdefault(document_id, []).extend(event_ids)

    async def until_clearing(self) -> None:
        """Wait until it is time to clear: regularly, or sooner for a document that is busy."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLEAR_EVERY_SECONDS):
                await self._pressing.wait()
        self._pressing.clear()

    async def sweep(self) -> int:
        """Send what has waited longer than ten seconds; return how many events went out."""
        before = _machine.now() - SWEEP_AFTER
        waiting = await self._collection.find(
            {"outbox_since": {"$lte": before}}, sort=[("outbox_since", 1)], limit=SWEEP_PAGE
        )
        count = 0
        for document in waiting:
            envelopes = [Envelope.model_validate(stored) for stored in document.get("outbox", ())]
            for envelope in latest_states(envelopes):
                await self._publisher.publish(envelope)
                count += 1
            self._sent.setdefault(document["_id"], []).extend(envelope.id for envelope in envelopes)
        await self.clear()
        SWEPT.labels(self._collection.name).inc(count)
        return count

    async def drain(self) -> None:
        """Wait for the publishing under way and clear it."""
        if self._publishing:
            await asyncio.wait(set(self._publishing))
        await self.clear()

    async def _publish_from_memory(self, document_id: str, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            is_passing = _is_passing(envelope)
            try:
                async with self._slots:
                    await self._publisher.publish(envelope)
            except TransientError:
                if is_passing:
                    continue
                log.warning("outbox.left_for_sweeper", event_id=envelope.id, event_type=envelope.type)
                return
            crashpoint("outbox.after_publish")
            if not is_passing:
                self._note_sent(document_id, envelope.id)

    def _note_sent(self, document_id: str, event_id: str) -> None:
        sent = self._sent.setdefault(document_id, [])
        sent.append(event_id)
        if len(sent) >= CLEAR_AT:
            self._pressing.set()


def latest_states(envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Return the envelopes without state events that a newer one of the same type replaces."""
    newest = {envelope.type: envelope.id for envelope in envelopes}
    return [
        envelope
        for envelope in envelopes
        if not EVENT_TYPES[envelope.type].is_state or newest[envelope.type] == envelope.id
    ]


@asynccontextmanager
async def relaying(outboxes: Sequence[Outbox]) -> AsyncIterator[None]:
    """Clear and sweep in the background; on leaving, send what is under way."""
    tasks = [
        asyncio.create_task(loop(outbox)) for outbox in outboxes for loop in (_clear_forever, _sweep_forever)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for outbox in outboxes:
            await outbox.drain()


async def _clear_forever(outbox: Outbox) -> None:
    while True:
        await outbox.until_clearing()
        await outbox.clear()


async def _sweep_forever(outbox: Outbox) -> None:
    while True:
        try:
            await outbox.sweep()
        except TransientError:
            log.warning("outbox.sweep_postponed")
        await asyncio.sleep(SWEEP_EVERY_SECONDS)


def _emptied(sent: Mapping[str, Sequence[str]]) -> list[tuple[Filter, Update]]:
    """Return the changes that empty the outboxes in which nothing waits but what was sent."""
    nothing: Document = {"$set": {"outbox": []}, "$unset": {"outbox_since": ""}}
    return [
        ({"_id": document_id, "outbox": {"$not": {"$elemMatch": {"id": {"$nin": list(event_ids)}}}}}, nothing)
        for document_id, event_ids in sent.items()
    ]


def _without(sent: Mapping[str, Sequence[str]]) -> list[tuple[Filter, Update]]:
    """Return the changes that take out what was sent and leave what came meanwhile, with the sign for it."""
    return [
        ({"_id": document_id}, {"$pull": {"outbox": {"id": {"$in": list(event_ids)}}}})
        for document_id, event_ids in sent.items()
    ]


def _waiting(envelopes: Sequence[Envelope]) -> list[Document]:
    """Return the events that wait in the document, as they are stored."""
    return [
        envelope.model_dump(mode="json", by_alias=True) for envelope in envelopes if not _is_passing(envelope)
    ]


def _is_passing(envelope: Envelope) -> bool:
    return EVENT_TYPES[envelope.type].is_passing
