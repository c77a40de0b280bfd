"""Who calls is decided by signature, time and revocation, and nothing else."""

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.errors import UnauthenticatedError
from shared.web.identity import CandidateCaller, StaffCaller, TokenReader, TokenSigner
from tests.support.clocks import StandingClock

KEY = Ed25519PrivateKey.generate()
CLOCK = StandingClock()
CANDIDATE = CandidateCaller("c1", "s1")
CLAIMS: dict[str, Any] = {
    "iss": "auth",
    "aud": "kaoshen",
    "sub": "c1",
    "kind": "candidate",
    "sid": "s1",
    "iat": int(CLOCK.now().timestamp()),
    "exp": int((CLOCK.now() + timedelta(minutes=5)).timestamp()),
}


@dataclass
class RevokedList:
    """Sessions that are void."""

    sessions: set[str] = field(default_factory=set)

    def is_revoked(self, session_id: str) -> bool:
        """Return whether it is listed."""
        return session_id in self.sessions


def a_reader(revoked: RevokedList | None = None) -> TokenReader:
    return TokenReader((KEY.public_key(),), CLOCK, revoked)


@pytest.mark.parametrize("caller", [CANDIDATE, StaffCaller("st1", "site_reviewer", "37", "3701", "s2")])
def test_a_token_brings_back_its_caller(caller: CandidateCaller | StaffCaller) -> None:
    assert a_reader().read(TokenSigner(KEY, CLOCK).access(caller)) == caller


def test_d9_a_token_is_over_after_five_minutes() -> None:
    token = TokenSigner(KEY, StandingClock(CLOCK.now() - timedelta(minutes=5))).access(CANDIDATE)

    with pytest.raises(UnauthenticatedError):
        a_reader().read(token)


def test_d9_a_token_that_held_before_is_over_all_the_same() -> None:
    clock = StandingClock()
    reader = TokenReader((KEY.public_key(),), clock)
    token = TokenSigner(KEY, clock).access(CandidateCaller("c1", "s1"))
    assert reader.read(token) == CandidateCaller("c1", "s1")

    clock.advance(timedelta(minutes=5))

    with pytest.raises(UnauthenticatedError):
        reader.read(token)


def test_d9_a_revoked_session_is_refused_before_its_token_ends() -> None:
    token = TokenSigner(KEY, CLOCK).access(CANDIDATE)

    with pytest.raises(UnauthenticatedError):
        a_reader(RevokedList({"s1"})).read(token)


def test_the_next_key_is_accepted_while_keys_are_changed() -> None:
    following = Ed25519PrivateKey.generate()
    reader = TokenReader((KEY.public_key(), following.public_key()), CLOCK)

    assert reader.read(TokenSigner(following, CLOCK).access(CANDIDATE)) == CANDIDATE


def unsigned(claims: dict[str, Any]) -> str:
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


def hs256_with_the_public_key(claims: dict[str, Any]) -> str:
    secret = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return jwt.encode(claims, secret, algorithm="HS256")


FORGED = {
    "no signature": unsigned(CLAIMS),
    "public key as secret": hs256_with_the_public_key(CLAIMS),
    "another key": jwt.encode(CLAIMS, Ed25519PrivateKey.generate(), algorithm="EdDSA"),
    "other audience": jwt.encode(CLAIMS | {"aud": "entry"}, KEY, algorithm="EdDSA"),
    "other issuer": jwt.encode(CLAIMS | {"iss": "review"}, KEY, algorithm="EdDSA"),
    "issued in the future": jwt.encode(CLAIMS | {"iat": CLAIMS["iat"] + 3600}, KEY, algorithm="EdDSA"),
    "never ending": jwt.encode({k: v for k, v in CLAIMS.items() if k != "exp"}, KEY, algorithm="EdDSA"),
    "end that is no time": jwt.encode(CLAIMS | {"exp": "soon"}, KEY, algorithm="EdDSA"),
    "unknown kind": jwt.encode(CLAIMS | {"kind": "god"}, KEY, algorithm="EdDSA"),
    "no token at all": "x",
    "bytes that are no text": "\udcff\udcfe",
    "not ascii": "é.é.é",
    "empty": "",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_d9_a_forged_token_is_refused(token: str) -> None:
    with pytest.raises(UnauthenticatedError):
        a_reader().read(token)
