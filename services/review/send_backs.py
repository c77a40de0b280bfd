"""The case's state machine, what staff want of a send-back that is out: to undo it, or to give it more time.

Uploads alone ends a send-back: a withdrawal is asked for, and answered by the end of it or by a refusal.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.case import Step, noted
from services.review.errors import (
    DeadlineNotLaterError,
    ForeignSendBackError,
    SendBackNotOpenError,
    TextTooLongError,
    WhyNeededError,
)
from services.review.model import AWAITING, MOST_TEXT, Case, Entry, SendBack, Staff
from shared.clock import shanghai_sentence
from shared.events.review import SendbackDeadlineExtended, SendbackWithdrawalRequested
from shared.events.uploads import SendbackWithdrawalRefused


@dataclass(frozen=True, slots=True)
class Extension:
    """More time for a send-back, and why."""

    sendback_id: str
    deadline: datetime
    why: str


def ask_to_withdraw(case: Case, staff: Staff, sendback_id: str, why: str, now: datetime) -> Step:
    """Ask uploads to undo the open send-back; a repeat changes nothing.

    Raises:
        SendBackNotOpenError: it is over, or another one.
        ForeignSendBackError: the other level asked for it.
        WhyNeededError: no reason was given.
    """
    send_back = _own(case, staff, sendback_id)
    if send_back.outcome is not None or case.state != "returned":
        raise SendBackNotOpenError
    if send_back.withdrawal == "requested":
        return Step(case)
    words = _why(why)
    event = SendbackWithdrawalRequested(hold=_hold_of(case), sendback_id=send_back.id)
    asked = replace(case, send_back=replace(send_back, withdrawal="requested"))
    return Step(noted(asked, now, "withdrawal_requested", staff, text=words), (event,))


def extend(case: Case, staff: Staff, extension: Extension, now: datetime) -> Step:
    """Give the send-back more time, also one that time has ended and nobody has claimed since.

    Raises:
        SendBackNotOpenError: it was answered or undone, is another one, or a reviewer has the case.
        ForeignSendBackError: the other level asked for it.
        DeadlineNotLaterError: it has no deadline, or the new one is not later.
        WhyNeededError: no reason was given.
    """
    send_back, deadline = _own(case, staff, extension.sendback_id), extension.deadline
    if not is_extendable(case, now):
        raise SendBackNotOpenError
    if deadline == send_back.deadline:
        return Step(case)
    if send_back.deadline is None or deadline <= max(send_back.deadline, now):
        raise DeadlineNotLaterError(_limits(send_back, deadline))
    words = f"截止时间改为 {shanghai_sentence(deadline)}。{_why(extension.why)}"
    event = SendbackDeadlineExtended(hold=_hold_of(case), sendback_id=send_back.id, deadline=deadline)
    extended = replace(send_back, deadline=deadline, outcome=None)
    back = replace(case, state="returned", send_back=extended)
    return Step(noted(back, now, "deadline_extended", staff, text=words), (event,))


def is_withdrawable(case: Case) -> bool:
    """Return whether asking to undo the send-back can still do something."""
    send_back = case.send_back
    if case.state != "returned" or send_back is None or send_back.outcome is not None:
        return False
    return send_back.withdrawal is None


def is_extendable(case: Case, now: datetime) -> bool:
    """Return whether more time would let the candidate go on: it is open, or time alone has ended it."""
    send_back = case.send_back
    if send_back is None or send_back.deadline is None:
        return False
    if send_back.outcome is None:
        return case.state == "returned"
    is_held = case.hold is not None and case.hold.is_live(now)
    came_back = case.state in {"returned", AWAITING[send_back.level]} and not case.resubmitted
    # A later decision has taken the case up again.
    is_last = case.decision is not None and case.decision.outcome == "send_back"
    return send_back.outcome == "expired" and came_back and is_last and not is_held


def withdrawal_refused(case: Case, event: SendbackWithdrawalRefused, now: datetime) -> Case:
    """Note that the candidate has acted on the send-back: it goes on."""
    send_back = case.send_back
    if send_back is None or send_back.id != event.sendback_id or send_back.withdrawal != "requested":
        return case
    entry = Entry(now, "withdrawal_refused", send_back.level)
    refused = replace(send_back, withdrawal="refused")
    return replace(case, send_back=refused, history=(*case.history, entry))


def withdrawn(case: Case, now: datetime) -> Case:
    """Put a case whose send-back was undone before the level that had asked; its texts stay on record."""
    send_back = case.send_back
    if send_back is None or case.state not in {"returned", AWAITING[send_back.level]}:
        return case
    entry = Entry(now, "sendback_withdrawn", send_back.level)
    return replace(
        case,
        state=AWAITING[send_back.level],
        since=now,
        resubmitted=False,
        history=(*case.history, entry),
    )


def _own(case: Case, staff: Staff, sendback_id: str) -> SendBack:
    send_back = case.send_back
    if send_back is None or send_back.id != sendback_id:
        raise SendBackNotOpenError
    if send_back.level != staff.level:
        raise ForeignSendBackError
    return send_back


def _hold_of(case: Case) -> int:
    if case.decision is None:
        raise SendBackNotOpenError
    return case.decision.hold


def _why(text: str) -> str:
    words = text.strip()
    if not words:
        raise WhyNeededError
    if len(words) > MOST_TEXT:
        raise TextTooLongError
    return words


def _limits(send_back: SendBack, wanted: datetime) -> str:
    if send_back.deadline is None:
        return "这次补充不限时间，不用延长"
    now_due, then_due = shanghai_sentence(send_back.deadline), shanghai_sentence(wanted)
    return f"原来的截止时间是 {now_due}，填写的是 {then_due}，请选择更晚的时间"
