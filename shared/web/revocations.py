"""Revoked sessions: noted once in the service's database, re-read by every instance."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import SystemClock
from shared.mongo import Collection, DuplicateError, Index

REREAD_SECONDS = 2.0
# Access tokens live five minutes; after that a note is of no use.
REMEMBERED = timedelta(minutes=15)
REVOCATION_INDEXES = (
    Index(keys=(("noted_at", 1),), expire_after_seconds=int(timedelta(days=1).total_seconds())),
)
# Notes are dropped by the database's own time, so the machine's clock writes them.
_machine = SystemClock()


@dataclass(slots=True)
class RevocationList:
    """Keeps notes of revoked sessions and knows those whose tokens could still live."""

    collection: Collection
    known: frozenset[str] = field(default=frozenset())

    async def keep(self, session_id: str, revoked_at: datetime) -> None:
        """Note a revoked session; once is enough."""
        document = {"_id": session_id, "revoked_at": revoked_at, "noted_at": _machine.now()}
        try:
            await self.collection.insert_one(document)
        except DuplicateError:
            return
        finally:
            self.known |= {session_id}

    async def reread(self) -> None:
        """Learn what other instances noted."""
        since = _machine.now() - REMEMBERED
        found = await self.collection.find({"noted_at": {"$gte": since}}, fields={"_id": 1})
        self.known = frozenset(document["_id"] for document in found)

    def is_revoked(self, session_id: str) -> bool:
        """Return whether the session was revoked."""
        return session_id in self.known
