"""Notify's documents in MongoDB; names, phones and texts are encrypted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notify.model import Message, Registration
from services.notify.sms import Sms, State
from shared.clock import SystemClock
from shared.events import Envelope, Event, Scope
from shared.events.writer import EventWriter
from shared.messaging.outbox import OUTBOX_INDEX, Outbox, fresh_outbox, with_outbox
from shared.mongo import Collection, Document, DuplicateError, Index
from shared.sealing import FieldCipher
from shared.web.revocations import REVOCATION_INDEXES

INDEXES: Mapping[str, tuple[Index, ...]] = {
    "messages": (OUTBOX_INDEX, Index(keys=(("registration_id", 1), ("at", -1)))),
    "sendbacks": (Index(keys=(("registration_id", 1),)),),
    "sms": (
        OUTBOX_INDEX,
        Index(keys=(("state", 1), ("release_at", 1))),
        Index(keys=(("state", 1), ("retry_at", 1))),
    ),
    "revoked_sessions": REVOCATION_INDEXES,
}
MOST_MESSAGES = 200
# Later than anything auth may say.
LAST_SEQUENCE = 2**62
# The states in which an SMS still falls due.
QUEUED = "queued"
SENDING = "sending"

_machine = SystemClock()


@dataclass(frozen=True, slots=True)
class MongoRegistrations:
    """The collection `registrations`, a projection of auth's state events."""

    collection: Collection
    cipher: FieldCipher

    async def follow(self, registration: Registration, sequence: int) -> bool:
        """Take over a newer state; return whether it was newer."""
        fields = {
            "candidate_id": registration.candidate_id,
            "scope": _scope(registration.scope),
            "name": self.cipher.encrypt(registration.name, registration.id),
            "phone": self.cipher.encrypt(registration.phone, registration.id),
            "seen.auth": sequence,
        }
        older = [{"seen.auth": {"$exists": False}}, {"seen.auth": {"$lt": sequence}}]
        try:
            await self.collection.update_one(
                {"_id": registration.id, "$or": older}, {"$set": fields}, upsert=True
            )
        except DuplicateError:
            return False
        return True

    async def erase(self, registration_id: str, scope: Scope) -> None:
        """Forget who it is for good, known or not; what auth may still say is old news from now on."""
        kept = {"candidate_id": scope.candidate or "", "scope": _scope(scope), "erased": True}
        update = {"$set": {**kept, "seen.auth": LAST_SEQUENCE}, "$unset": {"name": "", "phone": ""}}
        await self.collection.update_one({"_id": registration_id}, update, upsert=True)

    async def find(self, registration_id: str) -> Registration | None:
        """Return one registration."""
        found = await self.collection.find_one({"_id": registration_id})
        if found is None:
            return None
        is_erased = found.get("erased", False)
        return Registration(
            id=registration_id,
            candidate_id=found["candidate_id"],
            scope=Scope.model_validate(found["scope"]),
            name="" if is_erased else self.cipher.decrypt(found["name"], registration_id),
            phone="" if is_erased else self.cipher.decrypt(found["phone"], registration_id),
            is_erased=is_erased,
        )


@dataclass(frozen=True, slots=True)
class MongoMessages:
    """The collection `messages`: inserted once, and deleted with all that is known of the person."""

    collection: Collection
    outbox: Outbox
    writer: EventWriter
    cipher: FieldCipher

    async def add(self, message: Message, events: Sequence[Event]) -> bool:
        """Store a message with its events; only the first of an id is stored."""
        subject = f"message:{message.id}"
        envelopes = [
            self.writer.envelope(event, subject=subject, sequence=1, scope=message.scope) for event in events
        ]
        document: Document = {
            "_id": message.id,
            "registration_id": message.registration_id,
            "scope": _scope(message.scope),
            "at": message.at,
            "release_at": message.release_at,
            "author": message.author,
            "code": message.code,
            "text": self.cipher.encrypt(message.text, message.registration_id),
            "sendback_id": message.sendback_id,
            **fresh_outbox(envelopes),
        }
        try:
            await self.collection.insert_one(document)
        except DuplicateError:
            return False
        self.outbox.announce(message.id, envelopes)
        return True

    async def of_registration(self, registration_id: str) -> list[Message]:
        """Return a registration's messages, newest first."""
        found = await self.collection.find(
            {"registration_id": registration_id},
            sort=[("at", -1)],
            limit=MOST_MESSAGES,
            fields={"outbox": 0},
        )
        return [self._message(document) for document in found]

    async def forget(self, registration_id: str) -> int:
        """Delete a registration's messages; return how many there were."""
        return await self.collection.delete_many({"registration_id": registration_id})

    def _message(self, document: Document) -> Message:
        return Message(
            id=document["_id"],
            registration_id=document["registration_id"],
            scope=Scope.model_validate(document["scope"]),
            at=document["at"],
            release_at=document["release_at"],
            author=document["author"],
            code=document["code"],
            text=self.cipher.decrypt(document["text"], document["registration_id"]),
            sendback_id=document["sendback_id"],
        )


@dataclass(frozen=True, slots=True)
class MongoSendbacks:
    """The collection `sendbacks`: those that have ended."""

    collection: Collection

    async def close(self, sendback_id: str, registration_id: str) -> None:
        """Note the end; once is enough, twice does no harm."""
        document = {"_id": sendback_id, "registration_id": registration_id, "noted_at": _machine.now()}
        try:
            await self.collection.insert_one(document)
        except DuplicateError:
            return

    async def closed_of(self, registration_id: str) -> frozenset[str]:
        """Return the ended send-backs of a registration."""
        found = await self.collection.find({"registration_id": registration_id}, fields={"_id": 1})
        return frozenset(document["_id"] for document in found)


@dataclass(frozen=True, slots=True)
class MongoSmsMessages:
    """The collection `sms`: a command is one conditional update with its events."""

    collection: Collection
    outbox: Outbox
    writer: EventWriter

    async def add(self, sms: Sms) -> bool:
        """Store an SMS to be sent; only the first of an id is stored."""
        document = {
            "_id": sms.id,
            "registration_id": sms.registration_id,
            "scope": _scope(sms.scope),
            "kind": sms.kind,
            "signature": sms.signature,
            "text": sms.text,
            "release_at": sms.release_at,
            "queued_at": _machine.now(),
            **_moving(sms),
            **fresh_outbox([]),
        }
        try:
            await self.collection.insert_one(document)
        except DuplicateError:
            return False
        return True

    async def find(self, sms_id: str) -> Sms | None:
        """Return one SMS."""
        found = await self.collection.find_one({"_id": sms_id}, {"outbox": 0})
        return None if found is None else _sms(found)

    async def save(self, before: Sms, after: Sms, events: Sequence[Event] = ()) -> bool:
        """Store an SMS with its events unless it was changed in between; return whether it was stored."""
        envelopes = [self._envelope(after, event) for event in events]
        changed = await self.collection.update_one(
            {"_id": before.id, "version": before.version}, with_outbox({"$set": _moving(after)}, envelopes)
        )
        if not changed.matched:
            return False
        self.outbox.announce(after.id, envelopes)
        return True

    async def to_send(self, now: datetime, machine_now: datetime, limit: int) -> list[Sms]:
        """Return what is queued, released and not delayed, in the order of release."""
        return await self._page(
            {"state": QUEUED, "release_at": {"$lte": now}, "retry_at": {"$lte": machine_now}},
            "release_at",
            limit,
        )

    async def to_settle(self, machine_now: datetime, limit: int) -> list[Sms]:
        """Return what has been under way for too long."""
        return await self._page({"state": SENDING, "retry_at": {"$lte": machine_now}}, "retry_at", limit)

    async def _page(self, where: Mapping[str, object], order: str, limit: int) -> list[Sms]:
        found = await self.collection.find(where, sort=[(order, 1)], limit=limit, fields={"outbox": 0})
        return [_sms(document) for document in found]

    def _envelope(self, sms: Sms, event: Event) -> Envelope:
        return self.writer.envelope(event, subject=f"sms:{sms.id}", sequence=sms.version, scope=sms.scope)


async def listed_sms(collection: Collection, state: State, limit: int) -> list[Sms]:
    """Return the SMS in one state, in the order of release."""
    found = await collection.find(
        {"state": state}, sort=[("release_at", 1)], limit=limit, fields={"outbox": 0}
    )
    return [_sms(document) for document in found]


def _moving(sms: Sms) -> Document:
    """Return the fields that the state machine moves."""
    return {
        "state": sms.state,
        "version": sms.version,
        "attempt": sms.attempt,
        "retry_at": sms.retry_at,
        "sending_since": sms.sending_since,
        "provider_id": sms.provider_id,
        "failure": sms.failure,
    }


def _sms(document: Document) -> Sms:
    return Sms(
        id=document["_id"],
        registration_id=document["registration_id"],
        scope=Scope.model_validate(document["scope"]),
        kind=document["kind"],
        signature=document["signature"],
        text=document["text"],
        release_at=document["release_at"],
        retry_at=document["retry_at"],
        state=document["state"],
        version=document["version"],
        attempt=document["attempt"],
        sending_since=document["sending_since"],
        provider_id=document["provider_id"],
        failure=document["failure"],
    )


def _scope(scope: Scope) -> Document:
    return scope.model_dump(mode="json")
