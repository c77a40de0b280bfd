"""View grants as signed tokens; uploads verifies them with the public key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typing_extensions import override

from services.review.model import Staff
from services.review.ports import Grants, ViewGrant
from shared.clock import Clock
from shared.tokens import signed

LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedGrants(Grants):
    """Signs with the key that only review holds."""

    key: Ed25519PrivateKey
    clock: Clock

    @override
    def sign(
        self, staff: Staff, images: Sequence[str], purpose: str, *, case_id: str, hold: int
    ) -> ViewGrant:
        """Return a grant for exactly these image versions, as long as the case's hold is live at most."""
        now = self.clock.now()
        claims = {
            "staff": staff.staff_id,
            "sid": staff.session_id,
            "images": list(images),
            "purpose": purpose,
            "case": case_id,
            "hold": hold,
        }
        return ViewGrant(signed(claims, self.key, now, LIFE), now + LIFE)
