"""Dossiers, image versions, registrations and views in MongoDB; every command is one conditional update."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from services.uploads.announcing import Step
from services.uploads.documents import (
    dead_document,
    dossier_document,
    head_document,
    item_document,
    place_document,
    read_dead,
    read_dossier,
    refused_document,
    sendback_document,
)
from services.uploads.dossier import REFUSED_KEPT, ImageStep
from services.uploads.model import (
    Box,
    DeadVersion,
    Derivatives,
    Dossier,
    Item,
    ItemStatus,
    Place,
    Registration,
)
from services.uploads.ports import TextCipher
from shared.crashpoints import crashpoint
from shared.events import Envelope, Event, Scope
from shared.events.uploads import ImageReady
from shared.events.writer import EventWriter
from shared.messaging.outbox import (
    MOST_WAITING,
    OUTBOX_INDEX,
    Outbox,
    ensure_room,
    fresh_outbox,
    with_outbox,
)
from shared.mongo import Collection, Document, DuplicateError, Index
from shared.web.revocations import REVOCATION_INDEXES

INDEXES: dict[str, tuple[Index, ...]] = {
    "dossiers": (
        OUTBOX_INDEX,
        Index(keys=(("next_due_at", 1),), sparse=True),
        Index(keys=(("items.image_id", 1),)),
        Index(keys=(("candidate_id", 1), ("opened_at", -1))),
    ),
    "calendars": (),
    "registrations": (),
    "image_versions": (Index(keys=(("registration_id", 1), ("ended_at", -1))),),
    "audit": (),
    "view_counts": (Index(keys=(("over_at", 1),), expire_after_seconds=0),),
    "revoked_sessions": REVOCATION_INDEXES,
}

CALENDARS = "followed"
# No event of auth comes after it.
LAST_SEQUENCE = 2**62
MOST_OF_CANDIDATE = 50
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MongoDossiers:
    """Dossiers, their outbox and their history of image versions."""

    dossiers: Collection
    versions: Collection
    writer: EventWriter
    outbox: Outbox

    async def find(self, registration_id: str) -> Dossier | None:
        """Return a dossier."""
        document = await self.dossiers.find_one({"_id": registration_id})
        return read_dossier(document) if document else None

    async def open(self, dossier: Dossier, events: Sequence[Event]) -> None:
        """Add a dossier unless it is there."""
        envelopes = self._envelopes(dossier, events)
        try:
            await self.dossiers.insert_one({**dossier_document(dossier), **fresh_outbox(envelopes)})
        except DuplicateError:
            return
        self.outbox.announce(dossier.registration_id, envelopes)

    async def save(self, before: Dossier, step: Step) -> bool:
        """Apply a command by compare-and-set on the version."""
        update: Document = {
            "$set": {**head_document(step.dossier), "place": place_document(step.dossier.place)}
        }
        if step.dossier.next_due_at is None:
            update["$unset"] = {"next_due_at": ""}
        else:
            update["$set"]["next_due_at"] = step.dossier.next_due_at
        return await self._apply({"version": before.version}, update, step.dossier, step.events)

    async def save_images(self, before: Dossier, step: ImageStep) -> bool:
        """Apply a change of the live images by a guarded update."""
        if step.dead is not None:
            await self._bury(step.dead)
        where = {"gate": before.gate, **_image_guards(before, step)}
        update = _image_update(before, step)
        return await self._apply(where, update, step.dossier, step.events, _array_filters(step))

    async def finish_image(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, facts: Sequence[Event] = ()
    ) -> bool:
        """Mark an image as ready and announce it, and `facts`, if it still is processing."""
        processing = {"image_id": item.image_id, "status": ItemStatus.PROCESSING.value}
        ready = replace(item, status=ItemStatus.READY, derivatives=derivatives)
        update = {"$set": _changed_fields(dossier.item(item.image_id), ready)}
        event = ImageReady(image_id=item.image_id, category=item.category)
        where = {"items": {"$elemMatch": processing}}
        return await self._apply(where, update, dossier, (event, *facts), [{"now.image_id": item.image_id}])

    async def add_cover(self, image_id: str, cover: Box) -> bool:
        """Cover one more place of a live image by hand."""
        return await self._on_item(image_id, {"$push": {"items.$[it].covers": list(cover)}})

    async def clear_covers(self, image_id: str) -> bool:
        """Take away the covers set by hand on a live image."""
        return await self._on_item(image_id, {"$set": {"items.$[it].covers": []}})

    async def _on_item(self, image_id: str, update: Document) -> bool:
        changed = await self.dossiers.update_one(
            {"items.image_id": image_id}, update, array_filters=[{"it.image_id": image_id}]
        )
        return changed.matched == 1

    async def tell(self, dossier: Dossier, event: Event) -> bool:
        """Announce a fact about a dossier that changes nothing in it."""
        return await self._apply({}, {}, dossier, (event,))

    async def erase(self, before: Dossier, step: Step) -> bool:
        """Close a dossier for good by compare-and-set; unlike others this command changes the live images."""
        after = replace(step.dossier, revision=before.revision + 1)
        whole = dossier_document(after)
        kept = {name: whole[name] for name in ("_id", "candidate_id", "place", "policy", "opened_at")}
        changed = {name: value for name, value in whole.items() if name not in kept}
        update = {"$set": {**changed, "counts": {}}, "$unset": {"next_due_at": ""}}
        where = {"version": before.version, "items.status": {"$ne": ItemStatus.PROCESSING.value}}
        return await self._apply(where, update, after, step.events)

    async def dismiss(self, registration_id: str, image_id: str) -> None:
        """Forget the note about a refused image."""
        update = {"$pull": {"refused": {"image_id": image_id}}, "$inc": {"version": 1}}
        await self.dossiers.update_one({"_id": registration_id}, update)

    async def find_live(self, image_id: str) -> Dossier | None:
        """Return the dossier in which an image is live."""
        document = await self.dossiers.find_one({"items.image_id": image_id})
        return read_dossier(document) if document else None

    async def find_dead(self, image_id: str) -> DeadVersion | None:
        """Return an image version that is no longer live."""
        document = await self.versions.find_one({"_id": image_id})
        return read_dead(document) if document else None

    async def history(self, registration_id: str, limit: int) -> list[DeadVersion]:
        """Return the last image versions of a dossier that are no longer live, the newest end first."""
        where = {"registration_id": registration_id}
        found = await self.versions.find(where, sort=[("ended_at", -1)], limit=limit)
        return [read_dead(document) for document in found]

    async def of_candidate(self, candidate_id: str) -> list[Dossier]:
        """Return a candidate's dossiers, the newest first."""
        found = await self.dossiers.find(
            {"candidate_id": candidate_id}, sort=[("opened_at", -1)], limit=MOST_OF_CANDIDATE
        )
        return [read_dossier(document) for document in found]

    async def due(self, now: datetime, limit: int) -> list[Dossier]:
        """Return dossiers that time does something to, the most overdue first."""
        found = await self.dossiers.find(
            {"next_due_at": {"$lte": now}}, sort=[("next_due_at", 1)], limit=limit
        )
        return [read_dossier(document) for document in found]

    async def look_again(self, now: datetime) -> None:
        """Make every dossier one that time may do something to."""
        await self.dossiers.update_many({}, {"$min": {"next_due_at": now}})

    async def _bury(self, dead: DeadVersion) -> None:
        """Write the history first: done twice, the later cause stands.

        What was read before its worker was done never covers up what was written after.
        """
        where: Document = {"_id": dead.item.image_id}
        if dead.item.derivatives is None:
            where["item.derivatives"] = None
        update = {"$set": dead_document(dead)}
        try:
            await self.versions.update_one(where, update, upsert=True)
        except DuplicateError:
            await self.versions.update_one(where, update)
        crashpoint("uploads.after_history")

    async def _apply(
        self,
        guards: Document,
        update: Document,
        after: Dossier,
        events: Sequence[Event],
        array_filters: Sequence[Document] | None = None,
    ) -> bool:
        envelopes = self._envelopes(after, events)
        where = {"_id": after.registration_id, f"outbox.{MOST_WAITING}": {"$exists": False}, **guards}
        changed = await self.dossiers.update_one(
            where, with_outbox(update, envelopes), array_filters=array_filters
        )
        if not changed.matched:
            await self._ensure_room(after.registration_id)
            return False
        self.outbox.announce(after.registration_id, envelopes)
        return True

    async def _ensure_room(self, registration_id: str) -> None:
        document = await self.dossiers.find_one({"_id": registration_id}, {"outbox.id": 1})
        ensure_room(document or {"_id": registration_id})

    def _envelopes(self, dossier: Dossier, events: Sequence[Event]) -> list[Envelope]:
        return [
            self.writer.envelope(
                event,
                subject=f"dossier:{dossier.registration_id}",
                sequence=dossier.version,
                scope=_scope(dossier),
            )
            for event in events
        ]


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


def _scope(dossier: Dossier) -> Scope:
    return Scope(
        registration=dossier.registration_id,
        candidate=dossier.candidate_id,
        session=dossier.place.session,
        district=dossier.place.district,
        site=dossier.place.site,
        policy=dossier.policy_version,
    )


def _image_guards(before: Dossier, step: ImageStep) -> Document:
    guards: list[Document] = []
    if step.dead is not None:
        guards.append({"items": {"$elemMatch": _as_it_was(step.dead)}})
    if step.added is not None:
        guards += _guards_of_addition(before, step, step.added)
    if step.ordered is not None:
        guards.append({"version": before.version, "copying.image_id": step.ordered.image_id})
    if step.changed is not None:
        guards.append({"version": before.version, "items.image_id": step.changed.image_id})
    return {"$and": guards}


def _array_filters(step: ImageStep) -> list[Document] | None:
    if step.changed is not None:
        return [{"now.image_id": step.changed.image_id}]
    return [{"old.image_id": step.dead.item.image_id}] if step.dead and step.added else None


def _changed_fields(before: Item | None, after: Item) -> Document:
    """Return only what differs: the keys of an object may be wrapped anew between reading and writing."""
    was = item_document(before) if before else {}
    return {
        f"items.$[now].{name}": value
        for name, value in item_document(after).items()
        if name not in was or value != was[name]
    }


def _as_it_was(dead: DeadVersion) -> Document:
    """A worker may finish it meanwhile: then the copies belong into the history too."""
    return {"image_id": dead.item.image_id, "status": dead.item.status.value}


def _guards_of_addition(before: Dossier, step: ImageStep, added: Item) -> list[Document]:
    replaced = step.dead.item.image_id if step.dead else None
    guards: list[Document] = [
        {"items.image_id": {"$ne": added.image_id}},
        {"items": {"$not": {"$elemMatch": {"sha256": added.sha256, "image_id": {"$ne": replaced}}}}},
    ]
    if added.slot is not None:
        taken = {"category": added.category, "slot": added.slot, "image_id": {"$ne": replaced}}
        guards.append({"items": {"$not": {"$elemMatch": taken}}})
    field = f"counts.{added.category}"
    count = before.count(added.category)
    if step.exact_count:
        guards.append({field: {"$in": [0, None]} if count == 0 else count})
    elif step.dead is None:
        guards.append({field: {"$not": {"$gte": step.most}}})
    return guards


def _image_update(before: Dossier, step: ImageStep) -> Document:
    gate = step.dossier.gate - before.gate
    update: Document = {"$inc": {"version": 1, "revision": 1, "gate": gate}}
    if step.dossier.deaths > before.deaths:
        update["$inc"]["deaths"] = step.dossier.deaths - before.deaths
    if step.added is not None and step.dead is not None:
        update["$set"] = {"items.$[old]": item_document(step.added)}
    elif step.added is not None:
        update["$push"] = {"items": item_document(step.added)}
        update["$inc"][f"counts.{step.added.category}"] = 1
    elif step.dead is not None:
        update["$pull"] = {"items": {"image_id": step.dead.item.image_id}}
        update["$inc"][f"counts.{step.dead.item.category}"] = -1
    elif step.changed is not None:
        update["$set"] = _changed_fields(before.item(step.changed.image_id), step.changed)
    _update_refused(update, step)
    _update_stage(update, before, step)
    _update_orders(update, step)
    if step.dossier.send_back != before.send_back:
        update.setdefault("$set", {})["send_back"] = sendback_document(step.dossier.send_back)
    if step.dossier.next_due_at is not None:
        update["$min"] = {"next_due_at": step.dossier.next_due_at}
    return update


def _update_stage(update: Document, before: Dossier, step: ImageStep) -> None:
    after = step.dossier
    update["$max"] = {"changed_at": after.changed_at}
    if after.stage != before.stage:
        stage = {"stage": after.stage, "submitted_at": after.submitted_at, "submissions": after.submissions}
        update.setdefault("$set", {}).update(stage)


def _update_orders(update: Document, step: ImageStep) -> None:
    if step.ordered is not None:
        update.setdefault("$pull", {})["copying"] = {"image_id": step.ordered.image_id}


def _update_refused(update: Document, step: ImageStep) -> None:
    if step.added is not None:
        where = {"category": step.added.category, "slot": step.added.slot}
        update.setdefault("$pull", {})["refused"] = where
    elif step.dead is not None and step.dead.cause == "refused":
        entry = refused_document(step.dossier.refused[-1])
        update.setdefault("$push", {})["refused"] = {"$each": [entry], "$slice": -REFUSED_KEPT}
