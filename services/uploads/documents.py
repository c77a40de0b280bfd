"""Dossiers and image versions as documents, and back; the names here are the database's."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.uploads.model import (
    Awaits,
    Box,
    CopyOrder,
    DeadVersion,
    Derivatives,
    Dossier,
    DuePapers,
    EndedHold,
    Erased,
    Hint,
    Hold,
    Item,
    ItemStatus,
    Origin,
    Place,
    Receipt,
    RefusedItem,
    ReturnedPlace,
    ReturnedVersion,
    SendBack,
    Standing,
    StoredObject,
    Verdict,
)
from services.uploads.traits import Traits
from shared.mongo import Document


def dossier_document(dossier: Dossier) -> Document:
    """Return a whole dossier; a field that does not apply to indexes is left out, not null."""
    due = {} if dossier.next_due_at is None else {"next_due_at": dossier.next_due_at}
    return {
        "_id": dossier.registration_id,
        "candidate_id": dossier.candidate_id,
        "place": place_document(dossier.place),
        "policy": dossier.policy_version,
        "opened_at": dossier.opened_at,
        "deaths": dossier.deaths,
        "items": [item_document(item) for item in dossier.items],
        "changed_at": dossier.changed_at,
        "counts": {item.category: dossier.count(item.category) for item in dossier.items},
        **head_document(dossier),
        **due,
    }


def place_document(place: Place) -> Document:
    """Return where a registration is."""
    return {"session": place.session, "district": place.district, "site": place.site}


def head_document(dossier: Dossier) -> Document:
    """Return what commands other than those on images change."""
    return {
        "version": dossier.version,
        "revision": dossier.revision,
        "gate": dossier.gate,
        "stage": dossier.stage,
        "refused": [refused_document(entry) for entry in dossier.refused],
        "hold": _hold_document(dossier.hold),
        "ended_hold": {"number": dossier.ended_hold.number, "cause": dossier.ended_hold.cause},
        "submitted_at": dossier.submitted_at,
        "submissions": dossier.submissions,
        "receipt": _receipt_document(dossier.receipt),
        "send_back": sendback_document(dossier.send_back),
        "expired": sendback_document(dossier.expired),
        "returned_versions": [_returned_document(version) for version in dossier.returned_versions],
        "expired_at": dossier.expired_at,
        "rounds": dossier.rounds,
        "decided": dossier.decided,
        "decided_at": dossier.decided_at,
        "purge_notices": list(dossier.purge_notices),
        "erased": {"at": dossier.erased.at, "cause": dossier.erased.cause} if dossier.erased else None,
        "site_passed": dossier.site_passed,
        "required": _codes(dossier.required),
        "previously": _codes(dossier.previously),
        "words": dossier.words,
        "superseded_by": dossier.superseded_by,
        "due_papers": _due_papers_document(dossier.due_papers),
        "overdue": list(dossier.overdue),
        "reminded": list(dossier.reminded),
        "copying": [asdict(order) for order in dossier.copying],
        "verdicts": {
            key: {"verdict": verdict.verdict, "level": verdict.level}
            for key, verdict in dossier.verdicts.items()
        },
    }


def item_document(item: Item) -> Document:
    """Return a live image version."""
    return {
        "image_id": item.image_id,
        "category": item.category,
        "slot": item.slot,
        "sha256": item.sha256,
        "size_bytes": item.size_bytes,
        "received_at": item.received_at,
        "original": object_document(item.original),
        "replaces": item.replaces,
        "status": item.status.value,
        "derivatives": derivatives_document(item.derivatives) if item.derivatives else None,
        "covers": [list(box) for box in item.covers],
        "awaits": item.awaits.value if item.awaits else None,
        "insisted": item.insisted,
        "origin": asdict(item.origin) if item.origin else None,
        "hints": hint_documents(item.hints),
        # Most were never scanned again, and every picture's document counts.
        **({"scanned_at": item.scanned_at} if item.scanned_at else {}),
    }


def hint_documents(hints: Sequence[Hint]) -> list[Document]:
    """Return the hints about an image."""
    return [{"code": hint.code, "text": hint.text} for hint in hints]


def derivatives_document(derivatives: Derivatives) -> Document:
    """Return what a worker made."""
    return {
        "width": derivatives.width,
        "height": derivatives.height,
        "copy": object_document(derivatives.copy),
        "thumbnail": object_document(derivatives.thumbnail),
        "traits": _traits_document(derivatives.traits),
        "camera": derivatives.camera,
        "made_at": derivatives.made_at,
    }


def refused_document(entry: RefusedItem) -> Document:
    """Return the note about a refused image."""
    return {
        "image_id": entry.image_id,
        "category": entry.category,
        "slot": entry.slot,
        "sha256": entry.sha256,
        "size_bytes": entry.size_bytes,
        "received_at": entry.received_at,
        "code": entry.code,
        "detail": entry.detail,
    }


def sendback_document(send_back: SendBack | None) -> Document | None:
    """Return the open send-back."""
    if send_back is None:
        return None
    return {
        "sendback_id": send_back.sendback_id,
        "round": send_back.round,
        "level": send_back.level,
        "deadline": send_back.deadline,
        "created_at": send_back.created_at,
        "acted": send_back.acted,
        "automatic": send_back.automatic,
        "before": _standing_document(send_back.before),
        "places": [
            {
                "category": place.category,
                "slot": place.slot,
                "image_id": place.image_id,
                "reason_code": place.reason_code,
                "reason_label": place.reason_label,
                "reason_text": place.reason_text,
                "answered_by": place.answered_by,
            }
            for place in send_back.places
        ],
    }


def dead_document(dead: DeadVersion) -> Document:
    """Return an image version for the history."""
    return {
        "registration_id": dead.registration_id,
        "candidate_id": dead.candidate_id,
        "cause": dead.cause,
        "ended_at": dead.ended_at,
        "sendback_id": dead.sendback_id,
        "reason_code": dead.reason_code,
        "item": item_document(dead.item),
    }


def read_dossier(document: Document) -> Dossier:
    """Return the dossier in a document."""
    hold, receipt = document["hold"], document["receipt"]
    return Dossier(
        registration_id=document["_id"],
        candidate_id=document["candidate_id"],
        place=Place(**document["place"]),
        policy_version=document["policy"],
        opened_at=document["opened_at"],
        version=document["version"],
        revision=document["revision"],
        # Older dossiers did not count: they may have had some.
        deaths=document.get("deaths", 1),
        gate=document["gate"],
        stage=document["stage"],
        items=tuple(read_item(item) for item in document["items"]),
        refused=tuple(RefusedItem(**entry) for entry in document["refused"]),
        hold=Hold(**hold) if hold else None,
        ended_hold=EndedHold(**document["ended_hold"]),
        submitted_at=document["submitted_at"],
        submissions=document["submissions"],
        receipt=Receipt(**receipt) if receipt else None,
        send_back=_read_sendback(document["send_back"]),
        expired=_read_sendback(document.get("expired")),
        expired_at=document["expired_at"],
        rounds=document.get("rounds", 0),
        decided=document["decided"],
        site_passed=document["site_passed"],
        verdicts={key: Verdict(**value) for key, value in document["verdicts"].items()},
        required=_read_codes(document.get("required")),
        previously=_read_codes(document.get("previously")),
        words=document.get("words"),
        superseded_by=document.get("superseded_by"),
        due_papers=_read_due_papers(document.get("due_papers")),
        overdue=tuple(document.get("overdue", ())),
        reminded=tuple(document.get("reminded", ())),
        changed_at=document.get("changed_at"),
        copying=tuple(_read_order(order) for order in document.get("copying", ())),
        next_due_at=document.get("next_due_at"),
        decided_at=document.get("decided_at"),
        purge_notices=tuple(document.get("purge_notices", ())),
        erased=Erased(**erased) if (erased := document.get("erased")) else None,
        returned_versions=tuple(ReturnedVersion(**each) for each in document.get("returned_versions", ())),
    )


def read_item(document: Document) -> Item:
    """Return the image version in a document."""
    awaits = document.get("awaits")
    fields: dict[str, Any] = {
        **document,
        "original": StoredObject(**document["original"]),
        "status": ItemStatus(document["status"]),
        "derivatives": _read_derivatives(document["derivatives"]),
        "awaits": Awaits(awaits) if awaits else None,
        "covers": tuple(_read_box(box) for box in document.get("covers", ())),
        "origin": _read_origin(document.get("origin")),
        "hints": tuple(Hint(**hint) for hint in document.get("hints", ())),
    }
    return Item(**fields)


def _read_box(parts: list[float]) -> Box:
    left, top, right, bottom = parts
    return (left, top, right, bottom)


def read_dead(document: Document) -> DeadVersion:
    """Return the dead version in a document."""
    ended_at: datetime = document["ended_at"]
    return DeadVersion(
        item=read_item(document["item"]),
        registration_id=document["registration_id"],
        candidate_id=document["candidate_id"],
        cause=document["cause"],
        ended_at=ended_at,
        sendback_id=document.get("sendback_id"),
        reason_code=document.get("reason_code"),
    )


def _read_derivatives(document: Document | None) -> Derivatives | None:
    if document is None:
        return None
    return Derivatives(
        width=document["width"],
        height=document["height"],
        copy=StoredObject(**document["copy"]),
        thumbnail=StoredObject(**document["thumbnail"]),
        traits=_read_traits(document.get("traits")),
        camera=document.get("camera"),
        made_at=document.get("made_at"),
    )


def _read_traits(document: Document | None) -> Traits | None:
    return Traits(**document) if document else None


def _read_sendback(document: Document | None) -> SendBack | None:
    if document is None:
        return None
    places = tuple(ReturnedPlace(**place) for place in document["places"])
    before = document.get("before")
    return SendBack(
        **{**document, "places": places, "before": Standing(**before) if before is not None else None}
    )


def _read_due_papers(document: Document | None) -> DuePapers | None:
    if document is None:
        return None
    return DuePapers(frozenset(document["categories"]), document["since"])


def _standing_document(standing: Standing | None) -> Document | None:
    if standing is None:
        return None
    return {
        "stage": standing.stage,
        "submitted_at": standing.submitted_at,
        "site_passed": standing.site_passed,
        "decided": standing.decided,
    }


def _due_papers_document(papers: DuePapers | None) -> Document | None:
    return None if papers is None else {"categories": sorted(papers.categories), "since": papers.since}


def _read_origin(document: Document | None) -> Origin | None:
    return None if document is None else Origin(**document)


def _read_order(document: Document) -> CopyOrder:
    return CopyOrder(**{**document, "origin": Origin(**document["origin"])})


def _codes(codes: frozenset[str] | None) -> list[str] | None:
    return None if codes is None else sorted(codes)


def _read_codes(codes: list[str] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)


def _returned_document(version: ReturnedVersion) -> Document:
    return {
        "image_id": version.image_id,
        "category": version.category,
        "slot": version.slot,
        "sha256": version.sha256,
    }


def object_document(stored: StoredObject) -> Document:
    """Return where an object lies."""
    return {
        "key": stored.key,
        "wrapped_key": stored.wrapped_key,
        "nonce": stored.nonce,
        "sha256": stored.sha256,
        "size_bytes": stored.size_bytes,
        "start": stored.start,
        "length": stored.length,
    }


def _traits_document(traits: Traits | None) -> Document | None:
    if traits is None:
        return None
    return {
        "perceptual_hash": traits.perceptual_hash,
        "sharpness": traits.sharpness,
        "brightness": traits.brightness,
        "glare": traits.glare,
    }


def _hold_document(hold: Hold | None) -> Document | None:
    return {"number": hold.number, "level": hold.level, "since": hold.since} if hold else None


def _receipt_document(receipt: Receipt | None) -> Document | None:
    if receipt is None:
        return None
    return {
        "number": receipt.number,
        "submitted_at": receipt.submitted_at,
        "images": receipt.images,
        "revision": receipt.revision,
    }
