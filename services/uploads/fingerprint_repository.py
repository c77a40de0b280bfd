"""Fingerprints in MongoDB, found by exact keys of an index."""

from dataclasses import dataclass

from services.uploads.fingerprint import Fingerprint
from shared.mongo import Collection, Document, DuplicateError, Index

FINGERPRINT_INDEXES: tuple[Index, ...] = (
    Index(keys=(("category", 1), ("keys", 1))),
    Index(keys=(("registration_id", 1),)),
)
_FIELDS = ("registration_id", "candidate_id", "category", "whole", "page", "employer", "taken_at")


@dataclass(frozen=True, slots=True)
class MongoFingerprints:
    """One document per image version, whatever session it belongs to."""

    collection: Collection

    async def keep(self, fingerprint: Fingerprint) -> None:
        """Keep a fingerprint; once is enough, twice does no harm."""
        fields: Document = {name: getattr(fingerprint, name) for name in _FIELDS}
        try:
            await self.collection.insert_one(
                {"_id": fingerprint.image_id, **fields, "keys": fingerprint.keys}
            )
        except DuplicateError:
            return

    async def near(self, fingerprint: Fingerprint, limit: int) -> list[Fingerprint]:
        """Return the other fingerprints of the category that share a key with one like this."""
        found = await self.collection.find(
            {"category": fingerprint.category, "keys": {"$in": fingerprint.keys_near}},
            limit=limit,
            fields=dict.fromkeys(_FIELDS, 1),
        )
        return [_read(document) for document in found if document["_id"] != fingerprint.image_id]

    async def forget(self, registration_id: str) -> None:
        """Forget a registration that is erased."""
        await self.collection.delete_many({"registration_id": registration_id})


def _read(document: Document) -> Fingerprint:
    return Fingerprint(image_id=document["_id"], **{name: document[name] for name in _FIELDS})
