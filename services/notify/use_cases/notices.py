"""From events to what notify keeps and tells: pure, so that the wording's rules are read in one place."""

from datetime import datetime

from services.notify.model import Author, Notice, Registration
from shared.events import Envelope, Scope
from shared.events.auth import RegistrationChanged
from shared.events.review import CaseSentBack, ResultAnnounced
from shared.events.uploads import DossierSubmitted
from shared.policy.values import NoticeKind


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


def expired_notice(envelope: Envelope) -> Notice:
    """Return the notice that a send-back was not answered in time (S0-32)."""
    return _notice(envelope, NoticeKind.SENDBACK_EXPIRED)


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
