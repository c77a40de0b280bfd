"""The dossier's state machine: putting forward, answering, pulling back, as the candidate commands it."""

import hashlib
from dataclasses import asdict, replace
from datetime import datetime

from services.uploads.announcing import Step, announced, refusal_of, refuse_closed, sendback_closed, visible
from services.uploads.autosave import is_autosaved, put_forward
from services.uploads.confirmation import refuse_unconfirmed
from services.uploads.due import answered, next_look
from services.uploads.errors import (
    DossierIncompleteError,
    NothingToSubmitError,
    NothingToWithdrawError,
    SendbackUnansweredError,
    StillProcessingError,
    WithdrawalImpossibleError,
    WithdrawalNotOfferedError,
)
from services.uploads.model import Dossier, Receipt, Rules
from services.uploads.openness import DECIDED, SUPERSEDED, Closed, Reach, is_settled, reach
from services.uploads.requirements import lack_of
from shared.events import Event
from shared.events.uploads import DossierSubmitted, DossierWithdrawn
from shared.ids import derived_id
from shared.policy.values import OpenWhen


def submit(dossier: Dossier, rules: Rules, now: datetime) -> Step:
    """Put the dossier forward (S0-21), the first time or as the answer to a send-back.

    Raises:
        ConflictError: it is closed, unfinished, incomplete, or there is nothing to put forward.
    """
    whole = _open_reach(dossier, rules, now)
    if is_autosaved(rules) or whole.due_papers is not None or not dossier.items:
        raise NothingToSubmitError
    _refuse_unfinished(dossier, rules)
    if rules.policy.submit.require_mandatory:
        _refuse_incomplete(dossier, rules)
    _refuse_unanswered(dossier, rules)
    number = dossier.submissions + 1
    receipt = Receipt(
        number=_receipt_number(dossier.registration_id, number),
        submitted_at=now,
        images=len(dossier.items),
        revision=dossier.revision,
    )
    facts: list[Event] = [
        DossierSubmitted(
            revision=dossier.revision, submissions=number, image_count=receipt.images, submitted_at=now
        )
    ]
    if dossier.send_back is not None:
        facts.append(sendback_closed(dossier, "answered"))
    after = replace(put_forward(dossier, now), receipt=receipt, refused=(), previously=None)
    return announced(after, rules, facts)


def answer_send_back(dossier: Dossier, rules: Rules, now: datetime) -> Step:
    """Say that everything asked for has come, without waiting for quiet (autosave only).

    Raises:
        ConflictError: it is closed, unfinished, something is missing, or nothing was sent back.
    """
    whole = _open_reach(dossier, rules, now)
    if whole.send_back is None or not is_autosaved(rules):
        raise NothingToSubmitError
    _refuse_unfinished(dossier, rules)
    _refuse_unanswered(dossier, rules)
    if rules.policy.review.open_when is OpenWhen.REQUIRED_COMPLETE:
        _refuse_incomplete(dossier, rules)
    if not dossier.items:
        raise NothingToSubmitError
    after, events = answered(dossier, rules, now)
    return announced(replace(after, next_due_at=next_look(after, rules, now)), rules, events)


def withdraw(dossier: Dossier, rules: Rules, now: datetime) -> Step:
    """Pull the dossier back before anybody has claimed it.

    Raises:
        ConflictError: the policy has no such step, a reviewer has or had it, it is not submitted, or the
            candidate could not submit it again.
    """
    if not rules.policy.withdraw or is_autosaved(rules):
        raise WithdrawalNotOfferedError
    if dossier.hold is not None:
        refuse_closed(Closed("review_in_progress", dossier.hold.since), dossier, rules)
    if dossier.stage in {"site_passed", "passed", "rejected", "closed"}:
        refuse_closed(SUPERSEDED if dossier.superseded_by else DECIDED, dossier, rules)
    if dossier.rounds:
        raise WithdrawalImpossibleError
    if dossier.stage != "submitted":
        raise NothingToWithdrawError
    after = replace(dossier, stage="draft", submitted_at=None, receipt=None)
    _open_reach(after, rules, now)
    fact = DossierWithdrawn(submissions=dossier.submissions, withdrawn_at=now)
    return announced(replace(after, next_due_at=next_look(after, rules, now)), rules, [fact])


def _open_reach(dossier: Dossier, rules: Rules, now: datetime) -> Reach:
    whole = reach(dossier, rules, now)
    if isinstance(whole, Closed):
        raise refusal_of(visible(whole, dossier, rules), rules)
    return whole


def _refuse_unfinished(dossier: Dossier, rules: Rules) -> None:
    if dossier.is_processing:
        raise StillProcessingError(retry_after=1)
    refuse_unconfirmed(dossier, rules)


def _refuse_incomplete(dossier: Dossier, rules: Rules) -> None:
    missing = rules.missing(dossier)
    if missing:
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
