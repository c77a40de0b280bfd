"""From events to what notify keeps and tells: pure, so that the wording's rules are read in one place."""

from collections.abc import Mapping
from datetime import datetime

from services.notify.model import Author, Notice, Registration
from shared.clock import shanghai_text
from shared.events import Envelope, Scope
from shared.events.auth import RegistrationChanged
from shared.events.review import CaseSentBack, ResultAnnounced, SendbackDeadlineExtended
from shared.events.uploads import (
    ConfirmationWanted,
    DossierAbandoned,
    DossierSubmitted,
    DossierWithdrawn,
    Overdue,
    PurgeAnnounced,
    RequirementsAdjusted,
    SendbackClosed,
)
from shared.policy.model import Policy
from shared.policy.values import NoticeKind

MISSED: Mapping[Overdue, str] = {"first_upload": "上传", "supplement": "补充", "due_paper": "补交"}
ENDS: Mapping[str, NoticeKind] = {
    "expired": NoticeKind.SENDBACK_EXPIRED,
    "withdrawn": NoticeKind.SENDBACK_WITHDRAWN,
}


def registration_in(event: RegistrationChanged, envelope: Envelope) -> Registration:
    """Return what notify keeps of a registration."""
    return Registration(
        id=event.registration_id,
        candidate_id=event.candidate_id,
        scope=Scope(
            registration=event.registration_id,
            candidate=event.candidate_id,
            session=event.session,
            district=event.district,
            site=event.site,
            policy=envelope.scope.policy,
        ),
        name=event.private.name,
        phone=event.private.phone.strip(),
    )


def submitted_notice(event: DossierSubmitted, envelope: Envelope) -> Notice:
    """Return the proof of a submission, with the receipt's own time (S0-22, S0-23)."""
    return _notice(envelope, NoticeKind.SUBMITTED, at=event.submitted_at)


def returned_notice(event: CaseSentBack, envelope: Envelope) -> Notice:
    """Return the reviewer's words, in the order of the pictures (S0-29)."""
    return _notice(
        envelope,
        NoticeKind.RETURNED,
        release_at=event.release_at,
        author="staff",
        words=tuple(item.text or item.label for item in event.private.items),
        sendback_id=event.sendback_id,
    )


def result_notice(event: ResultAnnounced, envelope: Envelope) -> Notice:
    """Return a result; a rejection shows the reviewer's comment."""
    rejected = event.outcome == "rejected"
    passed = NoticeKind.PASSED if event.final else NoticeKind.SITE_PASSED
    return _notice(
        envelope,
        NoticeKind.REJECTED if rejected else passed,
        release_at=event.release_at,
        author="staff" if rejected else "system",
        words=(event.private.comment,) if rejected else (),
    )


def withdrawn_notice(event: DossierWithdrawn, envelope: Envelope) -> Notice:
    """Return the proof that the candidate has pulled the dossier back, with the instant of it."""
    return _notice(envelope, NoticeKind.WITHDRAWN, at=event.withdrawn_at)


def abandoned_notice(event: DossierAbandoned, envelope: Envelope) -> Notice:
    """Return the notice that what was missed counts as giving up, with what it was and since when."""
    return _notice(
        envelope,
        NoticeKind.ABANDONED,
        words=(f"{MISSED[event.missed]}截止时间：{shanghai_text(event.missed_at)}",),
    )


def ended_notice(event: SendbackClosed, envelope: Envelope) -> Notice | None:
    """Return the notice that a send-back was not answered in time (S0-32) or was taken back."""
    kind = ENDS.get(event.outcome)
    return _notice(envelope, kind) if kind else None


def extended_notice(event: SendbackDeadlineExtended, envelope: Envelope) -> Notice:
    """Return the notice that there is more time for a send-back, with the new deadline."""
    return _notice(
        envelope,
        NoticeKind.SENDBACK_EXTENDED,
        words=(f"新的截止时间：{shanghai_text(event.deadline)}",),
    )


def purge_notice(event: PurgeAnnounced, envelope: Envelope) -> Notice:
    """Return the notice that the dossier will be deleted, with the instant."""
    return _notice(
        envelope, NoticeKind.PURGE_ANNOUNCED, words=(f"删除时间：{shanghai_text(event.purge_at)}",)
    )


def adjusted_notice(event: RequirementsAdjusted, envelope: Envelope, policy: Policy) -> Notice:
    """Return which papers are needed anew, missing and no longer needed, by name (S3-06, S4-06)."""
    lines = (
        ("新增", _names(policy, event.added)),
        ("还没有上传", _names(policy, event.missing)),
        ("不再需要", _names(policy, event.dropped)),
    )
    words = [f"{label}：{names}。" for label, names in lines if names]
    if event.reopened:
        words.append("材料已重新开放，请补齐后再次提交审核。")
    return _notice(envelope, NoticeKind.REQUIREMENTS_ADJUSTED, words=tuple(words))


def unconfirmed_notice(event: ConfirmationWanted, envelope: Envelope, policy: Policy) -> Notice:
    """Return that pictures wait for the candidate's word, and of which papers."""
    words = (f"等您确认的有 {event.images} 张：{_names(policy, event.categories)}。",)
    return _notice(envelope, NoticeKind.CONFIRMATION_WANTED, words=words)


def _names(policy: Policy, codes: tuple[str, ...]) -> str:
    return "、".join(_name(policy, code) for code in codes)


def _name(policy: Policy, code: str) -> str:
    """Return a category's name; of a group, every paper that would do."""
    group = next((each for each in policy.groups if each.code == code), None)
    categories = [policy.find_category(each) for each in (group.any_of if group else (code,))]
    names = "或".join(each.name for each in categories if each is not None)
    return f"{names}（任一即可）" if group else names


def _notice(
    envelope: Envelope,
    kind: NoticeKind,
    *,
    at: datetime | None = None,
    release_at: datetime | None = None,
    author: Author = "system",
    words: tuple[str, ...] = (),
    sendback_id: str | None = None,
) -> Notice:
    is_held_back = release_at is not None and release_at > envelope.occurred_at
    return Notice(
        event_id=envelope.id,
        kind=kind,
        registration_id=envelope.registration,
        scope=envelope.scope,
        at=release_at if is_held_back and release_at else at or envelope.occurred_at,
        # What is out at once must not wait for clocks that differ by a second.
        release_at=release_at if is_held_back else None,
        author=author,
        words=words,
        sendback_id=sendback_id,
    )
