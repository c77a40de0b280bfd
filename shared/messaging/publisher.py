"""Publishing with confirms: an event is sent when the broker has it in its queues, not before.

Only what is passing goes without: whoever looks on right now hears it, and nobody is promised it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Protocol

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError, PublishError
from prometheus_client import Counter

from shared.errors import TransientError
from shared.events import EVENT_TYPES, Envelope
from shared.messaging.topology import EXCHANGE
from shared.settings import BrokerSettings

CONFIRM_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 5.0
HEARTBEAT_SECONDS = 20
# A closed channel or connection comes out of the driver as a RuntimeError.
BROKER_ERRORS = (AMQPError, OSError, RuntimeError)

PUBLISHED = Counter("kaoshen_events_published", "Events the broker has confirmed", ["type"])
UNROUTED = Counter("kaoshen_events_unrouted", "Events that found no queue although someone listens", ["type"])


class BrokerUnavailableError(TransientError):
    """The broker does not answer now."""

    code: ClassVar[str] = "broker_unavailable"
    title: ClassVar[str] = "系统繁忙，请稍后再试"


class Publisher(Protocol):
    """Sends envelopes."""

    async def publish(self, envelope: Envelope) -> None:
        """Send one; return when the broker has it.

        Raises:
            BrokerUnavailableError: it may not have it.
        """
        ...


def persistent_message(body: bytes, *, message_id: str, kind: str, attempt: int = 0) -> aio_pika.Message:
    """Return a message that survives the broker's restart; `attempt` counts our own retries."""
    return aio_pika.Message(
        body,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        content_type="application/json",
        message_id=message_id,
        type=kind,
        headers={"attempt": attempt},
    )


def _passing_message(body: bytes, *, message_id: str, kind: str) -> aio_pika.Message:
    """Return a message that the broker keeps no longer than it takes to pass it on."""
    return aio_pika.Message(body, content_type="application/json", message_id=message_id, type=kind)


async def connect(settings: BrokerSettings, name: str) -> AbstractConnection:
    """Open one connection.

    Raises:
        BrokerUnavailableError: the broker does not answer in time.
    """
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            return await aio_pika.connect(
                settings.url.get_secret_value(),
                heartbeat=HEARTBEAT_SECONDS,
                client_properties={"connection_name": name},
            )
    except BROKER_ERRORS as error:
        raise BrokerUnavailableError from error


class BrokerPublisher:
    """Sends over one connection of its own with publisher confirms; reconnects when it is next needed."""

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._connection: AbstractConnection | None = None
        # By whether the broker confirms what goes over them.
        self._channels: dict[bool, AbstractChannel] = {}
        self._opening = asyncio.Lock()

    async def publish(self, envelope: Envelope) -> None:
        """Send an event to everyone who listens; what is passing has then left, no more.

        Raises:
            BrokerUnavailableError: it may not have arrived, or a listener's queue is missing.
        """
        is_promised = not EVENT_TYPES[envelope.type].is_passing
        as_message = persistent_message if is_promised else _passing_message
        message = as_message(envelope.to_json(), message_id=envelope.id, kind=envelope.type)
        try:
            await self._send(EXCHANGE, envelope.type, message, is_promised=is_promised)
        except PublishError:
            if EVENT_TYPES[envelope.type].audience:
                UNROUTED.labels(envelope.type).inc()
                raise BrokerUnavailableError from None
        PUBLISHED.labels(envelope.type).inc()

    async def send_to(self, exchange: str, routing_key: str, message: aio_pika.Message) -> None:
        """Send a message that must arrive in a queue.

        Raises:
            BrokerUnavailableError: it may not have arrived.
        """
        try:
            await self._send(exchange, routing_key, message)
        except PublishError:
            raise BrokerUnavailableError from None

    async def ping(self) -> None:
        """Answer when the broker does and our exchange stands there.

        Raises:
            BrokerUnavailableError: it does not, or there is none.
        """
        try:
            channel = await self._open_channel()
            await channel.get_exchange(EXCHANGE, ensure=True)
        except BROKER_ERRORS as error:
            raise BrokerUnavailableError from error

    async def close(self) -> None:
        """Close the connection."""
        connection = self._let_go()
        if connection is not None:
            await connection.close()

    async def _send(
        self, exchange: str, routing_key: str, message: aio_pika.Message, *, is_promised: bool = True
    ) -> None:
        channel = None
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_SECONDS):
                channel = await self._open_channel(is_confirming=is_promised)
                target = (
                    await channel.get_exchange(exchange, ensure=False)
                    if exchange
                    else channel.default_exchange
                )
                await target.publish(message, routing_key, mandatory=is_promised)
        except PublishError:
            raise
        except BROKER_ERRORS as error:
            await self._forget(channel)
            raise BrokerUnavailableError from error

    async def _open_channel(self, *, is_confirming: bool = True) -> AbstractChannel:
        async with self._opening:
            channel = self._channels.get(is_confirming)
            if channel is not None and not channel.is_closed:
                return channel
            if self._connection is None or self._connection.is_closed:
                self._connection = await connect(self._settings, self._name)
            self._channels[is_confirming] = channel = await self._connection.channel(
                publisher_confirms=is_confirming, on_return_raises=is_confirming
            )
            return channel

    def _let_go(self) -> AbstractConnection | None:
        connection, self._connection, self._channels = self._connection, None, {}
        return connection

    async def _forget(self, channel: AbstractChannel | None) -> None:
        """Give up a connection that failed, unless someone has replaced it already."""
        if channel is not None and channel not in self._channels.values():
            return
        connection = self._let_go()
        if connection is None:
            return
        try:
            async with asyncio.timeout(1):
                await connection.close()
        except BROKER_ERRORS:
            return


@asynccontextmanager
async def publishing(settings: BrokerSettings, name: str) -> AsyncIterator[BrokerPublisher]:
    """Hold a publisher; nothing is opened before it is needed."""
    publisher = BrokerPublisher(settings, f"{name}.publisher")
    try:
        yield publisher
    finally:
        await publisher.close()
