"""The log of who saw which picture, and the counts of a day, in MongoDB."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.uploads.ports import StaffView, TextCipher
from shared.ids import new_id
from shared.mongo import Collection, DuplicateError

KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class MongoViews:
    """Who saw which image, written before any byte goes out; a reason may name people and is encrypted."""

    collection: Collection
    cipher: TextCipher

    async def record(self, view: StaffView) -> None:
        """Write a view down."""
        view_id = new_id()
        reason = {} if view.reason is None else {"reason": self.cipher.encrypt(view.reason, view_id)}
        await self.collection.insert_one(
            {
                "_id": view_id,
                "act": "image_viewed",
                "staff_id": view.staff_id,
                "session_id": view.session_id,
                "registration_id": view.registration_id,
                "image_id": view.image_id,
                "kind": view.kind,
                "purpose": view.purpose,
                "at": view.at,
                **reason,
            }
        )


@dataclass(frozen=True, slots=True)
class MongoViewCounts:
    """How many pictures each staff member has looked at on a day; a count goes away by itself."""

    collection: Collection

    async def take(self, staff_id: str, day: date, most: int) -> bool:
        """Count one more view unless there were that many."""
        key = f"{staff_id}:{day.isoformat()}"
        over_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + KEPT
        update = {"$inc": {"views": 1}, "$setOnInsert": {"over_at": over_at}}
        for _ in range(2):
            try:
                await self.collection.update_one({"_id": key, "views": {"$lt": most}}, update, upsert=True)
            except DuplicateError:
                # Used up, or two first views at once: the second look tells which.
                continue
            return True
        return False
