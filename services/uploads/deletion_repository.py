"""Deletions, legal holds, the audit of both, and walks over everything, in MongoDB."""

from collections.abc import Collection as Group
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from services.uploads.deletion import Cause, Deletion
from services.uploads.documents import read_dead, read_dossier
from services.uploads.model import DeadVersion, Dossier
from services.uploads.ports import TextCipher
from services.uploads.storage_ports import AuditEntry, LegalHold
from shared.mongo import Collection, Document, DuplicateError, Index

DELETION_INDEXES: dict[str, tuple[Index, ...]] = {
    "deletions": (Index(keys=(("due_at", 1),), sparse=True), Index(keys=(("registration_id", 1),))),
    "audit": (Index(keys=(("registration_id", 1), ("at", 1))),),
    "legal_holds": (),
    "rotations": (),
    "walks": (),
}
_VIEWS = {"act": "image_viewed"}


@dataclass(frozen=True, slots=True)
class MongoDeletions:
    """What is to be deleted, and what was; only what is not done has `due_at`, and so stands in its index."""

    collection: Collection
    cipher: TextCipher

    async def plan(self, deletion: Deletion) -> bool:
        """Write a deletion down unless it stands already; tell whether it was new."""
        try:
            await self.collection.insert_one(self._document(deletion))
        except DuplicateError:
            return False
        return True

    async def due(self, now: datetime, limit: int) -> list[Deletion]:
        """Return deletions that are due, the most overdue first."""
        found = await self.collection.find({"due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=limit)
        return [self._read(document) for document in found]

    async def take(self, deletion: Deletion, until: datetime) -> bool:
        """Take a due deletion for some time by making it due again only after that."""
        where = {"_id": deletion.id, "due_at": deletion.due_at}
        return (await self.collection.update_one(where, {"$set": {"due_at": until}})).modified == 1

    async def include(self, deletion: Deletion, objects: Group[str]) -> Deletion:
        """Add objects to a deletion; return it with all of them."""
        update = {"$addToSet": {"objects": {"$each": sorted(objects)}}}
        document = await self.collection.find_one_and_update({"_id": deletion.id}, update)
        return deletion if document is None else replace(deletion, objects=tuple(document["objects"]))

    async def postpone(self, deletion_id: str, until: datetime, held_by: str) -> None:
        """Let a deletion wait."""
        where = {"_id": deletion_id, "due_at": {"$exists": True}}
        await self.collection.update_one(where, {"$set": {"due_at": until, "held_by": held_by}})

    async def finish(self, deletion: Deletion, done_at: datetime) -> None:
        """Mark a deletion as done; the keys of its objects need not be known any more."""
        done = {"done_at": done_at, "count": len(deletion.objects), "objects": [], "held_by": ""}
        where = {"_id": deletion.id, "due_at": {"$exists": True}}
        await self.collection.update_one(where, {"$set": done, "$unset": {"due_at": ""}})

    async def forget(self, deletion_id: str) -> None:
        """Take a plan back."""
        await self.collection.delete_one({"_id": deletion_id, "due_at": {"$exists": True}})

    async def open_of(self, registration_id: str) -> list[Deletion]:
        """Return a registration's deletions that are not done."""
        where = {"registration_id": registration_id, "due_at": {"$exists": True}}
        return [self._read(document) for document in await self.collection.find(where)]

    def _document(self, deletion: Deletion) -> Document:
        document = asdict(deletion)
        document["_id"] = document.pop("id")
        document["reason"] = self.cipher.encrypt(deletion.reason, deletion.id)
        return document

    def _read(self, document: Document) -> Deletion:
        fields = {**document, "id": document["_id"], "cause": Cause(document["cause"])}
        fields["objects"] = tuple(document["objects"])
        fields["reason"] = self.cipher.decrypt(document["reason"], document["_id"])
        del fields["_id"]
        return Deletion(**fields)


@dataclass(frozen=True, slots=True)
class MongoLegalHolds:
    """The legal holds in force; reasons are people's words and encrypted."""

    collection: Collection
    cipher: TextCipher

    async def among(self, registrations: Group[str]) -> frozenset[str]:
        """Return which of these registrations are held."""
        found = await self.collection.find({"_id": {"$in": sorted(registrations)}}, fields={"_id": 1})
        return frozenset(document["_id"] for document in found)

    async def put(self, hold: LegalHold) -> None:
        """Hold a registration."""
        fields = {
            "by": hold.by,
            "reason": self.cipher.encrypt(hold.reason, hold.registration_id),
            "since": hold.since,
        }
        await self.collection.update_one({"_id": hold.registration_id}, {"$set": fields}, upsert=True)

    async def lift(self, registration_id: str) -> bool:
        """Lift a hold; tell whether there was one."""
        return await self.collection.delete_one({"_id": registration_id}) == 1

    async def all(self) -> list[LegalHold]:
        """Return the holds in force, the oldest first."""
        return [
            LegalHold(
                registration_id=document["_id"],
                by=document["by"],
                reason=self.cipher.decrypt(document["reason"], document["_id"]),
                since=document["since"],
            )
            for document in sorted(await self.collection.find({}), key=lambda each: each["since"])
        ]


@dataclass(frozen=True, slots=True)
class MongoAudit:
    """The record of acts."""

    collection: Collection
    cipher: TextCipher

    async def record(self, entry: AuditEntry) -> None:
        """Write an act down; one that stands already stays as it is."""
        document = asdict(entry)
        document["_id"] = document.pop("id")
        document["reason"] = self.cipher.encrypt(entry.reason, entry.id)
        with suppress(DuplicateError):
            await self.collection.insert_one(document)


@dataclass(frozen=True, slots=True)
class MongoViewLog:
    """Who saw which picture: the views among the acts."""

    collection: Collection

    async def oldest(self, registrations: Group[str], before: datetime) -> Mapping[str, datetime]:
        """Return since when views of some registrations lie there, where that is before an instant."""
        where = {**_VIEWS, "registration_id": {"$in": sorted(registrations)}, "at": {"$lt": before}}
        oldest: dict[str, datetime] = {}
        for view in await self.collection.find(where, fields={"registration_id": 1, "at": 1}):
            name, at = view["registration_id"], view["at"]
            oldest[name] = min(at, oldest.get(name, at))
        return oldest

    async def forget(self, registration_id: str, before: datetime) -> int:
        """Delete a registration's views from before an instant; return how many those were."""
        where = {**_VIEWS, "registration_id": registration_id, "at": {"$lt": before}}
        return await self.collection.delete_many(where)


@dataclass(frozen=True, slots=True)
class MongoArchive:
    """The dossiers, walked through as a whole."""

    dossiers_in: Collection
    versions: Collection

    async def dossiers(self, after: str | None, limit: int) -> list[Dossier]:
        """Return dossiers behind an id, in the order of their ids."""
        where = {} if after is None else {"_id": {"$gt": after}}
        found = await self.dossiers_in.find(where, sort=[("_id", 1)], limit=limit)
        return [read_dossier(document) for document in found]

    async def histories(self, registrations: Group[str]) -> Mapping[str, Sequence[DeadVersion]]:
        """Return the dead versions of some dossiers."""
        histories: dict[str, list[DeadVersion]] = {}
        for document in await self.versions.find({"registration_id": {"$in": sorted(registrations)}}):
            histories.setdefault(document["registration_id"], []).append(read_dead(document))
        return histories


@dataclass(frozen=True, slots=True)
class MongoCursors:
    """How far the walks of all instances are: one document per walk."""

    collection: Collection

    async def read(self, walk: str) -> str | None:
        """Return behind which id a walk goes on."""
        document = await self.collection.find_one({"_id": walk})
        found: str | None = document["after"] if document else None
        return found

    async def move(self, walk: str, before: str | None, after: str | None) -> None:
        """Move a walk on, unless another instance did."""
        with suppress(DuplicateError):
            await self.collection.update_one(
                {"_id": walk, "after": before}, {"$set": {"after": after}}, upsert=before is None
            )
