"""Dossiers and image versions in MongoDB; every command is one conditional update."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from services.uploads.announcing import Step
from services.uploads.documents import (
    dead_document,
    dossier_document,
    head_document,
    place_document,
    read_dead,
    read_dossier,
)
from services.uploads.dossier import ImageStep
from services.uploads.image_updates import array_filters, changed_fields, image_guards, image_update
from services.uploads.model import (
    Box,
    DeadVersion,
    Derivatives,
    Dossier,
    Item,
    ItemStatus,
)
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
        where = {"gate": before.gate, **image_guards(before, step)}
        update = image_update(before, step)
        return await self._apply(where, update, step.dossier, step.events, array_filters(step))

    async def finish_image(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, facts: Sequence[Event] = ()
    ) -> bool:
        """Mark an image as ready and announce it, and `facts`, if it still is processing."""
        processing = {"image_id": item.image_id, "status": ItemStatus.PROCESSING.value}
        ready = replace(item, status=ItemStatus.READY, derivatives=derivatives)
        update = {"$set": changed_fields(dossier.item(item.image_id), ready)}
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


def _scope(dossier: Dossier) -> Scope:
    return Scope(
        registration=dossier.registration_id,
        candidate=dossier.candidate_id,
        session=dossier.place.session,
        district=dossier.place.district,
        site=dossier.place.site,
        policy=dossier.policy_version,
    )
