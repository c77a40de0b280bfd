"""Parked messages: kept with their reason until someone replays them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aio_pika.abc import AbstractIncomingMessage

from shared.clock import Clock
from shared.errors import ConflictError, NotFoundError
from shared.ids import derived_id, new_id
from shared.messaging.consumer import Reader
from shared.messaging.publisher import BrokerPublisher, persistent_message
from shared.messaging.topology import parked_queue
from shared.mongo import Collection, Document, DuplicateError, Index, StoreUnavailableError
from shared.sealing import FieldCipher

# More than any message of ours; a database's document holds 16 MB at the most.
MOST_BYTES = 4 * 1024 * 1024
PARKED_INDEXES = (Index(keys=(("replayed_at", 1), ("parked_at", 1))),)


class MessageCutError(ConflictError):
    """Only the beginning of this message was kept, so it can't be replayed."""

    code: ClassVar[str] = "message_cut"
    title: ClassVar[str] = "消息过长，只保存了开头，不能重放"


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """What the operator sees; the body stays sealed in the list."""

    id: str
    queue: str
    type: str
    reason: str
    parked_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedMessages:
    """Moves a service's parked messages into its database and back into their queues."""

    service: str
    collection: Collection
    cipher: FieldCipher
    clock: Clock

    def reader(self) -> Reader:
        """Return the reader of the service's parked queue."""
        return Reader(parked_queue(self.service), 10, self.keep)

    async def keep(self, message: AbstractIncomingMessage) -> None:
        """Store a message that could not be handled; an unanswered store leaves it in the queue."""
        queue, reason = _where_and_why(message)
        key = derived_id(queue, message.message_id) if message.message_id else new_id()
        kept = message.body[:MOST_BYTES]
        document: Document = {
            "_id": key,
            "queue": queue,
            "type": message.type or "",
            "reason": reason,
            "parked_at": self.clock.now(),
            "replayed_at": None,
            "length": len(message.body),
            "body": self.cipher.encrypt_bytes(kept, key),
        }
        try:
            await self.collection.insert_one(document)
        except DuplicateError:
            fields = {"reason": reason, "parked_at": self.clock.now(), "replayed_at": None}
            await self.collection.update_one({"_id": key}, {"$set": fields})
        except StoreUnavailableError:
            await message.nack(requeue=True)
            return
        await message.ack()

    async def waiting(self) -> list[ParkedMessage]:
        """Return what has not been replayed, oldest first."""
        found = await self.collection.find({"replayed_at": None}, sort=[("parked_at", 1)], limit=1000)
        return [_parked(document) for document in found]

    async def body(self, message_id: str) -> bytes:
        """Return a parked message's body (its personal fields are still sealed).

        Raises:
            NotFoundError: there is none of this id.
        """
        document = await self._one(message_id)
        return self.cipher.decrypt_bytes(document["body"], message_id)

    async def replay(self, message_id: str, publisher: BrokerPublisher) -> ParkedMessage:
        """Send a parked message back to the queue it came from, as a first attempt.

        Raises:
            NotFoundError: there is none of this id.
            MessageCutError: it was too long to be kept whole.
            BrokerUnavailableError: the broker does not take it now.
        """
        document = await self._one(message_id)
        body = self.cipher.decrypt_bytes(document["body"], message_id)
        if len(body) < document["length"]:
            raise MessageCutError
        message = persistent_message(body, message_id=new_id(), kind=document["type"])
        await publisher.send_to("", document["queue"], message)
        await self.collection.update_one({"_id": message_id}, {"$set": {"replayed_at": self.clock.now()}})
        return _parked(document)

    async def _one(self, message_id: str) -> Document:
        document = await self.collection.find_one({"_id": message_id})
        if document is None:
            raise NotFoundError
        return document


def _where_and_why(message: AbstractIncomingMessage) -> tuple[str, str]:
    """Return the queue a message came from and why: ours, or the broker's own dead-lettering."""
    if "queue" in message.headers:
        return str(message.headers["queue"]), str(message.headers.get("reason", "unknown"))
    return str(message.headers.get("x-first-death-queue", "unknown")), str(
        message.headers.get("x-first-death-reason", "unknown")
    )


def _parked(document: Document) -> ParkedMessage:
    return ParkedMessage(
        id=document["_id"],
        queue=document["queue"],
        type=document["type"],
        reason=document["reason"],
        parked_at=document["parked_at"],
        replayed_at=document["replayed_at"],
    )
