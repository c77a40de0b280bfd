"""Entry tickets of the registration system, and the tokens that keep a candidate until activation."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.auth.errors import EntryTokenInvalidError, TicketInvalidError
from services.auth.ports import Ticket
from shared.clock import Clock

ALGORITHM = "EdDSA"
TICKET_ISSUER = "registration-system"
TICKET_LIFE = timedelta(minutes=10)
ENTRY_ISSUER = "auth"
ENTRY_AUDIENCE = "entry"
ENTRY_LIFE = timedelta(minutes=30)
LEEWAY = timedelta(seconds=60)
LONGEST_ID = 80
# Time is judged by our clock, not by the library's.
OPTIONS: Any = {
    "require": ["exp", "iat", "sub", "iss"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True, slots=True)
class RegistrationTickets:
    """Reads tickets that the registration system signed."""

    key: Ed25519PublicKey
    clock: Clock

    def read(self, text: str) -> Ticket:
        """Return the ticket.

        Raises:
            TicketInvalidError: it is not genuine, lives too long, or is over.
        """
        try:
            # A ticket with an audience is meant for somebody else.
            claims: dict[str, Any] = jwt.decode(
                text, self.key, algorithms=[ALGORITHM], issuer=TICKET_ISSUER, options=OPTIONS
            )
        except jwt.InvalidTokenError:
            raise TicketInvalidError from None
        now = self.clock.now()
        if not _is_current(claims, now) or _instant(claims, "exp") > now + TICKET_LIFE + LEEWAY:
            raise TicketInvalidError
        match claims:
            case {"jti": str(ticket_id), "sub": str(registration_id)} if (
                0 < len(ticket_id) <= LONGEST_ID and 0 < len(registration_id) <= LONGEST_ID
            ):
                return Ticket(ticket_id, registration_id)
            case _:
                raise TicketInvalidError


@dataclass(frozen=True, slots=True)
class JwtEntryTokens:
    """Signs and reads entry tokens; their audience keeps them from being access tokens."""

    key: Ed25519PrivateKey
    keys: tuple[Ed25519PublicKey, ...]
    clock: Clock

    def issue(self, registration_id: str) -> str:
        """Return a token that lives half an hour."""
        now = self.clock.now()
        claims = {
            "iss": ENTRY_ISSUER,
            "aud": ENTRY_AUDIENCE,
            "sub": registration_id,
            "iat": int(now.timestamp()),
            "exp": int((now + ENTRY_LIFE).timestamp()),
        }
        return jwt.encode(claims, self.key, algorithm=ALGORITHM)

    def read(self, text: str) -> str:
        """Return the registration's id.

        Raises:
            EntryTokenInvalidError: it is not genuine, or it is over.
        """
        for key in self.keys:
            try:
                claims: dict[str, Any] = jwt.decode(
                    text,
                    key,
                    algorithms=[ALGORITHM],
                    audience=ENTRY_AUDIENCE,
                    issuer=ENTRY_ISSUER,
                    options=OPTIONS,
                )
            except jwt.InvalidTokenError:
                continue
            if _is_current(claims, self.clock.now()):
                return str(claims["sub"])
        raise EntryTokenInvalidError


def _is_current(claims: dict[str, Any], now: datetime) -> bool:
    """Return whether the token's time has begun and is not over."""
    try:
        begins = max(_instant(claims, name) for name in ("iat", "nbf") if name in claims)
        return begins <= now + LEEWAY and now < _instant(claims, "exp")
    except (TypeError, ValueError, OverflowError):
        return False


def _instant(claims: dict[str, Any], name: str) -> datetime:
    return datetime.fromtimestamp(claims[name], UTC)
