"""Entry tickets of the registration system, and the tokens that keep a candidate until activation."""

from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.auth.errors import EntryTokenInvalidError, TicketInvalidError
from services.auth.ports import Ticket
from shared.clock import Clock
from shared.tokens import LEEWAY, TokenError, expiry, signed, verified

TICKET_ISSUER = "registration-system"
TICKET_LIFE = timedelta(minutes=10)
ENTRY_ISSUER = "auth"
ENTRY_AUDIENCE = "entry"
ENTRY_LIFE = timedelta(minutes=30)
LONGEST_ID = 80


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
        now = self.clock.now()
        try:
            # A ticket with an audience is meant for somebody else.
            claims = verified(text, (self.key,), now, issuer=TICKET_ISSUER)
        except TokenError:
            raise TicketInvalidError from None
        if expiry(claims) > now + TICKET_LIFE + LEEWAY:
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
        claims = {"iss": ENTRY_ISSUER, "aud": ENTRY_AUDIENCE, "sub": registration_id}
        return signed(claims, self.key, self.clock.now(), ENTRY_LIFE)

    def read(self, text: str) -> str:
        """Return the registration's id.

        Raises:
            EntryTokenInvalidError: it is not genuine, or it is over.
        """
        try:
            claims = verified(text, self.keys, self.clock.now(), issuer=ENTRY_ISSUER, audience=ENTRY_AUDIENCE)
        except TokenError:
            raise EntryTokenInvalidError from None
        match claims:
            case {"sub": str(registration_id)}:
                return registration_id
            case _:
                raise EntryTokenInvalidError
