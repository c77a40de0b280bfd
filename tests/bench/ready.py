"""Hears from the broker which pictures are done, and when."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aio_pika.abc import AbstractIncomingMessage

from deploy.embedded import System
from shared.events.uploads import ImageReady, ImageRefused
from shared.messaging.publisher import connect
from shared.messaging.topology import EXCHANGE
from shared.settings import BrokerSettings

LOOK_EVERY = 0.05


def _nobody() -> None:
    return


@dataclass(slots=True)
class Ready:
    """Which pictures are done: by id, the second at which it was heard; `told` is called with each."""

    done: dict[str, float] = field(default_factory=dict)
    told: Callable[[], None] = _nobody

    async def hear(self, message: AbstractIncomingMessage) -> None:
        """Take note of one picture."""
        image_id: str = json.loads(message.body)["data"]["image_id"]
        self.done.setdefault(image_id, time.time())
        self.told()

    async def until_all(self, images: Iterable[str], patience: float) -> bool:
        """Wait until these pictures are done; tell whether they were, in time."""
        wanted = set(images)
        until = time.monotonic() + patience
        while not wanted <= self.done.keys():
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_EVERY)
        return True


@asynccontextmanager
async def hearing(system: System) -> AsyncIterator[Ready]:
    """Listen on a queue of our own that goes with us."""
    ready = Ready()
    connection = await connect(BrokerSettings.model_validate({"url": system.broker_url("admin")}), "bench")
    try:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        for event in (ImageReady, ImageRefused):
            await queue.bind(EXCHANGE, event.type)
        await queue.consume(ready.hear, no_ack=True)
        yield ready
    finally:
        await connection.close()
