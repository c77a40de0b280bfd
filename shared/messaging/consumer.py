"""Consuming: one rule settles every message, and nothing is ever dropped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from prometheus_client import Counter

from shared.crashpoints import crashpoint
from shared.errors import TransientError
from shared.events import Envelope, Event
from shared.events.writer import read_event
from shared.messaging.publisher import (
    BROKER_ERRORS,
    BrokerPublisher,
    BrokerUnavailableError,
    connect,
    persistent_message,
)
from shared.messaging.topology import RETRY_TIERS, QueueSpec, parked_queue
from shared.sealing import Sealer
from shared.settings import BrokerSettings

# Handlers take their own event type; the table that pairs them is the check.
Handler = Callable[[Any, Envelope], Awaitable[None]]

TRIES_PER_TIER = (3, 3, 3, 6)
SCHEDULE: tuple[str, ...] = tuple(
    name for (name, _), tries in zip(RETRY_TIERS, TRIES_PER_TIER, strict=True) for _ in range(tries)
)
RECONNECT_SECONDS = 1.0
WATCH_SECONDS = 10.0

SETTLED = Counter("kaoshen_messages_settled", "Messages by queue and outcome", ["queue", "outcome"])
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A queue and, for each of its event types, what is to be done."""

    queue: QueueSpec
    handlers: Mapping[type[Event], Handler]

    def __post_init__(self) -> None:
        """Refuse a queue that takes events nobody handles, or the other way round."""
        if set(self.handlers) != set(self.queue.events):
            raise ValueError(f"{self.queue.name}: handlers do not match the queue's events")


@dataclass(frozen=True, slots=True)
class Handled:
    """Done: acknowledge."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: put it into a retry tier, then acknowledge."""

    tier: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Park:
    """Never like this: put it aside with the reason, then acknowledge."""

    reason: str


Outcome = Handled | Retry | Park


async def handle(subscription: Subscription, sealer: Sealer, body: bytes, attempt: int) -> Outcome:
    """Run the handler of a message and say how the message is to be settled."""
    try:
        envelope = Envelope.from_json(body)
        event, handler = _read(subscription, sealer, envelope)
    except ValueError:
        return Park("unreadable")
    with structlog.contextvars.bound_contextvars(
        event_id=envelope.id, event_type=envelope.type, correlation_id=envelope.correlation_id
    ):
        try:
            await handler(event, envelope)
        except TransientError as error:
            log.info("message.retried", queue=subscription.queue.name, attempt=attempt, code=error.code)
            if attempt >= len(SCHEDULE):
                return Park(f"gave_up:{error.code}")
            return Retry(SCHEDULE[attempt], attempt + 1)
        except Exception as error:
            log.exception("message.failed", queue=subscription.queue.name)
            return Park(f"failed:{type(error).__name__}")
    return Handled()


def _read(subscription: Subscription, sealer: Sealer, envelope: Envelope) -> tuple[Event, Handler]:
    if not envelope.type.startswith(f"{envelope.producer}."):
        raise ValueError("the producer does not own this type")
    for kind, handler in subscription.handlers.items():
        if kind.type == envelope.type and kind.schema_version == envelope.schema_version:
            return read_event(kind, envelope, sealer), handler
    raise ValueError("no such type or version here")


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles the messages of one queue."""

    subscription: Subscription
    sealer: Sealer
    publisher: BrokerPublisher

    async def __call__(self, message: AbstractIncomingMessage) -> None:
        """Handle a message, move it on if need be, and only then acknowledge it."""
        name = self.subscription.queue.name
        attempt = _attempt(message)
        outcome = await handle(self.subscription, self.sealer, message.body, attempt)
        try:
            await self._move(message, outcome)
            crashpoint("consumer.before_ack")
            await message.ack()
        except (BrokerUnavailableError, *BROKER_ERRORS):
            # The channel is gone: the broker delivers the message again.
            log.warning("message.unsettled", queue=name)
            return
        SETTLED.labels(name, type(outcome).__name__.lower()).inc()

    async def _move(self, message: AbstractIncomingMessage, outcome: Outcome) -> None:
        queue = self.subscription.queue
        if isinstance(outcome, Retry):
            copy = persistent_message(
                message.body,
                message_id=message.message_id or "",
                kind=message.type or "",
                attempt=outcome.attempt,
            )
            # The routing key is where the tier sends it back to when the delay is over.
            await self.publisher.send_to(outcome.tier, queue.name, copy)
        elif isinstance(outcome, Park):
            copy = persistent_message(
                message.body, message_id=message.message_id or "", kind=message.type or ""
            )
            copy.headers.update({"queue": queue.name, "reason": outcome.reason})
            log.error("message.parked", queue=queue.name, reason=outcome.reason)
            await self.publisher.send_to("", parked_queue(queue.service), copy)


def _attempt(message: AbstractIncomingMessage) -> int:
    value = message.headers.get("attempt", 0)
    return value if isinstance(value, int) else 0


class MissingConsumerError(RuntimeError):
    """A queue has lost its consumer without the connection saying so."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Something that takes messages from one queue."""

    queue: str
    prefetch: int
    callback: Callable[[AbstractIncomingMessage], Awaitable[None]]


async def consume_forever(settings: BrokerSettings, name: str, readers: Sequence[Reader]) -> None:
    """Consume over one connection; start anew whenever it, or a single consumer, is lost."""
    while True:
        try:
            await _consume_once(settings, name, readers)
        except (BrokerUnavailableError, MissingConsumerError, *BROKER_ERRORS) as error:
            log.warning("consumer.reconnecting", cause=type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _consume_once(settings: BrokerSettings, name: str, readers: Sequence[Reader]) -> None:
    connection = await connect(settings, f"{name}.consumer")
    try:
        for reader in readers:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=reader.prefetch)
            queue = await channel.get_queue(reader.queue, ensure=True)
            await queue.consume(reader.callback)
        log.info("consumer.started", queues=len(readers))
        watching = await connection.channel()
        while not connection.is_closed:
            await asyncio.wait({asyncio.ensure_future(connection.closed())}, timeout=WATCH_SECONDS)
            if not connection.is_closed:
                async with asyncio.timeout(WATCH_SECONDS):
                    await _watch(watching, readers)
    finally:
        await connection.close()


async def _watch(channel: AbstractChannel, readers: Sequence[Reader]) -> None:
    """Make sure that every queue still has a consumer: the driver does not restore a cancelled one."""
    for reader in readers:
        queue = await channel.declare_queue(reader.queue, passive=True)
        if not queue.declaration_result.consumer_count:
            raise MissingConsumerError(reader.queue)


@asynccontextmanager
async def consuming(
    subscriptions: Sequence[Subscription],
    settings: BrokerSettings,
    publisher: BrokerPublisher,
    sealer: Sealer,
    readers: Sequence[Reader] = (),
) -> AsyncIterator[None]:
    """Consume in the background; on leaving, messages under way go back to their queues."""
    everything = [
        *(
            Reader(
                subscription.queue.name,
                subscription.queue.prefetch,
                Settler(subscription, sealer, publisher),
            )
            for subscription in subscriptions
        ),
        *readers,
    ]
    task = asyncio.create_task(consume_forever(settings, sealer.service, everything))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
