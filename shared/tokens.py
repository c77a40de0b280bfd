"""Signed tokens: claims that live for a while, judged by our clock and never by the library's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Values of claims are checked where they become something.
Claims = dict[str, Any]

ALGORITHM = "EdDSA"
# How far the clock of another machine may be ahead of ours.
LEEWAY = timedelta(seconds=60)
# Some 2 MB; past it, the next request of each session is verified in full again.
MOST_REMEMBERED = 4096
OPTIONS: Any = {
    "require": ["exp", "iat"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class TokenError(ValueError):
    """A token that is not genuine, not meant for us, not valid yet, or over."""


def signed(claims: Mapping[str, object], key: Ed25519PrivateKey, now: datetime, life: timedelta) -> str:
    """Return a token with these claims that is good from now on for its life."""
    times = {"iat": int(now.timestamp()), "exp": int((now + life).timestamp())}
    return jwt.encode({**claims, **times}, key, algorithm=ALGORITHM)


def verified(
    token: str,
    keys: Sequence[Ed25519PublicKey],
    now: datetime,
    *,
    issuer: str | None = None,
    audience: str | None = None,
) -> Claims:
    """Return the claims of a token that one of the keys signed.

    Raises:
        TokenError: it is not to be trusted; a token with an audience is refused where none is expected.
    """
    if not token.isascii():
        raise TokenError
    for key in keys:
        claims = _signed_by(key, token, issuer, audience)
        if claims is not None and _is_current(claims, now):
            return claims
    raise TokenError


@dataclass(frozen=True, slots=True)
class RepeatedTokens:
    """Verifies the tokens of one kind that come again with every request: a signature that held once holds.

    Whether a token is over is judged each time.
    """

    _genuine: dict[str, Claims] = field(default_factory=dict)

    def verified(
        self, token: str, keys: Sequence[Ed25519PublicKey], now: datetime, *, issuer: str, audience: str
    ) -> Claims:
        """Return the claims of a token that one of the keys signed.

        Raises:
            TokenError: it is not to be trusted.
        """
        known = self._genuine.get(token)
        if known is not None and _is_current(known, now):
            return known
        claims = verified(token, keys, now, issuer=issuer, audience=audience)
        if len(self._genuine) >= MOST_REMEMBERED:
            self._genuine.clear()
        self._genuine[token] = claims
        return claims


def expiry(claims: Claims) -> datetime:
    """Return when verified claims end."""
    return _instant(claims, "exp")


def _signed_by(key: Ed25519PublicKey, token: str, issuer: str | None, audience: str | None) -> Claims | None:
    try:
        claims: Claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], issuer=issuer, audience=audience, options=OPTIONS
        )
    except jwt.InvalidTokenError:
        return None
    return claims


def _is_current(claims: Claims, now: datetime) -> bool:
    try:
        begins = max(_instant(claims, name) for name in ("iat", "nbf") if name in claims)
        return begins <= now + LEEWAY and now < _instant(claims, "exp")
    except (TypeError, ValueError, OverflowError, OSError):
        return False


def _instant(claims: Claims, name: str) -> datetime:
    return datetime.fromtimestamp(claims[name], UTC)
