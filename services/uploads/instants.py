"""When a dossier's times are over, by policy, the calendar of today and what review has set: pure."""

from datetime import datetime, timedelta

from services.uploads.model import Dossier, Rules
from shared.policy.values import OnExpiry

LOCKING = frozenset({OnExpiry.LOCK, OnExpiry.ABANDON})
GRACE = timedelta(seconds=60)


def judged_at(began_at: datetime, now: datetime) -> datetime:
    """Return the instant an upload is judged by: its beginning, if it is recorded within a minute."""
    return began_at if now - began_at <= GRACE else now


def window_closes_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return the end of first upload for this dossier."""
    if rules.window.duration is not None:
        return dossier.opened_at + rules.window.duration
    return rules.window.close


def send_back_expires_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return when the open send-back ends by itself; none where a missed deadline closes nothing."""
    opened = dossier.send_back
    if opened is None:
        return None
    ends = opened.automatic or rules.policy.deadline.supplement.on_expiry in LOCKING
    return opened.deadline if ends else None


def due_papers_until(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return until when papers that are due later are expected; none without a limit."""
    if dossier.due_papers is None:
        return None
    if rules.due_paper.duration is not None:
        return dossier.due_papers.since + rules.due_paper.duration
    return rules.due_paper.instant


def due_papers_close_at(dossier: Dossier, rules: Rules) -> datetime | None:
    """Return when papers that are due later can't be brought any more."""
    return due_papers_until(dossier, rules) if rules.due_paper.on_expiry in LOCKING else None
