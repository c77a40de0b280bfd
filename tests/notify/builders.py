"""Values for tests of notify, and notify as a whole over fakes."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.notify.app import Ports, build_duties, build_use_cases
from services.notify.consumers import subscriptions
from services.notify.live import LiveHub
from services.notify.sms import Sms
from services.notify.use_cases import Duties, UseCases
from shared.events import Envelope, Event, Scope
from shared.events.auth import RegistrationChanged
from shared.events.review import (
    CaseSentBack,
    DecisionPrivate,
    ResultAnnounced,
    ReviewLevel,
    SentBackItem,
    SentBackItemText,
    SentBackPrivate,
)
from shared.events.uploads import DossierSubmitted
from shared.messaging.consumer import Outcome
from shared.policy.loader import PolicyBook, load_policy
from tests.notify.fakes import (
    InMemoryMessages,
    InMemoryRegistrations,
    InMemorySendbacks,
    InMemorySms,
    ScriptedGateway,
)
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.envelopes import SCOPE as UNRULED
from tests.support.envelopes import a_registration_state, delivered, enveloped
from tests.support.fakes import InMemoryRevocations

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"
SHANDONG = load_policy(POLICIES / "shandong-2020.yaml")
SCOPE = UNRULED.model_copy(update={"policy": SHANDONG.version})
PHONE = "13900000001"
REASON = "毕业证编号无法辨别，请重新上传！"


@dataclass
class Notify:
    """Notify over fakes: events in, and everything else to look at."""

    clock: StandingClock = field(default_factory=StandingClock)
    machine: StandingClock = field(default_factory=StandingClock)
    registrations: InMemoryRegistrations = field(default_factory=InMemoryRegistrations)
    messages: InMemoryMessages = field(default_factory=InMemoryMessages)
    sendbacks: InMemorySendbacks = field(default_factory=InMemorySendbacks)
    sms: InMemorySms = field(default_factory=InMemorySms)
    revoked_sessions: InMemoryRevocations = field(default_factory=InMemoryRevocations)
    hub: LiveHub = field(default_factory=LiveHub)

    def __post_init__(self) -> None:
        """Wire it as the running service is wired."""
        self.gateway = ScriptedGateway(self.machine)
        ports = Ports(
            clock=self.clock,
            machine=self.machine,
            policies=PolicyBook.of([SHANDONG]),
            registrations=self.registrations,
            messages=self.messages,
            sendbacks=self.sendbacks,
            sms=self.sms,
            revoked_sessions=self.revoked_sessions,
        )
        self.use_cases: UseCases = build_use_cases(ports, self.hub)
        self.duties: Duties = build_duties(ports, self.gateway)

    async def hear(self, event: Event, envelope: Envelope | None = None) -> Outcome:
        """Handle an event as the consumer does."""
        return await delivered(subscriptions(self.use_cases), event, envelope or an_envelope(event))

    async def know_the_candidate(self, phone: str = PHONE) -> None:
        """Hear of the registration."""
        await self.hear(a_registration(phone=phone))


def an_envelope(
    event: Event, *, sequence: int = 1, at: datetime = A_MORNING, scope: Scope = SCOPE
) -> Envelope:
    """Return an event as its producer sends it."""
    return enveloped(event, sequence=sequence, at=at, scope=scope)


def a_registration(phone: str = PHONE, candidate_id: str = "c1") -> RegistrationChanged:
    """Return the registration's state."""
    return a_registration_state({"phone": phone}, candidate_id=candidate_id)


def a_submission(at: datetime = A_MORNING) -> DossierSubmitted:
    """Return a submission."""
    return DossierSubmitted(revision=9, submissions=1, image_count=5, submitted_at=at)


def a_send_back(
    *texts: str, release_at: datetime = A_MORNING, label: str = "编号无法辨别", sendback_id: str = "b1"
) -> CaseSentBack:
    """Return a send-back with a text for each picture."""
    words = texts or (REASON,)
    return CaseSentBack(
        hold=1,
        level="site",
        round=1,
        sendback_id=sendback_id,
        items=tuple(
            SentBackItem(image_id=f"i{at}", category="diploma", slot=None, reason_code="number_unreadable")
            for at, _ in enumerate(words)
        ),
        verdicts=(),
        deadline=None,
        release_at=release_at,
        private=SentBackPrivate(items=tuple(SentBackItemText(label=label, text=text) for text in words)),
    )


def a_result(
    outcome: str = "passed",
    *,
    level: ReviewLevel = "district",
    final: bool = True,
    comment: str = "",
    release_at: datetime = A_MORNING,
) -> ResultAnnounced:
    """Return an announced result."""
    return ResultAnnounced.model_validate(
        {
            "level": level,
            "outcome": outcome,
            "final": final,
            "release_at": release_at,
            "private": DecisionPrivate(comment=comment),
        }
    )


def an_sms(sms_id: str = "s1", *, release_at: datetime = A_MORNING, retry_at: datetime = A_MORNING) -> Sms:
    """Return a queued SMS."""
    return Sms(
        id=sms_id,
        registration_id="r1",
        scope=SCOPE,
        kind="returned",
        signature="山东卫健委医管中心",
        text="有新的审核通知",
        release_at=release_at,
        retry_at=retry_at,
    )
