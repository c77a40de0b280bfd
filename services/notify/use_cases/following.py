"""Following what other services own: registrations, ended send-backs, void sessions."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from services.notify.model import Registration
from services.notify.ports import Messages, Registrations, RevokedSessions, Sendbacks
from shared.events import Scope

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FollowRegistration:
    """Keep whose registration it is and which phone is told; an older state changes nothing."""

    registrations: Registrations

    async def __call__(self, registration: Registration, sequence: int) -> None:
        """Take the state over if it is newer."""
        if not await self.registrations.follow(registration, sequence):
            log.info("registration.older_state", registration_id=registration.id, sequence=sequence)


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Forget whom a deleted dossier belonged to, and every word about it.

    An SMS stays: its record names no number, and its text is the policy's. One that has not left finds no
    phone any more.
    """

    registrations: Registrations
    messages: Messages

    async def __call__(self, registration_id: str, scope: Scope) -> None:
        """Forget; again does no harm."""
        # The mark comes first: who tells something meanwhile looks at it afterwards, and forgets it himself.
        await self.registrations.erase(registration_id, scope)
        count = await self.messages.forget(registration_id)
        log.info("registration.forgotten", registration_id=registration_id, messages=count)


@dataclass(frozen=True, slots=True)
class CloseSendback:
    """Ask the candidate no more to act on a send-back; it may end before its message is here."""

    sendbacks: Sendbacks

    async def __call__(self, sendback_id: str, registration_id: str) -> None:
        """Note the end."""
        await self.sendbacks.close(sendback_id, registration_id)


@dataclass(frozen=True, slots=True)
class NoteRevocation:
    """Remember a revoked session until its last token is over."""

    revoked_sessions: RevokedSessions

    async def __call__(self, session_id: str, revoked_at: datetime) -> None:
        """Note it for all instances."""
        await self.revoked_sessions.keep(session_id, revoked_at)
