"""Live updates: what every instance hears over a queue of its own that vanishes with it.

Nothing here is promised: what is missed while the connection is away is made good by asking anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.events import Envelope, Event
from shared.events.envelope import ServiceName
from shared.ids import new_id
from shared.messaging.consumer import RECONNECT_SECONDS, WATCH_SECONDS, MissingConsumerError
from shared.messaging.publisher import BROKER_ERRORS, BrokerUnavailableError, connect
from shared.messaging.topology import EXCHANGE
from shared.settings import BrokerSettings

# A frozen instance must not fill the broker: the oldest go, the page asks anew anyway.
MOST_WAITING = 10_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listener:
    """What an instance wants to hear, and who is told; `resumed` is called when something may be missed."""

    events: Sequence[type[Event]]
    receive: Callable[[Envelope], None]
    resumed: Callable[[], None]


@asynccontextmanager
async def hearing(settings: BrokerSettings, service: ServiceName, listener: Listener) -> AsyncIterator[None]:
    """Hear events in the background; start anew whenever the connection or the queue is lost."""
    task = asyncio.create_task(_hear_forever(settings, service, listener))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _hear_forever(settings: BrokerSettings, service: ServiceName, listener: Listener) -> None:
    while True:
        try:
            await _hear_once(settings, service, listener)
        except (BrokerUnavailableError, MissingConsumerError, *BROKER_ERRORS) as error:
            log.warning("live.reconnecting", cause=type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _hear_once(settings: BrokerSettings, service: ServiceName, listener: Listener) -> None:
    async def receive(message: AbstractIncomingMessage) -> None:
        try:
            envelope = Envelope.from_json(message.body)
        except ValueError:
            log.warning("live.unreadable")
            return
        listener.receive(envelope)

    connection = await connect(settings, f"{service}.live")
    try:
        channel = await connection.channel()
        queue = await channel.declare_queue(
            f"{service}.live.{new_id()}",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": MOST_WAITING},
        )
        for event in listener.events:
            await queue.bind(EXCHANGE, event.type)
        await queue.consume(receive, no_ack=True)
        log.info("live.started")
        listener.resumed()
        while not connection.is_closed:
            await asyncio.wait({asyncio.ensure_future(connection.closed())}, timeout=WATCH_SECONDS)
            if not connection.is_closed:
                async with asyncio.timeout(WATCH_SECONDS):
                    await _watch(channel, queue.name)
    finally:
        await connection.close()


async def _watch(channel: AbstractChannel, name: str) -> None:
    """Make sure that the queue is still heard: the driver does not restore a cancelled consumer."""
    queue = await channel.declare_queue(name, passive=True)
    if not queue.declaration_result.consumer_count:
        raise MissingConsumerError(name)
