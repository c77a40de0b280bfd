"""What review listens to."""

from services.review.use_cases import UseCases
from shared.events import Envelope
from shared.events.auth import RegistrationChanged, SessionRevoked
from shared.events.uploads import (
    DossierChanged,
    DossierClaimRefused,
    DossierClosed,
    DossierErased,
    DossierLocked,
    DuplicateFound,
    SendbackClosed,
    SendbackWithdrawalRefused,
)
from shared.messaging.consumer import Subscription
from shared.messaging.topology import QueueSpec

FOLLOW_REGISTRATION = QueueSpec("review.follow-registration", (RegistrationChanged,))
FOLLOW_DOSSIER = QueueSpec(
    "review.follow-dossier",
    (
        DossierChanged,
        DossierLocked,
        DossierClaimRefused,
        DossierClosed,
        DossierErased,
        SendbackClosed,
        SendbackWithdrawalRefused,
    ),
)
NOTE_DUPLICATE = QueueSpec("review.note-duplicate", (DuplicateFound,))
FOLLOW_SESSIONS = QueueSpec("review.follow-sessions", (SessionRevoked,))

QUEUES: tuple[QueueSpec, ...] = (FOLLOW_REGISTRATION, FOLLOW_DOSSIER, NOTE_DUPLICATE, FOLLOW_SESSIONS)


def subscriptions(use_cases: UseCases) -> list[Subscription]:
    """Return one subscription per queue."""

    async def follow_registration(event: RegistrationChanged, envelope: Envelope) -> None:
        await use_cases.follow_registration(event.registration_id, event, envelope.sequence)

    async def note_duplicate(event: DuplicateFound, envelope: Envelope) -> None:
        await use_cases.note_duplicate(envelope.registration, envelope.scope, event)

    async def note_revocation(event: SessionRevoked, _: Envelope) -> None:
        await use_cases.note_revocation(event.session_id, event.revoked_at)

    return [
        Subscription(FOLLOW_REGISTRATION, {RegistrationChanged: follow_registration}),
        _follow_dossier(use_cases),
        Subscription(NOTE_DUPLICATE, {DuplicateFound: note_duplicate}),
        Subscription(FOLLOW_SESSIONS, {SessionRevoked: note_revocation}),
    ]


def _follow_dossier(use_cases: UseCases) -> Subscription:
    async def follow_dossier(event: DossierChanged, envelope: Envelope) -> None:
        await use_cases.follow_dossier(envelope.registration, event, envelope.sequence, envelope.scope.policy)

    async def begin_review(event: DossierLocked, envelope: Envelope) -> None:
        await use_cases.begin_review(envelope.registration, event, envelope.sequence, envelope.scope.policy)

    async def end_refused_claim(event: DossierClaimRefused, envelope: Envelope) -> None:
        await use_cases.end_refused_claim(envelope.registration, event)

    async def close_case(_: DossierClosed, envelope: Envelope) -> None:
        await use_cases.close_case(envelope.registration)

    async def forget_person(_: DossierErased, envelope: Envelope) -> None:
        await use_cases.forget_person(envelope.registration)

    async def note_send_back_closed(event: SendbackClosed, envelope: Envelope) -> None:
        await use_cases.note_send_back_closed(envelope.registration, event)

    async def note_refused_withdrawal(event: SendbackWithdrawalRefused, envelope: Envelope) -> None:
        await use_cases.note_refused_withdrawal(envelope.registration, event)

    return Subscription(
        FOLLOW_DOSSIER,
        {
            DossierChanged: follow_dossier,
            DossierLocked: begin_review,
            DossierClaimRefused: end_refused_claim,
            DossierClosed: close_case,
            DossierErased: forget_person,
            SendbackClosed: note_send_back_closed,
            SendbackWithdrawalRefused: note_refused_withdrawal,
        },
    )
