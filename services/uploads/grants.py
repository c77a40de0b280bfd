"""View grants: what review has signed, read with its public keys."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.uploads.errors import GrantRefusedError
from services.uploads.ports import Grant
from shared.clock import Clock

ALGORITHM = "EdDSA"


@dataclass(frozen=True, slots=True)
class SignedGrants:
    """Reads grants; time is judged by our clock, not by the library's."""

    keys: tuple[Ed25519PublicKey, ...]
    clock: Clock

    def read(self, token: str) -> Grant:
        """Return the grant in a token.

        Raises:
            GrantRefusedError: it is not review's, or over.
        """
        match self._claims(token):
            case {
                "staff": str(staff_id),
                "sid": str(session_id),
                "images": [*images],
                "purpose": str(purpose),
                "exp": int(expires),
            } if self.clock.now() < datetime.fromtimestamp(expires, UTC):
                return Grant(staff_id, session_id, frozenset(map(str, images)), purpose)
            case _:
                raise GrantRefusedError

    def _claims(self, token: str) -> dict[str, Any]:
        for key in self.keys:
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key,
                    algorithms=[ALGORITHM],
                    options={"require": ["exp"], "verify_exp": False, "verify_iat": False},
                )
            except jwt.InvalidTokenError:
                continue
            return claims
        raise GrantRefusedError
