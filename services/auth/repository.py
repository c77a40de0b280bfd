"""Candidates, staff and places in MongoDB; personal fields are encrypted, each bound to its record."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from services.auth.model import Account, Activation, District, Registration, StaffMember, Stored
from shared.events.auth import AccountActivated, RegistrationChanged
from shared.events.envelope import Scope
from shared.events.writer import EventWriter
from shared.ids import derived_id
from shared.messaging.outbox import OUTBOX_INDEX, Outbox, ensure_room, fresh_outbox, with_outbox
from shared.mongo import Collection, Document, DuplicateError, Index
from shared.sealing import FieldCipher

INDEXES: Mapping[str, tuple[Index, ...]] = {
    "registrations": (
        Index(keys=(("candidate_id", 1), ("_id", 1))),
        Index(keys=(("id_number_digest", 1),)),
        OUTBOX_INDEX,
    ),
    "accounts": (Index(keys=(("username_digest", 1),), unique=True), OUTBOX_INDEX),
    "staff": (Index(keys=(("username", 1),), unique=True),),
    "directory": (),
}
PRIVATE_FIELDS = ("name", "id_type", "id_number", "phone", "admission_ticket_no", "attributes")


class MongoRegistrations:
    """The collection `registrations`: one document each, with the events that wait to be sent."""

    def __init__(
        self, collection: Collection, outbox: Outbox, writer: EventWriter, cipher: FieldCipher
    ) -> None:
        self._collection = collection
        self._outbox = outbox
        self._writer = writer
        self._cipher = cipher

    async def get(self, registration_id: str) -> Stored | None:
        """Return one registration."""
        document = await self._collection.find_one({"_id": registration_id})
        return None if document is None else Stored(self._registration(document), document["version"])

    async def of_candidate(self, candidate_id: str) -> list[Registration]:
        """Return a candidate's registrations, newest first."""
        found = await self._collection.find({"candidate_id": candidate_id}, limit=100)
        registrations = [self._registration(document) for document in found]
        return sorted(registrations, key=lambda one: (one.registered_on, one.id), reverse=True)

    async def save(
        self, registration: Registration, expected: int, event: RegistrationChanged, scope: Scope
    ) -> bool:
        """Store the registration and its event if the version is still the expected one (0 = new)."""
        envelopes = [
            self._writer.envelope(
                event, subject=f"registration:{registration.id}", sequence=expected + 1, scope=scope
            )
        ]
        fields = self._fields(registration)
        if expected == 0:
            document = {"_id": registration.id, "version": 1, **fields, **fresh_outbox(envelopes)}
            try:
                await self._collection.insert_one(document)
            except DuplicateError:
                return False
        else:
            stored = await self._collection.find_one({"_id": registration.id}, {"outbox": 1})
            ensure_room(stored or {})
            update = with_outbox({"$set": fields, "$inc": {"version": 1}}, envelopes)
            changed = await self._collection.update_one({"_id": registration.id, "version": expected}, update)
            if not changed.matched:
                return False
        self._outbox.announce(registration.id, envelopes)
        return True

    def _fields(self, registration: Registration) -> Document:
        fields = asdict(registration)
        private = {name: fields.pop(name) for name in PRIVATE_FIELDS}
        del fields["id"]
        text = json.dumps(private, ensure_ascii=False)
        return {
            **fields,
            "registered_on": registration.registered_on.isoformat(),
            "private": self._cipher.encrypt(text, registration.id),
            "id_number_digest": self._cipher.digest(registration.id_number),
        }

    def _registration(self, document: Document) -> Registration:
        private = json.loads(self._cipher.decrypt(document["private"], document["_id"]))
        return Registration(
            id=document["_id"],
            candidate_id=document["candidate_id"],
            session=document["session"],
            category_code=document["category_code"],
            category_name=document["category_name"],
            level=document["level"],
            district=document["district"],
            district_name=document["district_name"],
            site=document["site"],
            site_name=document["site_name"],
            status=document["status"],
            stage=document["stage"],
            registered_on=date.fromisoformat(document["registered_on"]),
            policy=document["policy"],
            supersedes=document.get("supersedes"),
            superseded_by=document.get("superseded_by"),
            **{name: private[name] for name in PRIVATE_FIELDS},
        )


class MongoAccounts:
    """The collection `accounts`; a username is found by its keyed digest."""

    def __init__(
        self, collection: Collection, outbox: Outbox, writer: EventWriter, cipher: FieldCipher
    ) -> None:
        self._collection = collection
        self._outbox = outbox
        self._writer = writer
        self._cipher = cipher

    def id_of(self, username: str) -> str:
        """Return the id that a username's account has or will have; without the key nobody can."""
        return derived_id("candidate", self._cipher.digest(username))

    async def get(self, account_id: str) -> Account | None:
        """Return one account."""
        document = await self._collection.find_one({"_id": account_id})
        if document is None:
            return None
        return Account(
            id=document["_id"],
            username=self._cipher.decrypt(document["username"], document["_id"]),
            activated_at=document["activated_at"],
            password_hash=document["password_hash"],
            version=document["version"],
        )

    async def ensure(self, username: str) -> None:
        """Make the account of a username if there is none."""
        account_id = self.id_of(username)
        if await self._collection.find_one({"_id": account_id}, {"_id": 1}) is not None:
            return
        document: Document = {
            "_id": account_id,
            "username": self._cipher.encrypt(username, account_id),
            "username_digest": self._cipher.digest(username),
            "activated_at": None,
            "password_hash": None,
            "version": 1,
            **fresh_outbox([]),
        }
        try:
            await self._collection.insert_one(document)
        except DuplicateError:
            return

    async def activate(
        self, account_id: str, activation: Activation, event: AccountActivated, scope: Scope
    ) -> bool:
        """Activate the account if it is not; only one of many wins."""
        # Version 1 is an account that was made by an import and never touched since.
        envelope = self._writer.envelope(event, subject=f"account:{account_id}", sequence=2, scope=scope)
        recovery, commitments = activation.recovery, activation.commitments
        fields: Document = {
            "activated_at": activation.at,
            "password_hash": activation.password_hash,
            "version": 2,
            "recovery": None,
            "commitments": asdict(commitments) if commitments is not None else None,
        }
        if recovery is not None:
            fields["recovery"] = {
                "question": self._cipher.encrypt(recovery.question, account_id),
                "answer_hash": recovery.answer_hash,
            }
        changed = await self._collection.update_one(
            {"_id": account_id, "version": 1, "activated_at": None}, with_outbox({"$set": fields}, [envelope])
        )
        if not changed.matched:
            # The driver repeats a write whose answer was lost; a hash is salted, so an equal one is ours.
            own = {"_id": account_id, "password_hash": activation.password_hash}
            return await self._collection.find_one(own, {"_id": 1}) is not None
        self._outbox.announce(account_id, [envelope])
        return True

    async def rehash(self, account_id: str, old: str, new: str) -> None:
        """Replace a password's hash by a stronger one of the same password."""
        await self._collection.update_one(
            {"_id": account_id, "password_hash": old}, {"$set": {"password_hash": new}}
        )


class MongoStaff:
    """The collection `staff`."""

    def __init__(self, collection: Collection, cipher: FieldCipher) -> None:
        self._collection = collection
        self._cipher = cipher

    def id_of(self, username: str) -> str:
        """Return the id that a username's member has or will have."""
        return derived_id("staff", self._cipher.digest(username))

    async def get(self, staff_id: str) -> StaffMember | None:
        """Return one staff member."""
        document = await self._collection.find_one({"_id": staff_id})
        if document is None:
            return None
        return StaffMember(
            id=document["_id"],
            username=document["username"],
            display_name=document["display_name"],
            role=document["role"],
            district=document["district"],
            site=document["site"],
            password_hash=document["password_hash"],
            totp_secret=self._cipher.decrypt(document["totp_secret"], document["_id"]),
            disabled=document["disabled"],
        )

    async def save(self, member: StaffMember) -> None:
        """Store a staff member; the last used step stays."""
        fields = asdict(member)
        del fields["id"]
        fields["totp_secret"] = self._cipher.encrypt(member.totp_secret, member.id)
        update = {"$set": fields, "$setOnInsert": {"last_totp_step": -1}}
        await self._collection.update_one({"_id": member.id}, update, upsert=True)

    async def use_step(self, staff_id: str, step: int, newest: int) -> bool:
        """Use up a one-time code's step; only a later one than the last is good."""
        later = {"$or": [{"last_totp_step": {"$lt": step}}, {"last_totp_step": {"$gt": newest}}]}
        changed = await self._collection.update_one(
            {"_id": staff_id, **later}, {"$set": {"last_totp_step": step}}
        )
        return bool(changed.matched)


class MongoPlaces:
    """The collection `directory`: one document per district."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def get(self, district: str) -> District | None:
        """Return one district."""
        document = await self._collection.find_one({"_id": district})
        if document is None:
            return None
        sites = {site["site"]: site["name"] for site in document["sites"]}
        return District(document["_id"], document["name"], sites)

    async def save(self, district: District) -> None:
        """Store a district with its sites."""
        # Codes may hold dots, which field names must not.
        sites = [{"site": code, "name": name} for code, name in district.sites.items()]
        fields = {"name": district.name, "sites": sites}
        await self._collection.update_one({"_id": district.code}, {"$set": fields}, upsert=True)
