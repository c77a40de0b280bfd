"""Changes of the live images as guarded updates: what must hold, and what is written."""

from services.uploads.documents import (
    item_document,
    refused_document,
    sendback_document,
)
from services.uploads.dossier import REFUSED_KEPT, ImageStep
from services.uploads.model import (
    DeadVersion,
    Dossier,
    Item,
)
from shared.mongo import Document


def image_guards(before: Dossier, step: ImageStep) -> Document:
    """Return what must still hold for the change to be made."""
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


def array_filters(step: ImageStep) -> list[Document] | None:
    """Return which live image the update names."""
    if step.changed is not None:
        return [{"now.image_id": step.changed.image_id}]
    return [{"old.image_id": step.dead.item.image_id}] if step.dead and step.added else None


def changed_fields(before: Item | None, after: Item) -> Document:
    """Return only what differs: the keys of an object may be wrapped anew between reading and writing."""
    was = item_document(before) if before else {}
    return {
        f"items.$[now].{name}": value
        for name, value in item_document(after).items()
        if name not in was or value != was[name]
    }


def _as_it_was(dead: DeadVersion) -> Document:
    """Return what must not have changed: what a worker or a reviewer did meanwhile belongs into the history.

    A worker may have finished it or marked it anew, a reviewer covered some of it.
    """
    made, boxes = dead.item.derivatives, dead.item.covers
    copy: Document = {"derivatives.copy.key": made.copy.key} if made else {}
    covers: Document = {"covers": [list(box) for box in boxes]} if boxes else {"covers.0": {"$exists": False}}
    return {"image_id": dead.item.image_id, "status": dead.item.status.value, **copy, **covers}


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


def image_update(before: Dossier, step: ImageStep) -> Document:
    """Return the change of the document."""
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
        update["$set"] = changed_fields(before.item(step.changed.image_id), step.changed)
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
