"""Autosaving: a dossier is put forward, taken back and a send-back answered without a submission; pure."""

from dataclasses import replace
from datetime import datetime

from services.uploads.instants import GRACE, window_closes_at
from services.uploads.model import Dossier, Rules
from services.uploads.openness import is_empty_or_returned, is_settled
from shared.policy.values import OpenWhen, SubmitMode


def is_autosaved(rules: Rules) -> bool:
    """Tell whether the policy knows no step of submission."""
    return rules.policy.submit.mode is SubmitMode.AUTOSAVE


def autosaved(dossier: Dossier, rules: Rules, now: datetime) -> Dossier:
    """Return the dossier put forward or taken back, as its pictures and the time have it; or as it is.

    A picture in processing delays what is put forward and takes nothing back: a claim waits for it.
    """
    if dossier.hold is not None or dossier.send_back is not None:
        return dossier
    if dossier.stage == "submitted" and not stays_forward(dossier, rules, now):
        return replace(dossier, stage="draft", submitted_at=None)
    goes = is_autosaved(rules) and dossier.stage == "draft" and not dossier.is_processing
    return put_forward(dossier, now) if goes and stays_forward(dossier, rules, now) else dossier


def put_forward(dossier: Dossier, now: datetime) -> Dossier:
    """Return the dossier up for review."""
    return replace(
        dossier,
        stage="submitted",
        submitted_at=now,
        submissions=dossier.submissions + 1,
        send_back=None,
        expired=None,
        expired_at=None,
        overdue=(),
    )


def stays_forward(dossier: Dossier, rules: Rules, now: datetime) -> bool:
    """Tell whether the dossier may be up for review: autosaved, it meets `review.open_when` by now.

    One that was submitted may have lost papers since, where the policy lets it, but not all of them.
    """
    if not is_autosaved(rules):
        return bool(dossier.handed_in)
    begins = goes_forward_at(dossier, rules)
    return suffices(dossier, rules) and (begins is None or now >= begins)


def suffices(dossier: Dossier, rules: Rules) -> bool:
    """Tell whether the pictures suffice for a review."""
    if rules.policy.review.open_when is OpenWhen.REQUIRED_COMPLETE and rules.missing(dossier):
        return False
    return bool(dossier.handed_in)


def goes_forward_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return before when an autosaved dossier is not put forward; none without such an instant."""
    close = window_closes_at(dossier, rules)
    waits = rules.policy.review.open_when is OpenWhen.WINDOW_CLOSED and dossier.rounds == 0
    instants = [rules.review_starts_at, close + GRACE if waits and close else None]
    return max((instant for instant in instants if instant is not None), default=None)


def is_answered(dossier: Dossier, rules: Rules) -> bool:
    """Tell whether the open send-back needs nothing more for the dossier to be reviewed again."""
    if dossier.send_back is None:
        return False
    return all(is_settled(dossier, rules, p) for p in dossier.send_back.places) and suffices(dossier, rules)


def quiet_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return when the send-back counts as answered if nothing more changes; none while something is missing.

    That a place stays empty is no answer by itself: then the candidate says so, or the deadline does.
    """
    opened = dossier.send_back
    if opened is None or not is_autosaved(rules) or not is_answered(dossier, rules):
        return None
    if opened.automatic and any(is_empty_or_returned(dossier, place) for place in opened.places):
        return None
    last = max(opened.created_at, dossier.changed_at or opened.created_at)
    return last + rules.policy.resubmit.settle
