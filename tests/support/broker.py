"""The broker as tests use it: declaring what a test needs, and looking into queues."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.events.envelope import ServiceName
from shared.messaging.publisher import connect
from shared.messaging.topology import QueueSpec, definitions
from shared.settings import BrokerSettings


async def declare(
    settings: BrokerSettings, queues: Iterable[QueueSpec], services: Iterable[ServiceName] = ()
) -> None:
    """Declare what the definitions file would have declared at the broker's start."""
    wanted = definitions(queues, services)
    async with channel_of(settings) as channel:
        for exchange in _rows(wanted["exchanges"]):
            await channel.declare_exchange(exchange["name"], ExchangeType(exchange["type"]), durable=True)
        for queue in _rows(wanted["queues"]):
            await channel.declare_queue(queue["name"], durable=True, arguments=queue["arguments"])
        for binding in _rows(wanted["bindings"]):
            target = await channel.get_queue(binding["destination"], ensure=False)
            await target.bind(binding["source"], binding["routing_key"])


async def emptied(settings: BrokerSettings, queues: Iterable[str]) -> None:
    """Throw away what waits in queues."""
    async with channel_of(settings) as channel:
        for name in queues:
            await (await channel.get_queue(name, ensure=False)).purge()


async def taken(settings: BrokerSettings, queue: str) -> AbstractIncomingMessage | None:
    """Take one message out of a queue, or nothing."""
    async with channel_of(settings) as channel:
        found = await (await channel.get_queue(queue, ensure=False)).get(fail=False)
        if found is not None:
            await found.ack()
        return found


@asynccontextmanager
async def channel_of(settings: BrokerSettings) -> AsyncIterator[AbstractChannel]:
    """Open a channel with confirms on a connection of its own."""
    connection = await connect(settings, "tests")
    try:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)
    finally:
        await connection.close()


async def eventually(check: Callable[[], Awaitable[bool]], within: float = 20.0) -> None:
    """Wait until a check holds.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = asyncio.get_running_loop().time() + within
    while not await check():
        assert asyncio.get_running_loop().time() < deadline, f"did not hold within {within} s"
        await asyncio.sleep(0.1)


def _rows(value: object) -> list[dict[str, Any]]:
    assert isinstance(value, list)
    return value
