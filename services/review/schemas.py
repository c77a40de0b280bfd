"""Requests and answers of review."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from services.review.duplicates import duplicates_of
from services.review.model import (
    MOST_COMMENT,
    MOST_TEXT,
    Case,
    CaseState,
    Conclusion,
    Duplicate,
    Hold,
    HoldState,
    Item,
    Mark,
    Row,
    Staff,
    Verdict,
    View,
)
from services.review.ports import ViewGrant
from services.review.previous import Previous, previous_versions
from services.review.send_backs import is_extendable, is_withdrawable
from services.review.use_cases.reading import OpenCase, Queue
from services.review.visible_status import Status, VisibleStatus
from services.review.words import (
    NOBODY,
    TICKET_TAIL,
    entry_text,
    masked_id_number,
    masked_name,
    masked_phone,
    unlocks_text,
)
from shared.events.review import ReviewLevel
from shared.events.uploads import Doubt, Overdue
from shared.policy.model import Policy
from shared.policy.variables import described as facts_in_words
from shared.rights import Action, oversees
from shared.web.requests import Answer, Request

NUMBER_LENGTH = 8
CaseId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,80}$")]


class QueueRequest(Request):
    """Which view of the desk."""

    view: View = "waiting"


class ClaimRequest(Request):
    """A certain case, or with none the one that waits longest."""

    case_id: CaseId | None = None


class VerdictRequest(Request):
    """A verdict on one picture."""

    verdict: Mark
    reason_code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")] | None = None
    text: Annotated[str, Field(max_length=MOST_TEXT)] | None = None


class ConclusionRequest(Request):
    """The conclusion of a case."""

    outcome: Conclusion
    comment: Annotated[str, Field(max_length=MOST_COMMENT)] | None = None


Why = Annotated[str, Field(max_length=MOST_TEXT)]
SendBackId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,80}$")]


class WithdrawalRequest(Request):
    """Which send-back is to be undone, and why."""

    sendback_id: SendBackId
    why: Why


class DeadlineRequest(Request):
    """Until when a send-back may be answered now, and why."""

    sendback_id: SendBackId
    deadline: AwareDatetime
    why: Why


class StatusAnswer(Answer):
    """What the registration card says."""

    status_word: str
    status: Status
    reviewed_by: tuple[ReviewLevel, ...]

    @classmethod
    def of(cls, found: VisibleStatus) -> "StatusAnswer":
        """Return the answer."""
        return cls(status_word=found.word, status=found.status, reviewed_by=found.reviewed_by)


class HolderAnswer(Answer):
    """Who holds a case."""

    display_name: str
    until: datetime
    mine: bool


class QueueItem(Answer):
    """One line of a queue."""

    case_id: str
    name_masked: str
    ticket_tail: str
    heading: str
    site_name: str
    state: CaseState
    round: int
    resubmitted: bool
    waiting_since: datetime | None
    submitted_at: datetime | None
    image_count: int
    overdue: tuple[Overdue, ...]
    holder: HolderAnswer | None
    doubtful: int
    duplicates: int

    @classmethod
    def of(cls, row: Row, staff: Staff) -> "QueueItem":
        """Return a line with personal data masked."""
        hold = row.hold
        return cls(
            case_id=row.case_id,
            name_masked=masked_name(row.name),
            ticket_tail=row.admission_ticket_no[-TICKET_TAIL:],
            heading=row.heading,
            site_name=row.site_name,
            state=row.state,
            round=_round_to_show(row.state, row.round),
            resubmitted=row.resubmitted,
            waiting_since=None if row.state in {"passed", "rejected"} else row.since,
            submitted_at=row.submitted_at,
            image_count=row.image_count,
            overdue=row.overdue,
            holder=None
            if hold is None
            else HolderAnswer(
                display_name=hold.display_name or NOBODY,
                until=hold.ends_at,
                mine=hold.staff_id == staff.staff_id,
            ),
            doubtful=row.doubtful,
            duplicates=row.duplicates,
        )


class QueueAnswer(Answer):
    """One view of the desk and the sizes of all."""

    view: View
    level: ReviewLevel
    counts: Mapping[View, int]
    items: tuple[QueueItem, ...]
    server_time: datetime

    @classmethod
    def of(cls, found: Queue, view: View, staff: Staff) -> "QueueAnswer":
        """Return the answer."""
        counts = found.counts
        return cls(
            view=view,
            level=staff.level,
            counts={
                "waiting": counts.waiting,
                "resubmitted": counts.resubmitted,
                "mine": counts.mine,
                "with_candidate": counts.with_candidate,
                "done": counts.done,
            },
            items=tuple(QueueItem.of(row, staff) for row in found.rows),
            server_time=found.now,
        )


class HoldAnswer(Answer):
    """The claim on a case."""

    number: int
    state: HoldState
    refusal: str | None
    mine: bool
    holder: str
    until: datetime

    @classmethod
    def of(cls, hold: Hold | None, staff: Staff, now: datetime) -> "HoldAnswer | None":
        """Return the claim; one that is over is not shown, a refused one only to whom it was refused."""
        mine = hold is not None and hold.staff_id == staff.staff_id
        if hold is None or not (hold.is_live(now) or (mine and hold.state == "refused")):
            return None
        return cls(
            number=hold.number,
            state=hold.state,
            refusal=hold.refusal,
            mine=mine,
            holder=hold.display_name or NOBODY,
            until=hold.until,
        )


class ClaimAnswer(Answer):
    """The case that was claimed."""

    case_id: str
    hold: HoldAnswer | None


class AttributeAnswer(Answer):
    """A fact about the registration, in words."""

    label: str
    value: str


class RegistrationAnswer(Answer):
    """What the pictures are checked against."""

    name: str
    admission_ticket_no: str
    id_type: str
    id_number_masked: str
    phone_masked: str
    site_name: str
    district_name: str
    attributes: tuple[AttributeAnswer, ...]

    @classmethod
    def of(cls, case: Case, policy: Policy) -> "RegistrationAnswer | None":
        """Return the registration, contact and id number masked."""
        if case.registration is None:
            return None
        person = case.registration.person
        # The kind of document is said by the registration itself, in its own words.
        others = {name: value for name, value in person.attributes.items() if name != "id_type"}
        facts = facts_in_words(others, policy.registration.attributes)
        return cls(
            name=person.name,
            admission_ticket_no=person.admission_ticket_no,
            id_type=person.id_type,
            id_number_masked=masked_id_number(person.id_number),
            phone_masked=masked_phone(person.phone),
            site_name=person.site_name,
            district_name=person.district_name,
            attributes=tuple(AttributeAnswer(label=label, value=value) for label, value in facts),
        )


class VerdictAnswer(Answer):
    """A verdict on one picture."""

    verdict: Mark
    reason_code: str | None
    text: str | None
    by: str
    level: ReviewLevel
    at: datetime

    @classmethod
    def of(cls, verdict: Verdict | None) -> "VerdictAnswer | None":
        """Return the answer."""
        if verdict is None:
            return None
        return cls(
            verdict=verdict.verdict,
            reason_code=verdict.reason_code,
            text=verdict.text,
            by=verdict.display_name or NOBODY,
            level=verdict.level,
            at=verdict.at,
        )


class PreviousAnswer(Answer):
    """The version that a picture replaces."""

    image_id: str
    reason_label: str | None
    text: str | None


class DuplicateAnswer(Answer):
    """Another candidate's picture that seems to show the same paper: a hint, no conclusion.

    Beyond the own desk only the number is said, by which the other office can be asked.
    """

    number: str
    case_id: str | None
    image_id: str | None

    @classmethod
    def of(cls, found: Duplicate, staff: Staff) -> "DuplicateAnswer":
        """Return the answer."""
        number = f"{found.district}-{found.other_case[:NUMBER_LENGTH]}"
        if not oversees(Action.READ_CASE, staff, found):
            return cls(number=number, case_id=None, image_id=None)
        return cls(number=number, case_id=found.other_case, image_id=found.other_image)


class ItemAnswer(Answer):
    """One picture of the case."""

    image_id: str
    category: str
    category_name: str
    category_number: int | None
    slot: str | None
    slot_name: str | None
    replaces: str | None
    width: int
    height: int
    doubts: tuple[Doubt, ...]
    verdict: VerdictAnswer | None
    previous: PreviousAnswer | None
    duplicates: tuple[DuplicateAnswer, ...]

    @classmethod
    def of(cls, item: Item, opened: OpenCase, staff: Staff, previous: Previous | None) -> "ItemAnswer":
        """Return the answer."""
        category = opened.policy.find_category(item.category)
        slot = category.slot(item.slot) if category and item.slot else None
        return cls(
            image_id=item.image_id,
            category=item.category,
            category_name=category.name if category else item.category,
            category_number=opened.numbers.get(item.category),
            slot=item.slot,
            slot_name=slot.name if slot else None,
            replaces=item.replaces,
            width=item.width,
            height=item.height,
            doubts=item.doubts,
            verdict=VerdictAnswer.of(opened.case.verdict(item.image_id, opened.case.level or staff.level)),
            previous=None
            if previous is None
            else PreviousAnswer(
                image_id=previous.image_id, reason_label=previous.reason_label, text=previous.text
            ),
            duplicates=tuple(
                DuplicateAnswer.of(each, staff) for each in duplicates_of(opened.case, item.image_id)
            ),
        )


class ReasonAnswer(Answer):
    """A canned reason."""

    code: str
    label: str
    text: str


class TimelineEntry(Answer):
    """One line of history."""

    at: datetime
    kind: str
    who: str | None
    text: str


class SendBackAnswer(Answer):
    """The last send-back, and what the own level can still do about it."""

    sendback_id: str
    level: ReviewLevel
    deadline: datetime | None
    outcome: str | None
    withdrawal: str | None
    can_withdraw: bool
    can_extend: bool

    @classmethod
    def of(cls, opened: OpenCase, staff: Staff) -> "SendBackAnswer | None":
        """Return the answer."""
        case = opened.case
        found = case.send_back
        if found is None:
            return None
        is_own = found.level == staff.level
        return cls(
            sendback_id=found.id,
            level=found.level,
            deadline=found.deadline,
            outcome=found.outcome,
            withdrawal=found.withdrawal,
            can_withdraw=is_own and is_withdrawable(case),
            can_extend=is_own and is_extendable(case, opened.now),
        )


class CaseAnswer(Answer):
    """A case as its reviewer sees it."""

    case_id: str
    state: CaseState
    level: ReviewLevel | None
    round: int
    heading: str
    registration: RegistrationAnswer | None
    hold: HoldAnswer | None
    items: tuple[ItemAnswer, ...]
    reasons: Mapping[str, tuple[ReasonAnswer, ...]]
    timeline: tuple[TimelineEntry, ...]
    unlocks_text: str | None
    send_back: SendBackAnswer | None
    overdue: tuple[Overdue, ...]
    server_time: datetime

    @classmethod
    def of(cls, opened: OpenCase, staff: Staff) -> "CaseAnswer":
        """Return the answer."""
        case, policy = opened.case, opened.policy
        items = opened.items
        previous = previous_versions(case)
        return cls(
            case_id=case.id,
            state=case.state,
            level=case.level,
            round=_round_to_show(case.state, case.round),
            heading=case.registration.heading if case.registration else "",
            registration=RegistrationAnswer.of(case, policy),
            hold=HoldAnswer.of(case.hold, staff, opened.now),
            items=tuple(ItemAnswer.of(item, opened, staff, previous.get(item.image_id)) for item in items),
            reasons=_reasons(policy, items),
            timeline=tuple(
                TimelineEntry(at=entry.at, kind=entry.kind, who=entry.who, text=entry_text(entry, policy))
                for entry in case.history
            ),
            unlocks_text=unlocks_text(case, policy, opened.times),
            send_back=SendBackAnswer.of(opened, staff),
            overdue=case.dossier.overdue if case.dossier else (),
            server_time=opened.now,
        )


class GrantAnswer(Answer):
    """Leave to look at the pictures of a case, for the header `X-View-Grant`."""

    grant: str
    expires_at: datetime

    @classmethod
    def of(cls, found: ViewGrant) -> "GrantAnswer":
        """Return the answer."""
        return cls(grant=found.grant, expires_at=found.expires_at)


def _round_to_show(state: CaseState, coming: int) -> int:
    """Return the round under review; until the candidate has answered, the one that was just finished."""
    return coming - 1 if state == "returned" else coming


def _reasons(policy: Policy, items: tuple[Item, ...]) -> dict[str, tuple[ReasonAnswer, ...]]:
    used = {item.category for item in items}
    return {
        category.code: tuple(
            ReasonAnswer(code=reason.code, label=reason.label, text=reason.text)
            for reason in category.reasons
        )
        for category in policy.categories
        if category.code in used
    }
