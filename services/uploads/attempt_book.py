"""Refused attempts in MongoDB: written in bulk once a second, so that overload is not made worse by them."""

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta

import structlog

from services.uploads.attempts import Attempt
from shared.clock import SHANGHAI, SystemClock
from shared.errors import TransientError
from shared.mongo import Collection, Document, Index
from shared.runtime import every

FLUSH_SECONDS = 1.0
# What one candidate can leave behind in a day, and what may wait in memory while the database is away.
MOST_A_DAY = 200
MOST_WAITING = 5000
KEPT = timedelta(days=180)
ATTEMPT_INDEXES = (
    Index(keys=(("registration_id", 1), ("day", 1))),
    Index(keys=(("noted_at", 1),), expire_after_seconds=int(KEPT.total_seconds())),
)
# Old ones are dropped by the database's own time, so the machine's clock writes them.
_machine = SystemClock()
log = structlog.get_logger()


@dataclass(slots=True)
class MongoAttempts:
    """A document per candidate, registration and day; every attempt is in the log at once as well."""

    collection: Collection
    waiting: list[Attempt] = field(default_factory=list)

    def note(self, attempt: Attempt) -> None:
        """Keep an attempt: in the log now, in the database within a second of its being there."""
        log.info("upload.attempt_refused", **{**asdict(attempt), "at": attempt.at.isoformat()})
        if len(self.waiting) < MOST_WAITING:
            self.waiting.append(attempt)

    async def flush(self) -> None:
        """Write what waits.

        Raises:
            TransientError: the database does not answer; what waits goes on waiting.
        """
        sent = list(self.waiting)
        if sent:
            await self.collection.update_many_ones(_changes(sent), upsert=True)
            del self.waiting[: len(sent)]

    async def of(self, registration_id: str) -> list[Attempt]:
        """Return a registration's attempts, oldest first."""
        await self.flush()
        found = await self.collection.find({"registration_id": registration_id}, sort=[("day", 1)])
        # A write that was repeated because no answer came leaves its entries twice.
        attempts = {_attempt(document, entry) for document in found for entry in document["attempts"]}
        return sorted(attempts, key=lambda attempt: (attempt.at, attempt.category, attempt.slot or ""))


@asynccontextmanager
async def keeping(attempts: MongoAttempts) -> AsyncIterator[None]:
    """Write attempts down in the background, and the last ones on leaving."""
    try:
        async with every(FLUSH_SECONDS, attempts.flush):
            yield
    finally:
        # What can't be written now stands in the log.
        with contextlib.suppress(TransientError):
            await attempts.flush()


def _changes(attempts: Iterable[Attempt]) -> list[tuple[Document, Document]]:
    grouped: dict[tuple[str, str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        day = f"{attempt.at.astimezone(SHANGHAI):%Y-%m-%d}"
        grouped[(attempt.registration_id, attempt.candidate_id, day)].append(attempt)
    now = _machine.now()
    return [
        (
            {"_id": "/".join(key)},
            {
                "$set": {"registration_id": key[0], "candidate_id": key[1], "day": key[2], "noted_at": now},
                "$push": {"attempts": {"$each": [_entry(each) for each in group], "$slice": -MOST_A_DAY}},
            },
        )
        for key, group in grouped.items()
    ]


def _entry(attempt: Attempt) -> Document:
    return {
        "category": attempt.category,
        "slot": attempt.slot,
        "code": attempt.code,
        "at": attempt.at,
    }


def _attempt(document: Document, entry: Document) -> Attempt:
    return Attempt(document["registration_id"], document["candidate_id"], **entry)
