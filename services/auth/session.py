"""Session families: a pure table of what a refresh token is good for.

Every token of a family follows from its secret and a number, so that two tabs that refresh at once get
the same successor. A token that was replaced longer ago than the grace is in two hands: the family ends.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Literal

Kind = Literal["candidate", "staff"]
RevokedFor = Literal["signed_out", "reuse", "disabled", "password_changed"]

GRACE = timedelta(seconds=30)
LIFE: dict[Kind, timedelta] = {"candidate": timedelta(days=7), "staff": timedelta(hours=12)}


@dataclass(frozen=True, slots=True)
class Session:
    """A family of refresh tokens; `generation` numbers the current one."""

    id: str
    kind: Kind
    account_id: str
    secret: str
    generation: int
    rotated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    version: int = 1

    @classmethod
    def begin(cls, session_id: str, kind: Kind, account_id: str, secret: str, now: datetime) -> "Session":
        """Return a new family."""
        return cls(session_id, kind, account_id, secret, 1, now, now + LIFE[kind])

    def is_live(self, now: datetime) -> bool:
        """Return whether the family may still be used."""
        return self.revoked_at is None and now < self.expires_at

    def token(self, generation: int) -> str:
        """Return the refresh token of this number."""
        return f"{self.id}.{generation}.{self._mark(generation)}"

    def issued(self, presented: "RefreshToken") -> bool:
        """Return whether this family has really given out the token."""
        genuine = hmac.compare_digest(self._mark(presented.generation), presented.mark)
        return genuine and presented.generation <= self.generation

    def _mark(self, generation: int) -> str:
        text = f"{self.id}.{generation}".encode()
        mark = hmac.new(bytes.fromhex(self.secret), text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mark).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token taken apart; whether it is genuine only its family knows."""

    session_id: str
    generation: int
    mark: str

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """Return the parts of a token, or nothing where it is none."""
        parts = text.split(".")
        if len(text) > 200 or not text.isascii() or len(parts) != 3:  # noqa: PLR2004 - see `token`
            return None
        session_id, generation, mark = parts
        if not (generation.isdecimal() and len(generation) < 10):  # noqa: PLR2004 - no endless numbers
            return None
        return cls(session_id, int(generation), mark)


class Use(Enum):
    """What presenting a refresh token leads to."""

    ROTATE = auto()
    REPEAT = auto()
    REVOKE = auto()
    REFUSE = auto()


def use(session: Session, presented: RefreshToken, now: datetime) -> Use:
    """Decide about a presented token."""
    if not session.issued(presented) or not session.is_live(now):
        return Use.REFUSE
    if presented.generation == session.generation:
        return Use.ROTATE
    if presented.generation == session.generation - 1 and now - session.rotated_at <= GRACE:
        return Use.REPEAT
    return Use.REVOKE
