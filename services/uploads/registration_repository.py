"""What uploads keeps of registrations, personal fields encrypted, and which calendars it has followed."""

import json
from dataclasses import dataclass
from typing import Any

import structlog

from services.uploads.model import (
    Place,
    Registration,
)
from services.uploads.ports import TextCipher
from shared.mongo import Collection, Document, DuplicateError

CALENDARS = "followed"
# No event of auth comes after it.
LAST_SEQUENCE = 2**62
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MongoCalendars:
    """Which state of the calendars the dossiers have been looked at under: one document."""

    collection: Collection

    async def followed(self) -> str | None:
        """Return the last one."""
        document = await self.collection.find_one({"_id": CALENDARS})
        return document["version"] if document else None

    async def follow(self, version: str) -> None:
        """Note the one that was followed."""
        await self.collection.update_one({"_id": CALENDARS}, {"$set": {"version": version}}, upsert=True)


@dataclass(frozen=True, slots=True)
class MongoRegistrations:
    """Registrations as auth last told them; what is personal is encrypted."""

    collection: Collection
    cipher: TextCipher

    async def find(self, registration_id: str) -> Registration | None:
        """Return a registration; one that was erased is none."""
        document = await self.collection.find_one({"_id": registration_id})
        # One that was only replaced so far has no state of its own yet.
        return self._read(document) if document and "personal" in document else None

    async def supersede(self, registration_id: str, successor: str) -> None:
        """Note what has replaced a registration; its own state may come later."""
        update = {"$set": {"superseded_by": successor}}
        try:
            await self.collection.update_one({"_id": registration_id}, update, upsert=True)
        except DuplicateError:
            await self.collection.update_one({"_id": registration_id}, update)

    async def erase(self, registration_id: str) -> None:
        """Forget all about a registration; what auth may still say of it is old news from now on."""
        gone = dict.fromkeys(("candidate_id", "category_code", "is_active", "personal"), "")
        update = {"$unset": gone, "$set": {"seen.auth": LAST_SEQUENCE}}
        await self.collection.update_one({"_id": registration_id}, update)

    async def keep(self, registration: Registration, sequence: int) -> None:
        """Keep a registration's state unless a newer one is there."""
        unseen = [{"seen.auth": {"$exists": False}}, {"seen.auth": {"$lt": sequence}}]
        where = {"_id": registration.registration_id, "$or": unseen}
        update = {"$set": {**self._document(registration), "seen.auth": sequence}}
        try:
            await self.collection.update_one(where, update, upsert=True)
        except DuplicateError:
            log.info("registration.older_ignored", registration=registration.registration_id)

    def _document(self, registration: Registration) -> Document:
        personal = {
            "facts": dict(registration.facts),
            "district_name": registration.district_name,
            "site_name": registration.site_name,
            "ticket_tail": registration.ticket_tail,
            "masked_name": registration.masked_name,
        }
        text = json.dumps(personal, ensure_ascii=False)
        return {
            "candidate_id": registration.candidate_id,
            "session": registration.place.session,
            "district": registration.place.district,
            "site": registration.place.site,
            "category_code": registration.category_code,
            "is_active": registration.is_active,
            "supersedes": registration.supersedes,
            "personal": self.cipher.encrypt(text, registration.registration_id),
        }

    def _read(self, document: Document) -> Registration:
        personal: dict[str, Any] = json.loads(self.cipher.decrypt(document["personal"], document["_id"]))
        return Registration(
            registration_id=document["_id"],
            candidate_id=document["candidate_id"],
            place=Place(document["session"], document["district"], document["site"]),
            category_code=document["category_code"],
            is_active=document["is_active"],
            supersedes=document.get("supersedes"),
            superseded_by=document.get("superseded_by"),
            **personal,
        )
