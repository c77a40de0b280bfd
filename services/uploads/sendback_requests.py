"""The dossier's state machine: what staff ask about a send-back that is open, or that time has ended."""

from dataclasses import replace
from datetime import datetime

from services.uploads.announcing import Step, announced, sendback_closed
from services.uploads.due import next_look
from services.uploads.errors import TooEarlyError
from services.uploads.model import Dossier, Rules, SendBack
from services.uploads.returned import forgetting
from shared.events.review import SendbackDeadlineExtended, SendbackWithdrawalRequested
from shared.events.uploads import SendbackWithdrawalRefused


def withdraw_send_back(
    dossier: Dossier, rules: Rules, event: SendbackWithdrawalRequested, now: datetime
) -> Step | None:
    """End the send-back as if it had not been, unless the candidate has acted; none if it has ended.

    Raises:
        TooEarlyError: the send-back has not arrived yet.
    """
    _require_arrived(dossier, event.hold)
    opened = _open(dossier, event.sendback_id)
    if opened is None or opened.automatic or opened.before is None:
        return None
    if opened.acted:
        refused = SendbackWithdrawalRefused(sendback_id=opened.sendback_id, round=opened.round)
        return Step(replace(dossier, version=dossier.version + 1), (refused,))
    before = opened.before
    after = replace(
        dossier,
        stage=before.stage,
        submitted_at=before.submitted_at,
        site_passed=before.site_passed,
        decided=before.decided,
        send_back=None,
        overdue=(),
    )
    after = forgetting(after, opened.places)
    after = replace(after, next_due_at=next_look(after, rules, now))
    return announced(after, rules, [sendback_closed(dossier, "withdrawn")])


def extend_send_back(
    dossier: Dossier, rules: Rules, event: SendbackDeadlineExtended, now: datetime
) -> Step | None:
    """Give a send-back more time; one that time has ended is open again. None if it ended otherwise.

    Raises:
        TooEarlyError: the send-back has not arrived yet.
    """
    _require_arrived(dossier, event.hold)
    opened = _open(dossier, event.sendback_id) or _expired(dossier, event.sendback_id)
    if opened is None or opened.deadline is None or event.deadline <= opened.deadline:
        return None
    after = replace(
        dossier,
        stage="returned",
        send_back=replace(opened, deadline=event.deadline),
        expired=None,
        expired_at=None,
        overdue=(),
    )
    return announced(replace(after, next_due_at=next_look(after, rules, now)), rules, [])


def _require_arrived(dossier: Dossier, hold: int) -> None:
    if hold > dossier.ended_hold.number:
        raise TooEarlyError


def _open(dossier: Dossier, sendback_id: str) -> SendBack | None:
    opened = dossier.send_back
    return opened if opened is not None and opened.sendback_id == sendback_id else None


def _expired(dossier: Dossier, sendback_id: str) -> SendBack | None:
    """Return the send-back that time has ended, as long as nobody has taken the dossier up again."""
    expired = dossier.expired
    if expired is None or expired.sendback_id != sendback_id or dossier.hold is not None:
        return None
    return expired
