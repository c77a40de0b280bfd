"""How many messages wait in a queue, asked over a connection of its own."""

import asyncio

from aio_pika.abc import AbstractChannel, AbstractConnection

from shared.messaging.publisher import BROKER_ERRORS, BrokerUnavailableError, connect
from shared.settings import BrokerSettings

ANSWER_SECONDS = 5.0


class QueueDepth:
    """Asks the broker for a queue's length; reconnects when it is next asked."""

    def __init__(self, settings: BrokerSettings, name: str, queue: str) -> None:
        self._settings = settings
        self._name = name
        self._queue = queue
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def read(self) -> int:
        """Return how many messages wait for a consumer; those in hand are not among them.

        Raises:
            BrokerUnavailableError: the broker does not answer, or has no such queue.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                channel = await self._open_channel()
                queue = await channel.declare_queue(self._queue, passive=True)
        except BROKER_ERRORS as error:
            await self.close()
            raise BrokerUnavailableError from error
        return queue.declaration_result.message_count or 0

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def _open_channel(self) -> AbstractChannel:
        if self._channel is not None and not self._channel.is_closed:
            return self._channel
        if self._connection is None or self._connection.is_closed:
            self._connection = await connect(self._settings, f"{self._name}.depth")
        self._channel = await self._connection.channel()
        return self._channel
