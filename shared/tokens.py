"""Signed tokens: claims that live for a while, judged by our clock and never by the library's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Values of claims are checked where they become something.
Claims = dict[str, Any]

ALGORITHM = "EdDSA"
# How far the clock of another machine may be ahead of ours.
LEEWAY = timedelta(seconds=60)
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
        try:
            claims: Claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], issuer=issuer, audience=audience, options=OPTIONS
            )
        except jwt.InvalidTokenError:
            continue
        if _is_current(claims, now):
            return claims
    raise TokenError


def expiry(claims: Claims) -> datetime:
    """Return when verified claims end."""
    return _instant(claims, "exp")


def _is_current(claims: Claims, now: datetime) -> bool:
    try:
        begins = max(_instant(claims, name) for name in ("iat", "nbf") if name in claims)
        return begins <= now + LEEWAY and now < _instant(claims, "exp")
    except (TypeError, ValueError, OverflowError, OSError):
        return False


def _instant(claims: Claims, name: str) -> datetime:
    return datetime.fromtimestamp(claims[name], UTC)
