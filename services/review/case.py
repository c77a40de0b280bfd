"""The case's state machine, claims and verdicts: (case, command, policy, now) to (case, events), pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.errors import (
    CaseAlreadyClaimedError,
    CaseNotWaitingError,
    ClaimRefusedError,
    HoldLostError,
    ImageNotFoundError,
    NotLockedYetError,
    ReasonNeededError,
    ReasonUnknownError,
    SamePersonError,
    TextTooLongError,
)
from services.review.model import (
    LEASE,
    MOST_TEXT,
    OTHER_REASON,
    Act,
    Case,
    Entry,
    EntryKind,
    Hold,
    Item,
    Judgement,
    Manifest,
    Staff,
    Verdict,
)
from shared.events import Event
from shared.events.review import (
    CaseClaimed,
    CaseReleased,
)
from shared.policy.model import Policy
from shared.rights import Action, is_possible_in

OTHER_LABEL = "其他"


@dataclass(frozen=True, slots=True)
class Step:
    """What a command makes of a case, and what it says."""

    case: Case
    events: tuple[Event, ...] = ()


def claim(case: Case, staff: Staff, now: datetime) -> Step:
    """Give the case to a reviewer; the own live claim stays as it is.

    Raises:
        CaseNotWaitingError: it is not up for review on this level.
        SamePersonError: the reviewer has acted on another level.
        CaseAlreadyClaimedError: somebody else holds it.
    """
    is_waiting = is_possible_in(case.state, Action.CLAIM_CASE, staff.role)
    if not is_waiting or case.registration is None or not case.registration.active:
        raise CaseNotWaitingError
    _refuse_same_person(case, staff)
    if case.hold is not None and case.hold.is_live(now):
        if case.hold.staff_id != staff.staff_id:
            raise CaseAlreadyClaimedError
        return Step(case)
    case, events = _ended(case, now)
    number = case.last_hold + 1
    hold = Hold(number, staff.staff_id, staff.display_name, staff.level, "waiting", now, now + LEASE)
    case = noted(replace(case, hold=hold, last_hold=number), now, "claimed", staff)
    return Step(case, (*events, CaseClaimed(hold=number, level=staff.level, staff_id=staff.staff_id)))


def renew(case: Case, staff: Staff, now: datetime) -> Step:
    """Extend the lease of the own live claim.

    Raises:
        HoldLostError: there is none.
    """
    hold = _own_live_hold(case, staff, now)
    return Step(replace(case, hold=replace(hold, until=now + LEASE)))


def release(case: Case, staff: Staff, now: datetime) -> Step:
    """Give the case back to the queue; verdicts stay.

    Raises:
        HoldLostError: somebody else holds it.
    """
    hold = case.hold
    if hold is None:
        return Step(case)
    if hold.staff_id != staff.staff_id:
        raise HoldLostError
    case = replace(case, hold=None)
    if not hold.is_open:
        return Step(case)
    return Step(noted(case, now, "released", staff), (CaseReleased(hold=hold.number, cause="released"),))


def expire(case: Case, now: datetime) -> Step:
    """End a claim whose time is over; do nothing otherwise."""
    if case.hold is None or not case.hold.is_open or case.hold.is_live(now):
        return Step(case)
    case, events = _ended(case, now)
    return Step(case, events)


def judge(
    case: Case, staff: Staff, image_id: str, judgement: Judgement, *, policy: Policy, now: datetime
) -> Step:
    """Store a verdict on a locked picture.

    Raises:
        HoldLostError: the reviewer does not hold the case.
        NotLockedYetError: uploads has not answered yet.
        ImageNotFoundError: the picture is not in the manifest.
        ReasonNeededError: a return without a reason.
        ReasonUnknownError: the category has no such reason.
    """
    item = _locked_item(case, staff, image_id, now)
    reason, label, text = _reason(item, judgement, policy)
    verdict = Verdict(
        judgement.verdict, reason, label, text, staff.staff_id, staff.display_name, staff.level, now
    )
    given = {**case.verdicts.get(image_id, {}), staff.level: verdict}
    return Step(acted(replace(case, verdicts={**case.verdicts, image_id: given}), staff))


def take_back(case: Case, staff: Staff, image_id: str, now: datetime) -> Step:
    """Take back this level's verdict on a locked picture; a lower level's shows again.

    Raises:
        HoldLostError: the reviewer does not hold the case.
        NotLockedYetError: uploads has not answered yet.
        ImageNotFoundError: the picture is not in the manifest.
    """
    _locked_item(case, staff, image_id, now)
    given = {level: v for level, v in case.verdicts.get(image_id, {}).items() if level != staff.level}
    others = {key: value for key, value in case.verdicts.items() if key != image_id}
    return Step(replace(case, verdicts={**others, image_id: given} if given else others))


def _reason(item: Item, judgement: Judgement, policy: Policy) -> tuple[str | None, str | None, str | None]:
    if judgement.verdict == "passed":
        return None, None, None
    text = (judgement.text or "").strip()
    if len(text) > MOST_TEXT:
        raise TextTooLongError
    if judgement.reason_code is None:
        raise ReasonNeededError
    if judgement.reason_code == OTHER_REASON:
        if not text:
            raise ReasonNeededError
        return OTHER_REASON, OTHER_LABEL, text
    category = policy.find_category(item.category)
    reason = category.reason(judgement.reason_code) if category else None
    if reason is None:
        raise ReasonUnknownError
    return reason.code, reason.label, text or reason.text


def _refuse_same_person(case: Case, staff: Staff) -> None:
    if any(act.staff_id == staff.staff_id and act.level != staff.level for act in case.acts):
        raise SamePersonError


def _own_live_hold(case: Case, staff: Staff, now: datetime) -> Hold:
    hold = case.hold
    if hold is None or (hold.staff_id, hold.level) != (staff.staff_id, staff.level):
        raise HoldLostError
    if hold.state == "refused":
        raise ClaimRefusedError
    if not hold.is_live(now):
        raise HoldLostError
    return hold


def locked_manifest(case: Case, staff: Staff, now: datetime) -> Manifest:
    """Return what the reviewer's live hold has locked.

    Raises:
        HoldLostError: the reviewer does not hold the case.
        NotLockedYetError: uploads has not answered yet.
        SamePersonError: the reviewer has acted on another level.
    """
    hold = _own_live_hold(case, staff, now)
    if hold.state != "locked" or case.manifest is None or case.manifest.hold != hold.number:
        raise NotLockedYetError
    _refuse_same_person(case, staff)
    return case.manifest


def _locked_item(case: Case, staff: Staff, image_id: str, now: datetime) -> Item:
    item = locked_manifest(case, staff, now).item(image_id)
    if item is None:
        raise ImageNotFoundError
    return item


def _ended(case: Case, now: datetime) -> tuple[Case, tuple[Event, ...]]:
    """Take away a hold that is no longer live; uploads must learn of it if it may hold the dossier."""
    hold = case.hold
    if hold is None or not hold.is_open:
        return replace(case, hold=None), ()
    entry = Entry(now, "claim_expired", hold.level, hold.display_name)
    case = replace(case, hold=None, history=(*case.history, entry))
    return case, (CaseReleased(hold=hold.number, cause="expired"),)


def acted(case: Case, staff: Staff) -> Case:
    """Remember that somebody acted on a level."""
    act = Act(staff.level, staff.staff_id)
    return case if act in case.acts else replace(case, acts=(*case.acts, act))


def noted(
    case: Case,
    now: datetime,
    kind: EntryKind,
    staff: Staff,
    *,
    count: int | None = None,
    text: str | None = None,
) -> Case:
    """Write a line of history."""
    entry = Entry(now, kind, staff.level, staff.display_name, count, text or None)
    return replace(case, history=(*case.history, entry))
