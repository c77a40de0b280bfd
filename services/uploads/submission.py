"""The dossier's state machine: putting forward, and what time alone brings about."""

import hashlib
from dataclasses import asdict, replace
from datetime import datetime

from services.uploads.announcing import Step, announced, refusal_of
from services.uploads.confirmation import refuse_unconfirmed
from services.uploads.dossier import PROCESSING_TIME
from services.uploads.errors import (
    DossierIncompleteError,
    NothingToSubmitError,
    SendbackUnansweredError,
    StillProcessingError,
)
from services.uploads.model import Dossier, ItemStatus, Receipt, Rules
from services.uploads.openness import Closed, expires_at, is_settled, reach
from services.uploads.requirements import lack_of
from shared.events import Event
from shared.events.uploads import DossierSubmitted, ImageReceived, SendbackClosed
from shared.ids import derived_id
from shared.policy.values import SubmitMode


def submit(dossier: Dossier, rules: Rules, now: datetime) -> Step:
    """Put the dossier forward (S0-21), the first time or as the answer to a send-back.

    Raises:
        ConflictError: it is closed, unfinished, incomplete, or there is nothing to put forward.
    """
    _refuse_unsubmittable(dossier, rules, now)
    number = dossier.submissions + 1
    receipt = Receipt(
        number=_receipt_number(dossier.registration_id, number),
        submitted_at=now,
        images=len(dossier.items),
        revision=dossier.revision,
    )
    after = replace(
        dossier,
        stage="submitted",
        submitted_at=now,
        submissions=number,
        receipt=receipt,
        send_back=None,
        expired_at=None,
        refused=(),
        previously=None,
    )
    facts: list[Event] = [
        DossierSubmitted(
            revision=dossier.revision, submissions=number, image_count=receipt.images, submitted_at=now
        )
    ]
    if dossier.send_back is not None:
        facts.append(_closed(dossier, "answered"))
    return announced(after, rules, facts)


def expire(dossier: Dossier, rules: Rules, now: datetime) -> Step | None:
    """End a send-back whose deadline has passed, where the policy closes it; none otherwise."""
    expiry = expires_at(dossier, rules)
    if expiry is None or now < expiry:
        return None
    event = _closed(dossier, "expired")
    after = replace(dossier, send_back=None, expired_at=expiry)
    return announced(after, rules, [event])


def due(dossier: Dossier, rules: Rules, now: datetime) -> Step:
    """Do what time brings about and say when to look again; done twice, it changes nothing more.

    An image that no worker has finished for a minute is put to the workers again, more and more rarely.
    """
    expired = expire(dossier, rules, now)
    after = expired.dossier if expired else replace(dossier, version=dossier.version + 1)
    waiting = [item for item in after.items if item.status is ItemStatus.PROCESSING]
    stale = [item for item in waiting if now - item.received_at >= PROCESSING_TIME]
    looks = [
        now + (now - item.received_at) if item in stale else item.received_at + PROCESSING_TIME
        for item in waiting
    ]
    expiry = expires_at(after, rules)
    again = min([*looks, *([expiry] if expiry else [])], default=None)
    events = [ImageReceived(image_id=item.image_id, category=item.category, slot=item.slot) for item in stale]
    return Step(replace(after, next_due_at=again), (*(expired.events if expired else ()), *events))


def _refuse_unsubmittable(dossier: Dossier, rules: Rules, now: datetime) -> None:
    whole = reach(dossier, rules, now)
    if isinstance(whole, Closed):
        raise refusal_of(whole)
    if not dossier.items or (whole.send_back is None and rules.policy.submit.mode is SubmitMode.AUTOSAVE):
        raise NothingToSubmitError
    if dossier.is_processing:
        raise StillProcessingError(retry_after=1)
    refuse_unconfirmed(dossier, rules)
    _refuse_incomplete(dossier, rules)
    _refuse_unanswered(dossier, rules)


def _refuse_incomplete(dossier: Dossier, rules: Rules) -> None:
    missing = rules.missing(dossier)
    if missing and rules.policy.submit.require_mandatory:
        raise DossierIncompleteError(
            f"还缺少：{'、'.join(need.in_words() for need in missing)}",
            missing=[asdict(lack_of(need, dossier.count_handed_in)) for need in missing],
        )


def _refuse_unanswered(dossier: Dossier, rules: Rules) -> None:
    places = dossier.send_back.places if dossier.send_back else ()
    unanswered = [place for place in places if not is_settled(dossier, rules, place)]
    if unanswered:
        raise SendbackUnansweredError(
            items=[
                {"category": place.category, "slot": place.slot, "image_id": place.image_id}
                for place in unanswered
            ]
        )


def _receipt_number(registration_id: str, number: int) -> str:
    """Return the number that this submission always gives, easy to read out."""
    digest = hashlib.sha256(derived_id("receipt", registration_id, str(number)).encode()).hexdigest()
    return f"R{int(digest[:12], 16) % 10**10:010d}"


def _closed(dossier: Dossier, outcome: str) -> SendbackClosed:
    if dossier.send_back is None:
        raise ValueError("no send-back is open")
    return SendbackClosed(
        sendback_id=dossier.send_back.sendback_id,
        round=dossier.send_back.round,
        outcome="answered" if outcome == "answered" else "expired",
    )
