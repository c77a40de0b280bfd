"""What uploads listens to."""

from services.uploads.use_cases import UseCases
from services.uploads.use_cases.carrying import CopyImages
from services.uploads.use_cases.duplicates import FindDuplicates
from services.uploads.use_cases.rewatermarking import PicturesInHand
from services.uploads.use_cases.watermarking import WatermarkImage
from shared.events import Envelope
from shared.events.auth import RegistrationChanged, SessionRevoked
from shared.events.review import (
    CaseClaimed,
    CaseDecided,
    CaseReleased,
    CaseSentBack,
    SendbackDeadlineExtended,
    SendbackWithdrawalRequested,
)
from shared.events.uploads import ComparisonRequested, CopiesWanted, ImageReceived
from shared.messaging.consumer import Subscription
from shared.messaging.topology import QueueSpec

FOLLOW_REGISTRATION = QueueSpec("uploads.follow-registration", (RegistrationChanged,))
HOLD_DOSSIER = QueueSpec(
    "uploads.hold-dossier",
    (
        CaseClaimed,
        CaseReleased,
        CaseSentBack,
        CaseDecided,
        SendbackWithdrawalRequested,
        SendbackDeadlineExtended,
    ),
)
FOLLOW_SESSIONS = QueueSpec("uploads.follow-sessions", (SessionRevoked,))
# A crash counts against every message in hand: two keep the innocent few.
WATERMARK_IMAGE = QueueSpec("uploads.watermark-image", (ImageReceived,), prefetch=2)
# Comparing two pictures takes long: one at a time.
FIND_DUPLICATES = QueueSpec("uploads.find-duplicates", (ComparisonRequested,), prefetch=1)
COPY_IMAGES = QueueSpec("uploads.copy-images", (CopiesWanted,), prefetch=2)

QUEUES: tuple[QueueSpec, ...] = (
    FOLLOW_REGISTRATION,
    HOLD_DOSSIER,
    FOLLOW_SESSIONS,
    WATERMARK_IMAGE,
    FIND_DUPLICATES,
    COPY_IMAGES,
)


def subscriptions(use_cases: UseCases) -> list[Subscription]:
    """Return the subscriptions of the `api` role."""
    return [
        _follow_registration(use_cases),
        _hold_dossier(use_cases),
        _follow_sessions(use_cases),
    ]


def worker_subscriptions(
    watermark_image: WatermarkImage,
    find_duplicates: FindDuplicates,
    copy_images: CopyImages,
    in_hand: PicturesInHand,
) -> list[Subscription]:
    """Return the subscriptions of the `worker` role."""

    async def watermark(event: ImageReceived, envelope: Envelope) -> None:
        with in_hand.one():
            await watermark_image(envelope.registration, event.image_id)

    async def compare(event: ComparisonRequested, envelope: Envelope) -> None:
        await find_duplicates(envelope.registration, event.image_id)

    async def copy(_: CopiesWanted, envelope: Envelope) -> None:
        await copy_images(envelope.registration)

    return [
        Subscription(WATERMARK_IMAGE, {ImageReceived: watermark}),
        Subscription(FIND_DUPLICATES, {ComparisonRequested: compare}),
        Subscription(COPY_IMAGES, {CopiesWanted: copy}),
    ]


def _follow_registration(use_cases: UseCases) -> Subscription:
    async def follow(event: RegistrationChanged, envelope: Envelope) -> None:
        await use_cases.follow_registration(event, envelope.sequence)

    return Subscription(FOLLOW_REGISTRATION, {RegistrationChanged: follow})


def _hold_dossier(use_cases: UseCases) -> Subscription:
    async def claimed(event: CaseClaimed, envelope: Envelope) -> None:
        await use_cases.lock_for_review(envelope.registration, event, envelope.occurred_at)

    async def released(event: CaseReleased, envelope: Envelope) -> None:
        await use_cases.release_hold(envelope.registration, event)

    async def sent_back(event: CaseSentBack, envelope: Envelope) -> None:
        await use_cases.open_send_back(envelope.registration, event)

    async def decided(event: CaseDecided, envelope: Envelope) -> None:
        await use_cases.apply_decision(envelope.registration, event)

    async def withdrawn(event: SendbackWithdrawalRequested, envelope: Envelope) -> None:
        await use_cases.withdraw_send_back(envelope.registration, event)

    async def extended(event: SendbackDeadlineExtended, envelope: Envelope) -> None:
        await use_cases.extend_send_back(envelope.registration, event)

    return Subscription(
        HOLD_DOSSIER,
        {
            CaseClaimed: claimed,
            CaseReleased: released,
            CaseSentBack: sent_back,
            CaseDecided: decided,
            SendbackWithdrawalRequested: withdrawn,
            SendbackDeadlineExtended: extended,
        },
    )


def _follow_sessions(use_cases: UseCases) -> Subscription:
    async def note_revocation(event: SessionRevoked, _: Envelope) -> None:
        await use_cases.note_revocation(event.session_id, event.revoked_at)

    return Subscription(FOLLOW_SESSIONS, {SessionRevoked: note_revocation})
