"""The queues of notify, and what each event leads to."""

from services.notify.use_cases import UseCases
from services.notify.use_cases.notices import (
    abandoned_notice,
    adjusted_notice,
    ended_notice,
    extended_notice,
    purge_notice,
    registration_in,
    result_notice,
    returned_notice,
    submitted_notice,
    unconfirmed_notice,
    withdrawn_notice,
)
from services.notify.use_cases.telling import Tell, policy_of
from shared.events import Envelope, Event
from shared.events.auth import RegistrationChanged, SessionRevoked
from shared.events.notify import MessagePosted
from shared.events.review import CaseSentBack, ResultAnnounced, SendbackDeadlineExtended
from shared.events.uploads import (
    ConfirmationWanted,
    DossierAbandoned,
    DossierChanged,
    DossierErased,
    DossierSubmitted,
    DossierWithdrawn,
    ImageReady,
    ImageRefused,
    PurgeAnnounced,
    RequirementsAdjusted,
    SendbackClosed,
)
from shared.messaging.consumer import Subscription
from shared.messaging.topology import QueueSpec

FOLLOW_REGISTRATION = QueueSpec("notify.follow-registration", (RegistrationChanged,))
FORGET_PERSON = QueueSpec("notify.forget-person", (DossierErased,))
TELL_SUBMITTED = QueueSpec("notify.tell-submitted", (DossierSubmitted,))
TELL_RETURNED = QueueSpec("notify.tell-returned", (CaseSentBack,))
TELL_RESULT = QueueSpec("notify.tell-result", (ResultAnnounced,))
TELL_PURGE = QueueSpec("notify.tell-purge", (PurgeAnnounced,))
TELL_WITHDRAWN = QueueSpec("notify.tell-withdrawn", (DossierWithdrawn,))
TELL_ABANDONED = QueueSpec("notify.tell-abandoned", (DossierAbandoned,))
TELL_EXTENDED = QueueSpec("notify.tell-extended", (SendbackDeadlineExtended,))
TELL_ADJUSTED = QueueSpec("notify.tell-adjusted", (RequirementsAdjusted,))
TELL_UNCONFIRMED = QueueSpec("notify.tell-unconfirmed", (ConfirmationWanted,))
FOLLOW_SENDBACK = QueueSpec("notify.follow-sendback", (SendbackClosed,))
FOLLOW_SESSIONS = QueueSpec("notify.follow-sessions", (SessionRevoked,))
QUEUES: tuple[QueueSpec, ...] = (
    FOLLOW_REGISTRATION,
    FORGET_PERSON,
    TELL_SUBMITTED,
    TELL_RETURNED,
    TELL_RESULT,
    TELL_PURGE,
    TELL_ADJUSTED,
    TELL_UNCONFIRMED,
    TELL_WITHDRAWN,
    TELL_ABANDONED,
    TELL_EXTENDED,
    FOLLOW_SENDBACK,
    FOLLOW_SESSIONS,
)
# What an open page wants to know at once.
LIVE_EVENTS: tuple[type[Event], ...] = (
    DossierChanged,
    DossierSubmitted,
    ImageReady,
    ImageRefused,
    ResultAnnounced,
    MessagePosted,
)


def subscriptions(use_cases: UseCases) -> list[Subscription]:
    """Return one subscription per queue."""
    tell = use_cases.tell

    async def follow_registration(event: RegistrationChanged, envelope: Envelope) -> None:
        await use_cases.follow_registration(registration_in(event, envelope), envelope.sequence)

    async def forget_person(_: DossierErased, envelope: Envelope) -> None:
        await use_cases.forget_person(envelope.registration, envelope.scope)

    async def follow_sendback(event: SendbackClosed, envelope: Envelope) -> None:
        await use_cases.close_sendback(event.sendback_id, envelope.registration)
        notice = ended_notice(event, envelope)
        if notice is not None:
            await tell(notice)

    async def note_revocation(event: SessionRevoked, _: Envelope) -> None:
        await use_cases.note_revocation(event.session_id, event.revoked_at)

    return [
        Subscription(FOLLOW_REGISTRATION, {RegistrationChanged: follow_registration}),
        Subscription(FORGET_PERSON, {DossierErased: forget_person}),
        *_tellings(tell),
        *_tellings_of_standing(tell),
        Subscription(FOLLOW_SENDBACK, {SendbackClosed: follow_sendback}),
        Subscription(FOLLOW_SESSIONS, {SessionRevoked: note_revocation}),
    ]


def _tellings(tell: Tell) -> list[Subscription]:
    """Return the subscriptions to what is told and changes nothing else."""

    async def tell_submitted(event: DossierSubmitted, envelope: Envelope) -> None:
        await tell(submitted_notice(event, envelope))

    async def tell_returned(event: CaseSentBack, envelope: Envelope) -> None:
        await tell(returned_notice(event, envelope))

    async def tell_result(event: ResultAnnounced, envelope: Envelope) -> None:
        await tell(result_notice(event, envelope))

    async def tell_adjusted(event: RequirementsAdjusted, envelope: Envelope) -> None:
        await tell(adjusted_notice(event, envelope, policy_of(tell.policies, envelope.scope)))

    async def tell_unconfirmed(event: ConfirmationWanted, envelope: Envelope) -> None:
        await tell(unconfirmed_notice(event, envelope, policy_of(tell.policies, envelope.scope)))

    async def tell_purge(event: PurgeAnnounced, envelope: Envelope) -> None:
        await tell(purge_notice(event, envelope))

    return [
        Subscription(TELL_SUBMITTED, {DossierSubmitted: tell_submitted}),
        Subscription(TELL_RETURNED, {CaseSentBack: tell_returned}),
        Subscription(TELL_RESULT, {ResultAnnounced: tell_result}),
        Subscription(TELL_PURGE, {PurgeAnnounced: tell_purge}),
        Subscription(TELL_ADJUSTED, {RequirementsAdjusted: tell_adjusted}),
        Subscription(TELL_UNCONFIRMED, {ConfirmationWanted: tell_unconfirmed}),
    ]


def _tellings_of_standing(tell: Tell) -> list[Subscription]:
    """Return the subscriptions to what changes whether and until when the candidate may act."""

    async def tell_withdrawn(event: DossierWithdrawn, envelope: Envelope) -> None:
        await tell(withdrawn_notice(event, envelope))

    async def tell_abandoned(event: DossierAbandoned, envelope: Envelope) -> None:
        await tell(abandoned_notice(event, envelope))

    async def tell_extended(event: SendbackDeadlineExtended, envelope: Envelope) -> None:
        await tell(extended_notice(event, envelope))

    return [
        Subscription(TELL_WITHDRAWN, {DossierWithdrawn: tell_withdrawn}),
        Subscription(TELL_ABANDONED, {DossierAbandoned: tell_abandoned}),
        Subscription(TELL_EXTENDED, {SendbackDeadlineExtended: tell_extended}),
    ]
