"""Session families: the whole table."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.session import GRACE, LIFE, RefreshToken, Session, Use, use
from tests.support.clocks import A_MORNING

NOW = A_MORNING
AFTER_GRACE = NOW + GRACE + timedelta(seconds=1)


def a_session(generation: int = 3, **changes: object) -> Session:
    fields = {
        "id": "s1",
        "kind": "candidate",
        "account_id": "c1",
        "secret": "ab" * 32,
        "generation": generation,
        "rotated_at": NOW,
        "expires_at": NOW + LIFE["candidate"],
    }
    return Session(**{**fields, **changes})  # type: ignore[arg-type]  # as the fields are


def presented(session: Session, generation: int) -> RefreshToken:
    token = RefreshToken.parse(session.token(generation))
    assert token is not None
    return token


@pytest.mark.parametrize(
    ("generation", "at", "expected"),
    [
        (3, NOW, Use.ROTATE),
        (3, AFTER_GRACE, Use.ROTATE),
        (2, NOW + GRACE, Use.REPEAT),
        (2, AFTER_GRACE, Use.REVOKE),
        (1, NOW, Use.REVOKE),
        (4, NOW, Use.REFUSE),
        (3, NOW + LIFE["candidate"], Use.REFUSE),
        (1, NOW + LIFE["candidate"], Use.REFUSE),
    ],
)
def test_what_a_token_is_good_for(generation: int, at: object, expected: Use) -> None:
    session = a_session()

    assert use(session, presented(session, generation), at) is expected  # type: ignore[arg-type]  # an instant


def test_a_revoked_family_refuses_every_token() -> None:
    session = a_session(revoked_at=NOW)

    assert {use(session, presented(session, n), NOW) for n in (1, 2, 3)} == {Use.REFUSE}


def test_a_token_of_another_secret_never_ends_a_family() -> None:
    session, forged = a_session(), a_session(secret="cd" * 32)

    assert use(session, presented(forged, 1), NOW) is Use.REFUSE


def test_every_token_of_a_family_is_its_own_and_always_the_same() -> None:
    session = a_session()

    assert len({session.token(n) for n in range(50)}) == 50
    assert session.token(7) == a_session().token(7)


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    token = RefreshToken.parse(text)

    assert token is None or not a_session().issued(token)


def test_a_changed_token_is_not_genuine() -> None:
    session = a_session()
    token = session.token(3)

    for place in range(len(token)):
        changed = token[:place] + ("x" if token[place] != "x" else "y") + token[place + 1 :]
        parsed = RefreshToken.parse(changed)
        assert parsed is None or parsed.session_id != "s1" or not session.issued(parsed)
