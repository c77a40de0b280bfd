"""View grants: what review signs, and nothing else."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.uploads.errors import GrantRefusedError
from services.uploads.grants import SignedGrants
from services.uploads.ports import Grant
from tests.support.clocks import StandingClock

KEY = Ed25519PrivateKey.generate()


def claims(clock: StandingClock, **changes: object) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "staff": "staff-1",
        "sid": "session-1",
        "images": ["i1", "i2"],
        "purpose": "review",
        "iat": int(clock.now().timestamp()),
        "exp": int((clock.now() + timedelta(minutes=5)).timestamp()),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def test_a_grant_of_review_is_read_until_it_is_over() -> None:
    clock = StandingClock()
    grants = SignedGrants((KEY.public_key(),), clock)
    token = jwt.encode(claims(clock), KEY, algorithm="EdDSA")

    assert grants.read(token) == Grant("staff-1", "session-1", frozenset({"i1", "i2"}), "review")
    clock.advance(timedelta(minutes=5))
    with pytest.raises(GrantRefusedError):
        grants.read(token)


def test_a_grant_names_the_hold_it_is_given_for() -> None:
    clock = StandingClock()
    token = jwt.encode(claims(clock, hold=7, case="case-1"), KEY, algorithm="EdDSA")

    grant = SignedGrants((KEY.public_key(),), clock).read(token)

    assert (grant.hold, grant.case) == (7, "case-1")


@pytest.mark.parametrize(
    "change", [{"staff": None}, {"images": "i1"}, {"exp": None}, {"sid": 3}, {"hold": "7"}, {"case": 7}]
)
def test_a_grant_that_lacks_something_is_refused(change: dict[str, object]) -> None:
    clock = StandingClock()

    with pytest.raises(GrantRefusedError):
        SignedGrants((KEY.public_key(),), clock).read(
            jwt.encode(claims(clock, **change), KEY, algorithm="EdDSA")
        )


def test_a_foreign_or_unsigned_grant_is_refused() -> None:
    clock = StandingClock()
    grants = SignedGrants((KEY.public_key(),), clock)
    foreign = jwt.encode(claims(clock), Ed25519PrivateKey.generate(), algorithm="EdDSA")
    unsigned = jwt.encode(claims(clock), "", algorithm="none")

    for token in (foreign, unsigned, "", "x.y.z"):
        with pytest.raises(GrantRefusedError):
            grants.read(token)
