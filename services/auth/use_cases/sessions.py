"""Sessions: beginning, refreshing, ending."""

import secrets
from dataclasses import dataclass

import structlog

from services.auth.errors import SessionEndedError
from services.auth.model import StaffMember
from services.auth.ports import Sessions, Staff
from services.auth.session import Kind, RefreshToken, RevokedFor, Session, Use, use
from shared.clock import Clock
from shared.events.auth import SessionRevoked
from shared.events.envelope import Scope
from shared.ids import new_id

SECRET_BYTES = 32
TRIES = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session, the refresh token to give out, and for staff who it is."""

    session: Session
    refresh_token: str
    member: StaffMember | None = None


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Begin a new family; every sign-in has its own."""

    sessions: Sessions
    clock: Clock

    async def __call__(self, kind: Kind, account_id: str, member: StaffMember | None = None) -> SignedIn:
        """Return the new session."""
        now, secret = self.clock.now(), secrets.token_hex(SECRET_BYTES)
        session = Session.begin(new_id(), kind, account_id, secret, now)
        await self.sessions.add(session)
        log.info("session.begun", session_id=session.id, kind=kind)
        return SignedIn(session, session.token(session.generation), member)


@dataclass(frozen=True, slots=True)
class EndSession:
    """End a family and tell every service."""

    sessions: Sessions
    clock: Clock

    async def __call__(self, session: Session, reason: RevokedFor) -> None:
        """End it; an ended one stays as it is."""
        now = self.clock.now()
        event = SessionRevoked(
            session_id=session.id, account_id=session.account_id, reason=reason, revoked_at=now
        )
        scope = Scope(candidate=session.account_id) if session.kind == "candidate" else Scope()
        if await self.sessions.revoke(session, event, scope):
            log.info("session.revoked", session_id=session.id, reason=reason)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Go on with a session: a new access token, and the next refresh token.

    Raises:
        SessionEndedError: the token is not good any more; one used twice ends the family.
    """

    sessions: Sessions
    staff: Staff
    end: EndSession
    clock: Clock

    async def __call__(self, text: str) -> SignedIn:
        """Return the session with its current token."""
        presented = RefreshToken.parse(text)
        if presented is None:
            raise SessionEndedError
        for _ in range(TRIES):
            session = await self.sessions.get(presented.session_id)
            if session is None:
                raise SessionEndedError
            refreshed = await self._used(session, presented)
            if refreshed is not None:
                return refreshed
        raise SessionEndedError

    async def _used(self, session: Session, presented: RefreshToken) -> SignedIn | None:
        """Return the session as the token's use leaves it, or nothing where somebody was quicker."""
        now = self.clock.now()
        match use(session, presented, now):
            case Use.REFUSE:
                raise SessionEndedError
            case Use.REVOKE:
                log.warning("session.token_reused", session_id=session.id)
                await self.end(session, "reuse")
                raise SessionEndedError
            case Use.REPEAT:
                return await self._signed_in(session, session.generation)
            case Use.ROTATE:
                member = await self._member(session)
                if not await self.sessions.rotate(session, now):
                    return None
                return SignedIn(session, session.token(session.generation + 1), member)

    async def _signed_in(self, session: Session, generation: int) -> SignedIn:
        return SignedIn(session, session.token(generation), await self._member(session))

    async def _member(self, session: Session) -> StaffMember | None:
        if session.kind == "candidate":
            return None
        member = await self.staff.get(session.account_id)
        if member is None or member.disabled:
            await self.end(session, "disabled")
            raise SessionEndedError
        return member


@dataclass(frozen=True, slots=True)
class SignOut:
    """End the caller's sessions: by refresh token, by access token, whichever there is."""

    sessions: Sessions
    end: EndSession

    async def __call__(self, refresh_token: str | None, session_id: str | None) -> None:
        """End them; a token that is none is no failure, the caller is signed out anyway."""
        presented = RefreshToken.parse(refresh_token) if refresh_token else None
        if presented is not None:
            session = await self.sessions.get(presented.session_id)
            if session is not None and session.issued(presented):
                await self.end(session, "signed_out")
        if session_id is not None:
            session = await self.sessions.get(session_id)
            if session is not None:
                await self.end(session, "signed_out")
