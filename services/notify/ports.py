"""What the use cases of notify need from the world."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.notify.model import Message, Registration
from services.notify.sms import Sms
from shared.events import Event, Scope
from shared.policy.model import Policy


class Policies(Protocol):
    """The policies in force and every version a dossier may keep."""

    def version(self, version: str) -> Policy:
        """Return the policy of a version.

        Raises:
            TransientError: it is not known here yet.
        """
        ...

    def resolve(self, session: str, district: str, site: str) -> Policy:
        """Return the active policy for a place."""
        ...


class Registrations(Protocol):
    """Whom each registration belongs to, as auth says."""

    async def follow(self, registration: Registration, sequence: int) -> bool:
        """Take over a newer state; return whether it was newer."""
        ...

    async def erase(self, registration_id: str, scope: Scope) -> None:
        """Forget who it is for good, known or not; what auth may still say is old news from now on."""
        ...

    async def find(self, registration_id: str) -> Registration | None:
        """Return one registration."""
        ...


class Messages(Protocol):
    """The lines on top of the candidates' pages."""

    async def add(self, message: Message, events: Sequence[Event]) -> bool:
        """Store a message with its events; only the first of an id is stored."""
        ...

    async def of_registration(self, registration_id: str) -> list[Message]:
        """Return a registration's messages, newest first."""
        ...

    async def forget(self, registration_id: str) -> int:
        """Delete a registration's messages; return how many there were."""
        ...


class Sendbacks(Protocol):
    """The send-backs that have ended."""

    async def close(self, sendback_id: str, registration_id: str) -> None:
        """Note the end; once is enough, twice does no harm."""
        ...

    async def closed_of(self, registration_id: str) -> frozenset[str]:
        """Return the ended send-backs of a registration."""
        ...


class SmsMessages(Protocol):
    """All SMS."""

    async def add(self, sms: Sms) -> bool:
        """Store an SMS to be sent; only the first of an id is stored."""
        ...

    async def find(self, sms_id: str) -> Sms | None:
        """Return one SMS."""
        ...

    async def save(self, before: Sms, after: Sms, events: Sequence[Event] = ()) -> bool:
        """Store an SMS with its events unless it was changed in between; return whether it was stored."""
        ...

    async def to_send(self, now: datetime, machine_now: datetime, limit: int) -> list[Sms]:
        """Return what is queued, released and not delayed, in the order of release."""
        ...

    async def to_settle(self, machine_now: datetime, limit: int) -> list[Sms]:
        """Return what has been under way for too long."""
        ...


class SmsGateway(Protocol):
    """An SMS provider."""

    async def send(self, our_id: str, phone: str, signature: str, text: str) -> str:
        """Hand an SMS over; return the provider's id for it.

        Raises:
            SmsRefusedError: the provider will not send it.
            SmsNotTakenError: it certainly did not arrive there.
            SmsUndecidedError: it may have arrived.
        """
        ...

    async def find(self, our_id: str) -> str | None:
        """Return the provider's id for what it got under ours, or nothing when it got nothing.

        Raises:
            SmsUndecidedError: the provider does not say.
        """
        ...


class RevokedSessions(Protocol):
    """The sessions whose tokens are void."""

    async def keep(self, session_id: str, revoked_at: datetime) -> None:
        """Note a revocation; once is enough, twice does no harm."""
        ...
