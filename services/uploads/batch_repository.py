"""Batches in MongoDB: a cursor that workers move by compare-and-set, and the pictures they renew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.uploads.batches import Batch, BatchKind, Selection
from services.uploads.documents import derivatives_document, read_dossier
from services.uploads.model import Derivatives, Dossier, Item, ItemStatus
from shared.ids import new_id
from shared.mongo import Collection, Document, Index

BATCH_INDEXES: tuple[Index, ...] = (Index(keys=(("finished_at", 1), ("asked_at", 1))),)


@dataclass(frozen=True, slots=True)
class MongoBatches:
    """Batches and the dossiers they walk."""

    batches: Collection
    dossiers: Collection

    async def ask(self, kind: BatchKind, selection: Selection, now: datetime) -> Batch:
        """Return the batch of a kind and selection that is under way, or a new one."""
        for document in await self.batches.find({"finished_at": None}, sort=[("asked_at", 1)]):
            under_way = _read(document)
            if (under_way.kind, under_way.selection) == (kind, selection):
                return under_way
        total = await self.dossiers.count(_where(selection))
        made = Batch(new_id(), selection, now, total, kind=kind)
        await self.batches.insert_one(_document(made))
        return made

    async def find(self, batch_id: str) -> Batch | None:
        """Return a batch."""
        document = await self.batches.find_one({"_id": batch_id})
        return _read(document) if document else None

    async def current(self) -> Batch | None:
        """Return the oldest batch under way."""
        found = await self.batches.find({"finished_at": None}, sort=[("asked_at", 1)], limit=1)
        return _read(found[0]) if found else None

    async def page(self, batch: Batch, limit: int) -> list[Dossier]:
        """Return the next dossiers."""
        where = {"_id": {"$gt": batch.cursor}, **_where(batch.selection)}
        return [
            read_dossier(document)
            for document in await self.dossiers.find(where, sort=[("_id", 1)], limit=limit)
        ]

    async def claim(self, batch: Batch, page: Sequence[Dossier]) -> bool:
        """Take a page of dossiers; tell whether no other worker was quicker."""
        found = sum(len(batch.stale(dossier)) for dossier in page)
        update = {
            "$set": {"cursor": page[-1].registration_id},
            "$inc": {"walked": len(page), "found": found},
        }
        return (await self.batches.update_one(_as_it_was(batch), update)).matched == 1

    async def end_round(self, batch: Batch, now: datetime) -> None:
        """End a batch whose last round found nothing, and begin another round otherwise."""
        fresh = {"cursor": "", "walked": 0, "found": 0}
        update: Document = {"$set": fresh, "$inc": {"round": 1}} if batch.found else {}
        await self.batches.update_one(_as_it_was(batch), update or {"$set": {"finished_at": now}})

    async def renew(self, batch: Batch, dossier: Dossier, item: Item, made: Derivatives) -> bool:
        """Put other derivatives in the place of those that were read; tell whether they still stood there."""
        if item.derivatives is None:
            return False
        old = item.derivatives.copy
        # What was erased meanwhile has lost its key and stays erased.
        here = {
            "image_id": item.image_id,
            "derivatives.copy.key": old.key,
            "derivatives.copy.wrapped_key": old.wrapped_key,
        }
        changed = await self.dossiers.update_one(
            {"_id": dossier.registration_id, "items": {"$elemMatch": here}},
            {"$set": {"items.$[renewed].derivatives": derivatives_document(made)}},
            array_filters=[{"renewed.image_id": item.image_id}],
        )
        if changed.matched:
            await self.batches.update_one({"_id": batch.batch_id}, {"$inc": {"renewed": 1}})
        return changed.matched == 1

    async def wake(self, selection: Selection, now: datetime) -> int:
        """Have the scheduler put what is in processing to the workers again; return of how many dossiers."""
        where = {"items.status": ItemStatus.PROCESSING.value, **_where(selection)}
        return await self.dossiers.update_many(where, {"$min": {"next_due_at": now}})

    async def note_clean(self, batch: Batch, dossier: Dossier, item: Item, now: datetime) -> None:
        """Note that a picture was scanned and is clean."""
        changed = await self.dossiers.update_one(
            {"_id": dossier.registration_id, "items.image_id": item.image_id},
            {"$set": {"items.$[scanned].scanned_at": now}},
            array_filters=[{"scanned.image_id": item.image_id}],
        )
        if changed.matched:
            await self.batches.update_one({"_id": batch.batch_id}, {"$inc": {"renewed": 1}})

    async def note_infected(self, batch: Batch, image_id: str) -> None:
        """Note that a picture was scanned and is malware."""
        await self.batches.update_one({"_id": batch.batch_id}, {"$addToSet": {"infected": image_id}})

    async def give_up(self, batch: Batch, image_id: str) -> None:
        """Leave a picture as it is."""
        await self.batches.update_one({"_id": batch.batch_id}, {"$addToSet": {"failed": image_id}})


def _where(selection: Selection) -> Document:
    fields = {
        "place.session": selection.session,
        "place.district": selection.district,
        "policy": selection.policy,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _as_it_was(batch: Batch) -> Document:
    return {"_id": batch.batch_id, "cursor": batch.cursor, "round": batch.round, "finished_at": None}


def _document(batch: Batch) -> Document:
    return {
        "_id": batch.batch_id,
        "session": batch.selection.session,
        "district": batch.selection.district,
        "policy": batch.selection.policy,
        "asked_at": batch.asked_at,
        "total": batch.total,
        "cursor": batch.cursor,
        "round": batch.round,
        "walked": batch.walked,
        "found": batch.found,
        "renewed": batch.renewed,
        "failed": sorted(batch.failed),
        "infected": sorted(batch.infected),
        "kind": batch.kind.value,
        "finished_at": batch.finished_at,
    }


def _read(document: Document) -> Batch:
    return Batch(
        batch_id=document["_id"],
        selection=Selection(document["session"], document["district"], document["policy"]),
        asked_at=document["asked_at"],
        total=document["total"],
        cursor=document["cursor"],
        round=document["round"],
        walked=document["walked"],
        found=document["found"],
        renewed=document["renewed"],
        failed=frozenset(document["failed"]),
        infected=frozenset(document.get("infected", ())),
        kind=BatchKind(document.get("kind", BatchKind.REWATERMARK)),
        finished_at=document["finished_at"],
    )
