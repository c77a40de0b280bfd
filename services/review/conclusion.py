"""The case's state machine, conclusions: a decision is stored under a live, locked hold, and is final."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.case import OTHER_LABEL, Step, acted, locked_manifest, noted
from services.review.deadlines import Times
from services.review.errors import (
    CommentNeededError,
    ImagesNotPassedError,
    NothingReturnedError,
    OutcomeNotOfferedError,
    TextTooLongError,
)
from services.review.following import levels_of
from services.review.model import (
    AWAITING,
    MOST_COMMENT,
    OTHER_REASON,
    Case,
    Conclusion,
    Decision,
    Manifest,
    ReturnedItem,
    SendBack,
    Staff,
)
from shared.events.review import (
    CaseDecided,
    CaseSentBack,
    DecisionPrivate,
    ImageVerdict,
    ResultAnnounced,
    ReviewLevel,
    SentBackItem,
    SentBackItemText,
    SentBackPrivate,
)
from shared.ids import derived_id
from shared.policy.model import Policy
from shared.policy.values import Outcome, Release
from shared.policy.values import ReviewLevel as PolicyLevel

OUTCOMES: dict[Conclusion, Outcome] = {
    "pass": Outcome.PASS,
    "send_back": Outcome.SUPPLEMENT,
    "reject": Outcome.REJECT,
}


@dataclass(frozen=True, slots=True)
class Concluding:
    """A conclusion as the reviewer draws it, with what it depends on."""

    outcome: Conclusion
    comment: str
    policy: Policy
    times: Times


def conclude(case: Case, staff: Staff, concluding: Concluding, now: datetime) -> Step:
    """Store a decision under the live, locked hold, which ends with it; a repeat changes nothing.

    Raises:
        HoldLostError: the reviewer does not hold the case.
        NotLockedYetError: uploads has not answered yet.
        ImagesNotPassedError: a pass with a picture that did not.
        NothingReturnedError: a send-back without a returned picture.
        CommentNeededError: a rejection without a comment.
        OutcomeNotOfferedError: the policy has no such conclusion.
    """
    if _is_repeat(case, staff, concluding.outcome):
        return Step(case)
    manifest = locked_manifest(case, staff, now)
    if OUTCOMES[concluding.outcome] not in {choice.outcome for choice in concluding.policy.review.outcomes}:
        raise OutcomeNotOfferedError
    if len(concluding.comment) > MOST_COMMENT:
        raise TextTooLongError
    decision = Decision(concluding.outcome, staff.level, manifest.hold, staff.staff_id, now)
    decided = acted(replace(case, hold=None, decision=decision, since=now), staff)
    match concluding.outcome:
        case "pass":
            return _pass(decided, staff, manifest, concluding, now)
        case "send_back":
            return _send_back(decided, staff, manifest, concluding, now)
        case "reject":
            return _reject(decided, staff, manifest, concluding, now)


def _is_repeat(case: Case, staff: Staff, outcome: Conclusion) -> bool:
    last = case.decision
    return (
        last is not None
        and case.hold is None
        and (last.staff_id, last.level, last.outcome) == (staff.staff_id, staff.level, outcome)
        and last.hold == case.last_hold
        and case.state != AWAITING[staff.level]
    )


def _pass(case: Case, staff: Staff, manifest: Manifest, concluding: Concluding, now: datetime) -> Step:
    levels = levels_of(concluding.policy)
    first = staff.level == levels[0]
    for item in manifest.items:
        own = case.own_verdict(item.image_id, staff.level)
        # Above the first level the pass of the case counts as a whole.
        if (own is None and first) or (own is not None and own.verdict == "returned"):
            raise ImagesNotPassedError
    following = levels[levels.index(staff.level) + 1 :]
    case = replace(case, state=AWAITING[following[0]] if following else "passed", resubmitted=False)
    case = noted(case, now, "passed", staff)
    decided = CaseDecided(
        hold=manifest.hold,
        level=staff.level,
        outcome="passed",
        final=not following,
        verdicts=tuple(ImageVerdict(image_id=item.image_id, verdict="passed") for item in manifest.items),
    )
    return _announced(case, decided, concluding)


def _reject(case: Case, staff: Staff, manifest: Manifest, concluding: Concluding, now: datetime) -> Step:
    if not concluding.comment:
        raise CommentNeededError
    case = noted(replace(case, state="rejected"), now, "rejected", staff, text=concluding.comment)
    decided = CaseDecided(
        hold=manifest.hold,
        level=staff.level,
        outcome="rejected",
        final=True,
        verdicts=_image_verdicts(case, manifest, staff.level),
    )
    return _announced(case, decided, concluding)


def _announced(case: Case, decided: CaseDecided, concluding: Concluding) -> Step:
    """Let the candidate know where the policy lets results of this level go out at once."""
    if concluding.policy.result.release_of(PolicyLevel(decided.level)) is not Release.IMMEDIATELY:
        return Step(case, (decided,))
    announcement = ResultAnnounced(
        level=decided.level,
        outcome=decided.outcome,
        final=decided.final,
        release_at=concluding.times.release_at,
        private=DecisionPrivate(comment=concluding.comment),
    )
    known = tuple(level for level in case.announced if level != decided.level)
    return Step(replace(case, announced=(*known, decided.level)), (decided, announcement))


def _send_back(case: Case, staff: Staff, manifest: Manifest, concluding: Concluding, now: datetime) -> Step:
    items = tuple(_returned_items(case, manifest, staff.level))
    if not items:
        raise NothingReturnedError
    send_back = SendBack(
        id=derived_id(case.id, "send-back", str(manifest.hold)),
        round=case.round,
        level=staff.level,
        release_at=concluding.times.release_at,
        deadline=concluding.times.deadline,
        items=items,
        images=tuple(item.image_id for item in manifest.items),
    )
    event = CaseSentBack(
        hold=manifest.hold,
        level=staff.level,
        round=send_back.round,
        sendback_id=send_back.id,
        items=tuple(
            SentBackItem(
                image_id=item.image_id, category=item.category, slot=item.slot, reason_code=item.reason_code
            )
            for item in items
        ),
        verdicts=_image_verdicts(case, manifest, staff.level),
        deadline=send_back.deadline,
        release_at=send_back.release_at,
        private=SentBackPrivate(
            items=tuple(SentBackItemText(label=item.label, text=item.text) for item in items)
        ),
    )
    case = replace(case, state="returned", send_back=send_back, resubmitted=False)
    return Step(noted(case, now, "sent_back", staff, count=len(items), text=concluding.comment), (event,))


def _returned_items(case: Case, manifest: Manifest, level: ReviewLevel) -> list[ReturnedItem]:
    returned = []
    for item in manifest.items:
        own = case.own_verdict(item.image_id, level)
        if own is not None and own.verdict == "returned":
            returned.append(
                ReturnedItem(
                    image_id=item.image_id,
                    category=item.category,
                    slot=item.slot,
                    reason_code=own.reason_code or OTHER_REASON,
                    label=own.label or OTHER_LABEL,
                    text=own.text or "",
                )
            )
    return returned


def _image_verdicts(case: Case, manifest: Manifest, level: ReviewLevel) -> tuple[ImageVerdict, ...]:
    found = ((item, case.verdict(item.image_id, level)) for item in manifest.items)
    return tuple(
        ImageVerdict(image_id=item.image_id, verdict=verdict.verdict)
        for item, verdict in found
        if verdict is not None
    )
