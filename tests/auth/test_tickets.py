"""The list of attacks on tickets and entry tokens."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.auth.errors import EntryTokenInvalidError, TicketInvalidError
from services.auth.tickets import ENTRY_LIFE, JwtEntryTokens, RegistrationTickets
from shared.errors import UnauthenticatedError
from shared.web.identity import CandidateCaller, TokenReader, TokenSigner
from tests.support.clocks import StandingClock

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
CLOCK = StandingClock()


def claims(**changes: object) -> dict[str, object]:
    now = int(CLOCK.now().timestamp())
    usual = {"iss": "registration-system", "sub": "r1", "jti": "t1", "iat": now, "exp": now + 600}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(key: Ed25519PrivateKey = KEY, headers: dict[str, str] | None = None, **changes: object) -> str:
    return jwt.encode(claims(**changes), key, algorithm="EdDSA", headers=headers)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def without_algorithm() -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."


def swapped_to_hmac() -> str:
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return jwt.encode(claims(), public, algorithm="HS256")


def in_seconds(seconds: int) -> int:
    return int(CLOCK.now().timestamp()) + seconds


ATTACKS: dict[str, Callable[[], str]] = {
    "no algorithm": without_algorithm,
    "algorithm swapped": swapped_to_hmac,
    "another key": lambda: signed(OTHER),
    "another issuer": lambda: signed(iss="auth"),
    "an audience": lambda: signed(aud="entry"),
    "expired": lambda: signed(exp=in_seconds(0)),
    "lives too long": lambda: signed(exp=in_seconds(3600)),
    "never expires": lambda: signed(exp=None),
    "expires never ever": lambda: signed(exp=10**30),
    "issued in the future": lambda: signed(iat=in_seconds(300)),
    "not yet valid": lambda: signed(nbf=in_seconds(300)),
    "no id": lambda: signed(jti=None),
    "a huge id": lambda: signed(jti="x" * 200),
    "no subject": lambda: signed(sub=None),
    "empty subject": lambda: signed(sub=""),
    "another key named": lambda: signed(OTHER, headers={"kid": "../../dev/null", "jku": "http://evil"}),
    "signature cut": lambda: signed()[:-4],
    "payload changed": lambda: ".".join((signed().split(".")[0], part(claims(sub="r2")), "AAAA")),
    "nothing": lambda: "",
    "noise": lambda: "a.b.c",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_forged_ticket_is_refused(attack: Callable[[], str]) -> None:
    tickets = RegistrationTickets(KEY.public_key(), CLOCK)

    with pytest.raises(TicketInvalidError):
        tickets.read(attack())


def test_a_good_ticket_names_the_registration() -> None:
    ticket = RegistrationTickets(KEY.public_key(), CLOCK).read(signed())

    assert (ticket.id, ticket.registration_id) == ("t1", "r1")


def entry_tokens(key: Ed25519PrivateKey = KEY) -> JwtEntryTokens:
    return JwtEntryTokens(key, (key.public_key(),), CLOCK)


def test_an_entry_token_is_good_for_half_an_hour() -> None:
    clock = StandingClock()
    tokens = JwtEntryTokens(KEY, (KEY.public_key(),), clock)
    token = tokens.issue("r1")

    clock.advance(ENTRY_LIFE - timedelta(seconds=1))
    assert tokens.read(token) == "r1"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(EntryTokenInvalidError):
        tokens.read(token)


ENTRY_ATTACKS: dict[str, Callable[[], str]] = {
    "an access token": lambda: TokenSigner(KEY, CLOCK).access(CandidateCaller("c1", "s1")),
    "a ticket": signed,
    "another key": lambda: entry_tokens(OTHER).issue("r1"),
    "no algorithm": lambda: f"{part({'alg': 'none'})}.{part(claims(iss='auth', aud='entry'))}.",
    "no audience": lambda: signed(iss="auth"),
    "expired": lambda: signed(iss="auth", aud="entry", exp=in_seconds(-1)),
}


@pytest.mark.parametrize("attack", ENTRY_ATTACKS.values(), ids=ENTRY_ATTACKS)
def test_what_is_no_entry_token_does_not_activate(attack: Callable[[], str]) -> None:
    with pytest.raises(EntryTokenInvalidError):
        entry_tokens().read(attack())


def test_an_entry_token_is_no_access_token() -> None:
    reader = TokenReader((KEY.public_key(),), CLOCK)

    with pytest.raises(UnauthenticatedError):
        reader.read(entry_tokens().issue("r1"))
