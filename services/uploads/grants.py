"""View grants: what review has signed, read with its public keys."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.uploads.errors import GrantRefusedError
from services.uploads.ports import Grant
from shared.clock import Clock
from shared.tokens import TokenError, verified


@dataclass(frozen=True, slots=True)
class SignedGrants:
    """Reads grants."""

    keys: tuple[Ed25519PublicKey, ...]
    clock: Clock

    def read(self, token: str) -> Grant:
        """Return the grant in a token.

        Raises:
            GrantRefusedError: it is not review's, or over.
        """
        try:
            claims = verified(token, self.keys, self.clock.now())
        except TokenError:
            raise GrantRefusedError from None
        match claims:
            case {
                "staff": str(staff_id),
                "sid": str(session_id),
                "images": [*images],
                "purpose": str(purpose),
            }:
                hold, held = claims.get("hold"), claims.get("case")
                if not isinstance(hold, int | None) or not isinstance(held, str | None):
                    raise GrantRefusedError
                return Grant(staff_id, session_id, frozenset(map(str, images)), purpose, hold, held)
            case _:
                raise GrantRefusedError
