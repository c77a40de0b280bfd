"""The bench's candidates: registrations that auth might have told of, and their access tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deploy.embedded import System
from shared.clock import SharedOffsetClock, SystemClock
from shared.events import Scope
from shared.events.writer import EventWriter
from shared.ids import derived_id
from shared.keys import KeyRing
from shared.messaging.publisher import publishing
from shared.sealing import Sealer
from shared.settings import BrokerSettings
from shared.web.identity import CandidateCaller, TokenSigner
from tests.support.envelopes import a_registration_state

# What a candidate of the demo policy may hand in: category and slot.
PLACES: tuple[tuple[str, str | None], ...] = (
    ("id_proof", "front"),
    ("id_proof", "back"),
    ("id_proof", "handheld"),
    *(("diploma", None),) * 2,
    *(("probation_proof", None),) * 4,
    ("institution_licence", None),
)
ATTRIBUTES = {
    "discipline": "clinical",
    "education": "bachelor",
    "route": "degree",
    "id_type": "id_card",
    "employer_type": "grade_3a",
    "probation_employers": 1,
}
SIGN_AGAIN_AFTER = timedelta(minutes=2)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class BenchCandidate:
    """One invented candidate who has signed in."""

    registration_id: str
    candidate_id: str
    signer: TokenSigner
    _token: str = ""
    _signed_at: datetime = NEVER

    @property
    def token(self) -> str:
        """Return an access token that is good now."""
        now = self.signer.clock.now()
        if now - self._signed_at > SIGN_AGAIN_AFTER:
            caller = CandidateCaller(self.candidate_id, derived_id("bench", "session", self.candidate_id))
            self._token, self._signed_at = self.signer.access(caller), now
        return self._token


def candidates(system: System, first: int, number: int) -> list[BenchCandidate]:
    """Return so many candidates, the same ones in every run."""
    signer = signer_of(system)
    return [
        BenchCandidate(
            derived_id("bench", "registration", str(each)),
            derived_id("bench", "candidate", str(each)),
            signer,
        )
        for each in range(first, first + number)
    ]


def signer_of(system: System) -> TokenSigner:
    """Return who signs candidates in without auth's passwords: those are not what is measured."""
    layout = system.plan.layout
    return TokenSigner(KeyRing(layout.keys / "auth").signing("tokens"), SharedOffsetClock(layout.clock))


async def registered(system: System, people: list[BenchCandidate]) -> None:
    """Tell every service of the candidates' registrations, as auth does after an import."""
    sealer = Sealer.of("auth", KeyRing(system.plan.layout.keys / "auth"))
    writer = EventWriter("auth", SystemClock(), sealer)
    broker = BrokerSettings.model_validate({"url": system.broker_url("auth")})
    async with publishing(broker, "bench") as publisher:
        for person in people:
            event = a_registration_state(
                {"attributes": ATTRIBUTES},
                registration_id=person.registration_id,
                candidate_id=person.candidate_id,
            )
            scope = Scope(registration=person.registration_id, candidate=person.candidate_id)
            await publisher.publish(
                writer.envelope(
                    event, subject=f"registration:{person.registration_id}", sequence=1, scope=scope
                )
            )


def places(people: Sequence[BenchCandidate]) -> Iterator[tuple[BenchCandidate, str, str | None]]:
    """Yield every place that the candidates may fill, all candidates' first ones first."""
    for category, slot in PLACES:
        for person in people:
            yield person, category, slot
