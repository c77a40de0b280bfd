"""What the use cases need from the world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.auth.model import Account, Activation, District, Registration, StaffMember, Stored
from services.auth.session import Session
from services.auth.tries import Tries
from shared.events.auth import AccountActivated, RegistrationChanged, SessionRevoked
from shared.events.envelope import Scope


class Registrations(Protocol):
    """The roster as the registration system gave it."""

    async def get(self, registration_id: str) -> Stored | None:
        """Return one registration."""
        ...

    async def of_candidate(self, candidate_id: str) -> list[Registration]:
        """Return a candidate's registrations, newest first."""
        ...

    async def save(
        self, registration: Registration, expected: int, event: RegistrationChanged, scope: Scope
    ) -> bool:
        """Store the registration and its event if the version is still the expected one (0 = new)."""
        ...


class Accounts(Protocol):
    """Candidates' accounts."""

    def id_of(self, username: str) -> str:
        """Return the id that a username's account has or will have."""
        ...

    async def get(self, account_id: str) -> Account | None:
        """Return one account."""
        ...

    async def ensure(self, username: str) -> None:
        """Make the account of a username if there is none."""
        ...

    async def activate(
        self, account_id: str, activation: Activation, event: AccountActivated, scope: Scope
    ) -> bool:
        """Activate the account if it is not; only one of many wins."""
        ...

    async def rehash(self, account_id: str, old: str, new: str) -> None:
        """Replace a password's hash by a stronger one of the same password."""
        ...


class Staff(Protocol):
    """Staff members."""

    def id_of(self, username: str) -> str:
        """Return the id that a username's member has or will have."""
        ...

    async def get(self, staff_id: str) -> StaffMember | None:
        """Return one staff member."""
        ...

    async def save(self, member: StaffMember) -> None:
        """Store a staff member."""
        ...

    async def use_step(self, staff_id: str, step: int, newest: int) -> bool:
        """Use up a one-time code's step; only a later one than the last is good.

        A last step beyond the newest that there can be now is from before the clock was set back.
        """
        ...


class Sessions(Protocol):
    """Families of refresh tokens."""

    async def add(self, session: Session) -> None:
        """Store a new family."""
        ...

    async def get(self, session_id: str) -> Session | None:
        """Return one family."""
        ...

    async def rotate(self, session: Session, now: datetime) -> bool:
        """Go on to the next token if nobody has meanwhile."""
        ...

    async def revoke(self, session: Session, event: SessionRevoked, scope: Scope) -> bool:
        """End the family if it has not ended."""
        ...

    async def live_of(self, account_id: str) -> list[Session]:
        """Return an account's families that were not revoked."""
        ...


class UsedTickets(Protocol):
    """Entry tickets that have served."""

    async def reserve(self, ticket_id: str) -> bool:
        """Use up a ticket; only the first time is good."""
        ...


class TryCounts(Protocol):
    """Counts of tries per account and per address."""

    async def get(self, key: str) -> Tries | None:
        """Return the count under a key."""
        ...

    async def replace(self, key: str, before: Tries | None, after: Tries) -> bool:
        """Store a count if it is still as it was."""
        ...

    async def clear(self, key: str) -> None:
        """Forget a count."""
        ...


class Places(Protocol):
    """The directory of districts and sites."""

    async def get(self, district: str) -> District | None:
        """Return one district."""
        ...

    async def save(self, district: District) -> None:
        """Store a district with its sites."""
        ...


class Passwords(Protocol):
    """Slow hashes of passwords and recovery answers."""

    async def hash(self, text: str) -> str:
        """Return the hash to store.

        Raises:
            HasherBusyError: too many wait.
        """
        ...

    async def matches(self, stored: str | None, text: str) -> bool:
        """Tell whether the text is the stored one; without one it takes as long and is false.

        Raises:
            HasherBusyError: too many wait.
        """
        ...

    def ensure_room(self) -> None:
        """Refuse before a try is counted that could not be judged.

        Raises:
            HasherBusyError: too many wait.
        """
        ...

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with weaker settings than today's."""
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the registration system vouches for: whose registration page it was."""

    id: str
    registration_id: str


class Tickets(Protocol):
    """Reads entry tickets of the registration system."""

    def read(self, text: str) -> Ticket:
        """Return the ticket.

        Raises:
            TicketInvalidError: it is not genuine, or it is over.
        """
        ...


class EntryTokens(Protocol):
    """Keeps a candidate between ticket and activation; good for nothing else."""

    def issue(self, registration_id: str) -> str:
        """Return a token."""
        ...

    def read(self, text: str) -> str:
        """Return the registration's id.

        Raises:
            EntryTokenInvalidError: it is not genuine, or it is over.
        """
        ...
