"""What the signed-in see about themselves, and what everyone sees first."""

from dataclasses import dataclass

from services.auth.errors import SessionEndedError
from services.auth.model import Card, District, Registration, StaffMember
from services.auth.ports import Places, Registrations, Sessions, Staff
from shared.clock import Clock
from shared.policy.errors import PolicyNotFoundError
from shared.policy.loader import PolicyBook
from shared.policy.model import Policy
from shared.policy.office import Window
from shared.policy.values import UploadButton


@dataclass(frozen=True, slots=True)
class Cards:
    """Makes cards of registrations with what the policy says about them now."""

    policies: PolicyBook
    clock: Clock

    def card(self, registration: Registration) -> Card:
        """Return a registration's card."""
        return Card(registration, self._has_button(registration))

    def policy(self, registration: Registration) -> Policy:
        """Return the active policy of a registration.

        Raises:
            PolicyNotFoundError: its district takes no part.
        """
        return self.policies.resolve(registration.session, registration.district, registration.site)

    def _has_button(self, registration: Registration) -> bool:
        try:
            policy = self.policy(registration)
        except PolicyNotFoundError:
            return False
        match policy.entry.upload_button:
            case UploadButton.OFF:
                return False
            case UploadButton.ALWAYS:
                return True
            case UploadButton.IN_WINDOW:
                return self._is_open(policy.deadline.upload_window)

    def _is_open(self, window: Window) -> bool:
        now = self.clock.now()
        return (window.open is None or window.open <= now) and (window.close is None or now < window.close)


@dataclass(frozen=True, slots=True)
class CandidateProfile:
    """A candidate and the registrations."""

    candidate_id: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ShowCandidate:
    """Show a candidate the own registrations.

    Raises:
        SessionEndedError: the session was revoked meanwhile.
    """

    sessions: Sessions
    registrations: Registrations
    cards: Cards
    clock: Clock

    async def __call__(self, candidate_id: str, session_id: str) -> CandidateProfile:
        """Return the profile."""
        await _live(self.sessions, self.clock, session_id)
        found = await self.registrations.of_candidate(candidate_id)
        active = [registration for registration in found if registration.status == "active"]
        return CandidateProfile(candidate_id, tuple(map(self.cards.card, active)))


@dataclass(frozen=True, slots=True)
class StaffProfile:
    """A staff member and the names of the jurisdiction."""

    member: StaffMember
    place: District | None

    @property
    def site_name(self) -> str | None:
        """Return the name of the member's site."""
        return self.place.sites.get(self.member.site) if self.place and self.member.site else None


@dataclass(frozen=True, slots=True)
class ShowStaff:
    """Show a staff member the own role and jurisdiction.

    Raises:
        SessionEndedError: the session was revoked or the member disabled meanwhile.
    """

    sessions: Sessions
    staff: Staff
    places: Places
    clock: Clock

    async def __call__(self, staff_id: str, session_id: str) -> StaffProfile:
        """Return the profile."""
        await _live(self.sessions, self.clock, session_id)
        member = await self.staff.get(staff_id)
        if member is None or member.disabled:
            raise SessionEndedError
        return StaffProfile(member, await self.places.get(member.district))


@dataclass(frozen=True, slots=True)
class ShowPortal:
    """Show the head of the page before anyone is known (S0-01)."""

    policies: PolicyBook

    def __call__(self) -> Policy:
        """Return the first active policy."""
        return self.policies.default


async def _live(sessions: Sessions, clock: Clock, session_id: str) -> None:
    session = await sessions.get(session_id)
    if session is None or not session.is_live(clock.now()):
        raise SessionEndedError
