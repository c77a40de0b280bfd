"""Sessions, used tickets and counts of tries in MongoDB: what comes and goes.

Documents are removed by the machine's time, since the shared clock may be moved in development.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.auth.session import Session
from services.auth.tries import Tries
from shared.clock import SystemClock
from shared.events.auth import SessionRevoked
from shared.events.envelope import Scope
from shared.events.writer import EventWriter
from shared.ids import new_id
from shared.messaging.outbox import OUTBOX_INDEX, Outbox, fresh_outbox, with_outbox
from shared.mongo import Collection, Document, DuplicateError, Index
from shared.sealing import FieldCipher

PURGE_INDEX = Index(keys=(("purge_at", 1),), expire_after_seconds=0)
INDEXES: Mapping[str, tuple[Index, ...]] = {
    "sessions": (Index(keys=(("account_id", 1), ("revoked_at", 1))), OUTBOX_INDEX, PURGE_INDEX),
    "used_tickets": (PURGE_INDEX,),
    "tries": (PURGE_INDEX,),
}
SESSION_KEPT = timedelta(days=90)
TICKET_KEPT = timedelta(days=1)
TRIES_KEPT = timedelta(days=1)
MOST_SESSIONS = 1000

_machine = SystemClock()


class MongoSessions:
    """The collection `sessions`: one document per family of refresh tokens."""

    def __init__(
        self, collection: Collection, outbox: Outbox, writer: EventWriter, cipher: FieldCipher
    ) -> None:
        self._collection = collection
        self._outbox = outbox
        self._writer = writer
        self._cipher = cipher

    async def add(self, session: Session) -> None:
        """Store a new family; an attempt that was repeated below finds its own."""
        document = {
            "_id": session.id,
            "kind": session.kind,
            "account_id": session.account_id,
            "secret": self._cipher.encrypt(session.secret, session.id),
            "generation": session.generation,
            "rotated_at": session.rotated_at,
            "expires_at": session.expires_at,
            "revoked_at": None,
            "version": session.version,
            "purge_at": _machine.now() + SESSION_KEPT,
            **fresh_outbox([]),
        }
        try:
            await self._collection.insert_one(document)
        except DuplicateError:
            return

    async def get(self, session_id: str) -> Session | None:
        """Return one family."""
        document = await self._collection.find_one({"_id": session_id})
        return None if document is None else self._session(document)

    async def rotate(self, session: Session, now: datetime) -> bool:
        """Go on to the next token if nobody has meanwhile."""
        changed = await self._collection.update_one(
            {"_id": session.id, "version": session.version},
            {"$set": {"rotated_at": now}, "$inc": {"generation": 1, "version": 1}},
        )
        return bool(changed.matched)

    async def revoke(self, session: Session, event: SessionRevoked, scope: Scope) -> bool:
        """End the family if it has not ended."""
        # Only ends are told, once per family: the sequence need not count the rotations.
        envelope = self._writer.envelope(event, subject=f"session:{session.id}", sequence=1, scope=scope)
        update = {"$set": {"revoked_at": event.revoked_at, "reason": event.reason}, "$inc": {"version": 1}}
        changed = await self._collection.update_one(
            {"_id": session.id, "revoked_at": None}, with_outbox(update, [envelope])
        )
        if changed.matched:
            self._outbox.announce(session.id, [envelope])
        return bool(changed.matched)

    async def live_of(self, account_id: str) -> list[Session]:
        """Return an account's families that were not revoked."""
        found = await self._collection.find(
            {"account_id": account_id, "revoked_at": None}, limit=MOST_SESSIONS
        )
        return [self._session(document) for document in found]

    def _session(self, document: Document) -> Session:
        return Session(
            id=document["_id"],
            kind=document["kind"],
            account_id=document["account_id"],
            secret=self._cipher.decrypt(document["secret"], document["_id"]),
            generation=document["generation"],
            rotated_at=document["rotated_at"],
            expires_at=document["expires_at"],
            revoked_at=document["revoked_at"],
            version=document["version"],
        )


class MongoUsedTickets:
    """The collection `used_tickets`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def reserve(self, ticket_id: str) -> bool:
        """Use up a ticket; only the first time is good."""
        attempt = new_id()
        document = {"_id": ticket_id, "attempt": attempt, "purge_at": _machine.now() + TICKET_KEPT}
        try:
            await self._collection.insert_one(document)
        except DuplicateError:
            # The driver repeats a write whose answer was lost: then the one that is there is ours.
            return await self._collection.find_one({"_id": ticket_id, "attempt": attempt}) is not None
        return True


class MongoTryCounts:
    """The collection `tries`; keys are stored as keyed digests, they hold usernames and addresses."""

    def __init__(self, collection: Collection, cipher: FieldCipher) -> None:
        self._collection = collection
        self._cipher = cipher

    async def get(self, key: str) -> Tries | None:
        """Return the count under a key."""
        document = await self._collection.find_one({"_id": self._cipher.digest(key)})
        if document is None:
            return None
        return Tries(document["count"], document["window_ends"], document["blocked_until"])

    async def replace(self, key: str, before: Tries | None, after: Tries) -> bool:
        """Store a count if it is still as it was."""
        fields = {
            "count": after.count,
            "window_ends": after.window_ends,
            "blocked_until": after.blocked_until,
            "purge_at": _machine.now() + TRIES_KEPT,
        }
        if before is None:
            try:
                await self._collection.insert_one({"_id": self._cipher.digest(key), **fields})
            except DuplicateError:
                return False
            return True
        was = {"count": before.count, "window_ends": before.window_ends}
        changed = await self._collection.update_one(
            {"_id": self._cipher.digest(key), **was}, {"$set": fields}
        )
        return bool(changed.matched)

    async def clear(self, key: str) -> None:
        """Forget a count."""
        await self._collection.delete_one({"_id": self._cipher.digest(key)})
