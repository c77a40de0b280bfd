"""Auth's ports in memory; the contract suite holds them to what the real adapters do."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.auth.model import Account, Activation, District, Registration, StaffMember, Stored, folded
from services.auth.session import Session
from services.auth.tries import Tries
from shared.events.auth import AccountActivated, RegistrationChanged, SessionRevoked
from shared.events.envelope import Event, Scope
from shared.ids import derived_id


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it left: what, about whom, the how-manieth, and for whom it is of interest."""

    event: Event
    subject: str
    sequence: int
    scope: Scope


Telling = list[Told]


@dataclass
class InMemoryRegistrations:
    """Registrations in a dictionary."""

    told: Telling
    items: dict[str, Stored] = field(default_factory=dict)

    async def get(self, registration_id: str) -> Stored | None:
        """Return one registration."""
        return self.items.get(registration_id)

    async def of_candidate(self, candidate_id: str) -> list[Registration]:
        """Return a candidate's registrations, newest first."""
        found = (item.registration for item in self.items.values())
        own = [one for one in found if one.candidate_id == candidate_id]
        return sorted(own, key=lambda one: (one.registered_on, one.id), reverse=True)

    async def save(
        self, registration: Registration, expected: int, event: RegistrationChanged, scope: Scope
    ) -> bool:
        """Store the registration if the version is still the expected one."""
        stored = self.items.get(registration.id)
        if (stored.version if stored else 0) != expected:
            return False
        self.items[registration.id] = Stored(registration, expected + 1)
        self.told.append(Told(event, f"registration:{registration.id}", expected + 1, scope))
        return True


@dataclass
class InMemoryAccounts:
    """Accounts in a dictionary."""

    told: Telling
    items: dict[str, Account] = field(default_factory=dict)
    activations: dict[str, Activation] = field(default_factory=dict)

    def id_of(self, username: str) -> str:
        """Return the id of a username's account."""
        return derived_id("candidate", folded(username))

    async def get(self, account_id: str) -> Account | None:
        """Return one account."""
        return self.items.get(account_id)

    async def ensure(self, username: str) -> None:
        """Make the account if there is none."""
        account_id = self.id_of(username)
        self.items.setdefault(account_id, Account(account_id, username))

    async def activate(
        self, account_id: str, activation: Activation, event: AccountActivated, scope: Scope
    ) -> bool:
        """Activate the account if it is not."""
        account = self.items.get(account_id)
        if account is None or account.activated_at is not None:
            return False
        self.items[account_id] = replace(
            account, activated_at=activation.at, password_hash=activation.password_hash, version=2
        )
        self.activations[account_id] = activation
        self.told.append(Told(event, f"account:{account_id}", 2, scope))
        return True

    async def rehash(self, account_id: str, old: str, new: str) -> None:
        """Replace a hash."""
        account = self.items[account_id]
        if account.password_hash == old:
            self.items[account_id] = replace(account, password_hash=new)


@dataclass
class InMemoryStaff:
    """Staff in a dictionary."""

    items: dict[str, StaffMember] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    def id_of(self, username: str) -> str:
        """Return the id of a username's member."""
        return derived_id("staff", folded(username))

    async def get(self, staff_id: str) -> StaffMember | None:
        """Return one member."""
        return self.items.get(staff_id)

    async def save(self, member: StaffMember) -> None:
        """Store a member."""
        self.items[member.id] = member

    async def use_step(self, staff_id: str, step: int, newest: int) -> bool:
        """Use up a step."""
        last = self.steps.get(staff_id, -1)
        if staff_id not in self.items or not (last < step or last > newest):
            return False
        self.steps[staff_id] = step
        return True


@dataclass
class InMemoryPlaces:
    """The directory in a dictionary."""

    items: dict[str, District] = field(default_factory=dict)

    async def get(self, district: str) -> District | None:
        """Return one district."""
        return self.items.get(district)

    async def save(self, district: District) -> None:
        """Store a district."""
        self.items[district.code] = district


@dataclass
class InMemorySessions:
    """Sessions in a dictionary; reading lets others go first, as a server would."""

    told: Telling
    items: dict[str, Session] = field(default_factory=dict)

    async def add(self, session: Session) -> None:
        """Store a family."""
        self.items.setdefault(session.id, session)

    async def get(self, session_id: str) -> Session | None:
        """Return one family."""
        found = self.items.get(session_id)
        await asyncio.sleep(0)
        return found

    async def rotate(self, session: Session, now: datetime) -> bool:
        """Go on to the next token."""
        stored = self.items.get(session.id)
        if stored is None or stored.version != session.version:
            return False
        self.items[session.id] = replace(
            stored, generation=stored.generation + 1, rotated_at=now, version=stored.version + 1
        )
        return True

    async def revoke(self, session: Session, event: SessionRevoked, scope: Scope) -> bool:
        """End a family."""
        stored = self.items.get(session.id)
        if stored is None or stored.revoked_at is not None:
            return False
        self.items[session.id] = replace(stored, revoked_at=event.revoked_at, version=stored.version + 1)
        self.told.append(Told(event, f"session:{session.id}", 1, scope))
        return True

    async def live_of(self, account_id: str) -> list[Session]:
        """Return an account's families that were not revoked."""
        return [
            item for item in self.items.values() if item.account_id == account_id and item.revoked_at is None
        ]


@dataclass
class InMemoryUsedTickets:
    """Used tickets in a set."""

    items: set[str] = field(default_factory=set)

    async def reserve(self, ticket_id: str) -> bool:
        """Use up a ticket."""
        is_new = ticket_id not in self.items
        self.items.add(ticket_id)
        return is_new


@dataclass
class InMemoryTryCounts:
    """Counts in a dictionary; reading lets others go first, as a server would."""

    items: dict[str, Tries] = field(default_factory=dict)

    async def get(self, key: str) -> Tries | None:
        """Return a count."""
        found = self.items.get(key)
        await asyncio.sleep(0)
        return found

    async def replace(self, key: str, before: Tries | None, after: Tries) -> bool:
        """Store a count if it is still as it was."""
        if self.items.get(key) != before:
            return False
        self.items[key] = after
        return True

    async def clear(self, key: str) -> None:
        """Forget a count."""
        self.items.pop(key, None)


@dataclass
class QuickPasswords:
    """Hashes that cost nothing; counts what was verified."""

    verified: list[bool] = field(default_factory=list)

    async def hash(self, text: str) -> str:
        """Return the hash to store."""
        return f"quick:{text}"

    async def matches(self, stored: str | None, text: str) -> bool:
        """Tell whether the text is the stored one."""
        await asyncio.sleep(0)
        self.verified.append(stored is not None)
        return stored is not None and stored.removeprefix("old-") == f"quick:{text}"

    def ensure_room(self) -> None:
        """Have room."""

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash is of the old kind."""
        return stored.startswith("old-")
