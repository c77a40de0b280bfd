"""Who calls: the access token that auth signs and every service verifies by itself."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.clock import Clock
from shared.errors import ForbiddenError, UnauthenticatedError
from shared.rights import StaffRole
from shared.tokens import Claims, RepeatedTokens, TokenError, signed

ACCESS_COOKIE = "__Host-access"
REFRESH_COOKIE = "__Secure-refresh"
ISSUER = "auth"
AUDIENCE = "kaoshen"
ACCESS_LIFE = timedelta(minutes=5)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOriginError(ForbiddenError):
    """A write that did not come from one of our own pages."""

    code: ClassVar[str] = "foreign_origin"
    title: ClassVar[str] = "请从本系统的页面操作"


@dataclass(frozen=True, slots=True)
class CandidateCaller:
    """A signed-in candidate."""

    role: ClassVar[Literal["candidate"]] = "candidate"
    candidate_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class StaffCaller:
    """A signed-in staff member and the jurisdiction of the role.

    `number` is what colleagues know the member by; `stepped_up_at` when a one-time code was given in this
    session after signing in.
    """

    staff_id: str
    role: StaffRole
    district: str
    site: str | None
    session_id: str
    display_name: str = ""
    number: str = ""
    stepped_up_at: datetime | None = None


Caller = CandidateCaller | StaffCaller
CALLER: web.RequestKey[Caller | None] = web.RequestKey("CALLER", object)  # type: ignore[arg-type]  # a union is no class


class Revocations(Protocol):
    """Knows which sessions are void."""

    def is_revoked(self, session_id: str) -> bool:
        """Return whether the session was revoked."""
        ...


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs access tokens; only auth holds the key."""

    key: Ed25519PrivateKey
    clock: Clock

    def access(self, caller: Caller) -> str:
        """Return an access token that lives five minutes."""
        claims: Claims = {"iss": ISSUER, "aud": AUDIENCE, "sid": caller.session_id}
        if isinstance(caller, CandidateCaller):
            claims |= {"sub": caller.candidate_id, "kind": "candidate"}
        else:
            claims |= {
                "sub": caller.staff_id,
                "kind": "staff",
                "role": caller.role,
                "district": caller.district,
                "site": caller.site,
                "name": caller.display_name,
                "number": caller.number,
            }
            if caller.stepped_up_at is not None:
                claims["stepped_up"] = int(caller.stepped_up_at.timestamp())
        return signed(claims, self.key, self.clock.now(), ACCESS_LIFE)


@dataclass(frozen=True, slots=True)
class TokenReader:
    """Reads access tokens with the public keys, the shared clock and the list of revoked sessions."""

    keys: tuple[Ed25519PublicKey, ...]
    clock: Clock
    revocations: Revocations | None = None
    tokens: RepeatedTokens = field(default_factory=RepeatedTokens)

    def read(self, token: str) -> Caller:
        """Return the caller.

        Raises:
            UnauthenticatedError: the token is not ours, over, or its session revoked.
        """
        try:
            claims = self.tokens.verified(
                token, self.keys, self.clock.now(), issuer=ISSUER, audience=AUDIENCE
            )
        except TokenError:
            raise UnauthenticatedError from None
        caller = _caller(claims)
        if self.revocations is not None and self.revocations.is_revoked(caller.session_id):
            raise UnauthenticatedError
        return caller


def _caller(claims: Claims) -> Caller:
    match claims:
        case {"kind": "candidate", "sub": str(subject), "sid": str(session_id)}:
            return CandidateCaller(subject, session_id)
        case {
            "kind": "staff",
            "sub": str(subject),
            "sid": str(session_id),
            "role": role,
            "district": district,
        }:
            return StaffCaller(
                subject,
                role,
                district,
                claims.get("site"),
                session_id,
                display_name=str(claims.get("name") or ""),
                number=str(claims.get("number") or ""),
                stepped_up_at=_instant(claims.get("stepped_up")),
            )
        case _:
            raise UnauthenticatedError


def _instant(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def candidate(request: web.Request) -> CandidateCaller:
    """Return the calling candidate.

    Raises:
        UnauthenticatedError: nobody is signed in.
        ForbiddenError: somebody else is.
    """
    caller = request.get(CALLER)
    if caller is None:
        raise UnauthenticatedError
    if not isinstance(caller, CandidateCaller):
        raise ForbiddenError
    return caller


def staff(request: web.Request) -> StaffCaller:
    """Return the calling staff member.

    Raises:
        UnauthenticatedError: nobody is signed in.
        ForbiddenError: somebody else is.
    """
    caller = request.get(CALLER)
    if caller is None:
        raise UnauthenticatedError
    if not isinstance(caller, StaffCaller):
        raise ForbiddenError
    return caller


def anyone(request: web.Request) -> Caller:
    """Return whoever is signed in.

    Raises:
        UnauthenticatedError: nobody is.
    """
    caller: Caller | None = request.get(CALLER)
    if caller is None:
        raise UnauthenticatedError
    return caller


def identity(tokens: TokenReader) -> Middleware:
    """Return the middleware that binds the caller to the request, if the token is good."""

    @web.middleware
    async def bind_caller(request: web.Request, handler: Handler) -> web.StreamResponse:
        token = request.cookies.get(ACCESS_COOKIE)
        if token is not None:
            try:
                request[CALLER] = tokens.read(token)
            except UnauthenticatedError:
                # Public endpoints must go on working with an old cookie; the others ask for a caller.
                request[CALLER] = None
        return await handler(request)

    return bind_caller


def own_origin(origins: tuple[str, ...]) -> Middleware:
    """Return the middleware that lets only our own pages write."""
    allowed = frozenset(origins)

    @web.middleware
    async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in SAFE_METHODS and request.headers.get("Origin") not in allowed:
            raise ForeignOriginError
        return await handler(request)

    return check_origin
