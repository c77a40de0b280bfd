"""The case as it follows what auth and uploads say: pure, and indifferent to repeats and old news."""

from dataclasses import replace
from datetime import datetime

from services.review.errors import StrangeHoldError
from services.review.model import (
    AWAITING,
    LEVELS,
    Case,
    Dossier,
    Entry,
    Hold,
    Item,
    Manifest,
    Person,
    Registration,
)
from shared.events.auth import RegistrationChanged
from shared.events.review import ReviewLevel
from shared.events.uploads import (
    DossierChanged,
    DossierClaimRefused,
    DossierLocked,
    ManifestItem,
    SendbackClosed,
)
from shared.policy.model import Policy
from shared.policy.values import ResubmitTo


def levels_of(policy: Policy) -> tuple[ReviewLevel, ...]:
    """Return the levels a dossier is reviewed on, lowest first."""
    return tuple(level for level in LEVELS if level in policy.review.levels)


def follow_registration(case: Case, event: RegistrationChanged, sequence: int) -> Case:
    """Take over the registration's state; older news changes nothing, nor any of who was forgotten."""
    if sequence <= case.seen_auth or case.erased_at is not None:
        return case
    private = event.private
    person = Person(
        name=private.name,
        id_type=private.id_type,
        id_number=private.id_number,
        phone=private.phone,
        admission_ticket_no=private.admission_ticket_no,
        category_name=private.category_name,
        district_name=private.district_name,
        site_name=private.site_name,
        attributes=dict(private.attributes),
    )
    registration = Registration(
        candidate_id=event.candidate_id,
        session=event.session,
        category_code=event.category_code,
        level=event.level,
        district=event.district,
        site=event.site,
        active=event.status == "active",
        person=person,
    )
    return replace(case, registration=registration, seen_auth=sequence)


def follow_dossier(case: Case, event: DossierChanged, sequence: int, policy: Policy, now: datetime) -> Case:
    """Take over the dossier's state; older news changes nothing."""
    if case.dossier is not None and sequence <= case.dossier.sequence:
        return case
    dossier = Dossier(
        sequence=sequence,
        stage=event.stage,
        revision=event.revision,
        submissions=event.submissions,
        submitted_at=event.submitted_at,
        image_count=event.image_count,
        hold=event.hold,
        overdue=event.overdue,
        doubtful=event.doubtful,
    )
    case = replace(case, dossier=dossier, policy=policy.version)
    if dossier.stage == "submitted":
        return _put_forward(case, dossier, policy, now)
    if dossier.stage == "returned" and event.send_back is None:
        return _left_unanswered(case, dossier, now)
    if dossier.stage in {"draft", "returned", "abandoned", "closed"}:
        return _taken_back(case, now)
    return case


def _put_forward(case: Case, dossier: Dossier, policy: Policy, now: datetime) -> Case:
    since = dossier.submitted_at or now
    if case.state == "collecting":
        first = levels_of(policy)[0]
        entry = Entry(since, "submitted", count=dossier.image_count)
        return replace(
            case, state=AWAITING[first], since=since, resubmitted=False, history=(*case.history, entry)
        )
    if case.state == "returned" and _answers_the_send_back(case, dossier):
        level = _level_that_gets_the_answer(case, policy)
        entry = Entry(since, "resubmitted", count=dossier.image_count)
        return replace(
            case, state=AWAITING[level], since=since, resubmitted=True, history=(*case.history, entry)
        )
    return case


def _answers_the_send_back(case: Case, dossier: Dossier) -> bool:
    """Tell an answer from late news about the submission that was sent back.

    From the lock until uploads applies the send-back, the dossier keeps the hold of the decision.
    """
    if case.manifest is None or case.decision is None:
        return False
    return dossier.sequence > case.manifest.sequence and dossier.hold != case.decision.hold


def _level_that_gets_the_answer(case: Case, policy: Policy) -> ReviewLevel:
    if policy.resubmit.to is ResubmitTo.FIRST or case.send_back is None:
        return levels_of(policy)[0]
    return case.send_back.level


def _left_unanswered(case: Case, dossier: Dossier, now: datetime) -> Case:
    """Put a case whose send-back has expired before the level that asked: the candidate can do no more."""
    if case.state != "returned" or case.send_back is None or not _answers_the_send_back(case, dossier):
        return case
    return replace(case, state=AWAITING[case.send_back.level], since=now, resubmitted=False)


def _taken_back(case: Case, now: datetime) -> Case:
    """Let go of a case that is no longer up: until the first decision, or until it is answered again."""
    with_candidate = case.decision is None or case.decision.outcome == "send_back"
    if not with_candidate or case.state not in AWAITING.values():
        return case
    if case.hold is not None and case.hold.state == "locked":
        return case
    return replace(case, state="collecting" if case.decision is None else "returned", since=now)


def lock(case: Case, event: DossierLocked, sequence: int, policy: Policy) -> Case:
    """Let the reviewer begin: the dossier is frozen for this hold.

    Raises:
        StrangeHoldError: no such hold was ever given.
    """
    hold = _addressed(case, event.hold)
    if hold is None or hold.state != "waiting":
        return case
    manifest = Manifest(
        hold=event.hold,
        sequence=sequence,
        revision=event.revision,
        items=tuple(_item(item) for item in event.items),
    )
    return replace(case, hold=replace(hold, state="locked"), manifest=manifest, policy=policy.version)


def _item(item: ManifestItem) -> Item:
    return Item(item.image_id, item.category, item.slot, item.width, item.height, item.replaces, item.doubts)


def refuse(case: Case, event: DossierClaimRefused, now: datetime) -> Case:
    """End a claim that uploads did not grant.

    Raises:
        StrangeHoldError: no such hold was ever given.
    """
    hold = _addressed(case, event.hold)
    if hold is None or hold.state != "waiting":
        return case
    entry = Entry(now, "claim_refused", hold.level, hold.display_name, text=event.reason)
    refused = replace(hold, state="refused", refusal=event.reason)
    return replace(case, hold=refused, history=(*case.history, entry))


def _addressed(case: Case, number: int) -> Hold | None:
    if number > case.last_hold:
        raise StrangeHoldError(f"hold {number} of case {case.id} was never given")
    return case.hold if case.hold is not None and case.hold.number == number else None


def close(case: Case, now: datetime) -> Case:
    """End the case of a registration that was replaced: no desk has it any more, its history stays."""
    if case.state == "closed":
        return case
    entry = Entry(now, "closed")
    return replace(case, state="closed", since=now, hold=None, history=(*case.history, entry))


def close_send_back(case: Case, event: SendbackClosed, now: datetime) -> Case:
    """Note how the open send-back ended."""
    send_back = case.send_back
    if send_back is None or send_back.id != event.sendback_id or send_back.outcome is not None:
        return case
    case = replace(case, send_back=replace(send_back, outcome=event.outcome))
    if event.outcome != "expired":
        return case
    return replace(case, history=(*case.history, Entry(now, "sendback_expired", send_back.level)))
