"""Refreshing and ending sessions over fakes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.auth.errors import SessionEndedError
from services.auth.session import GRACE
from shared.events.auth import SessionRevoked
from shared.events.envelope import Scope
from tests.auth.conftest import Auth
from tests.auth.fakes import Told


async def test_a_refresh_gives_the_next_token(auth: Auth) -> None:
    first = await auth.activated()

    second = await auth.use_cases.refresh_session(first.refresh_token)
    third = await auth.use_cases.refresh_session(second.refresh_token)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert {item.session.id for item in (first, second, third)} == {first.session.id}


async def test_tabs_that_refresh_at_once_get_the_same_successor(auth: Auth) -> None:
    first = await auth.activated()

    results = await asyncio.gather(*(auth.use_cases.refresh_session(first.refresh_token) for _ in range(25)))

    assert len({result.refresh_token for result in results}) == 1
    assert await auth.use_cases.refresh_session(results[0].refresh_token)


async def test_a_lost_answer_is_made_good_within_thirty_seconds(auth: Auth) -> None:
    first = await auth.activated()
    second = await auth.use_cases.refresh_session(first.refresh_token)
    auth.clock.advance(GRACE)

    assert (await auth.use_cases.refresh_session(first.refresh_token)).refresh_token == second.refresh_token


async def test_a_token_that_was_replaced_longer_ago_ends_the_family(auth: Auth) -> None:
    first = await auth.activated()
    second = await auth.use_cases.refresh_session(first.refresh_token)
    auth.told.clear()
    auth.clock.advance(GRACE + timedelta(seconds=1))

    for token in (first.refresh_token, second.refresh_token, first.refresh_token):
        with pytest.raises(SessionEndedError):
            await auth.use_cases.refresh_session(token)

    session = first.session
    assert auth.told == [
        Told(
            SessionRevoked(
                session_id=session.id,
                account_id=session.account_id,
                reason="reuse",
                revoked_at=auth.clock.now(),
            ),
            f"session:{session.id}",
            1,
            Scope(candidate=session.account_id),
        )
    ]


@pytest.mark.parametrize("by", ["refresh token", "access token", "both"])
async def test_signing_out_ends_the_session_once(auth: Auth, by: str) -> None:
    signed_in = await auth.activated()
    auth.told.clear()
    token = signed_in.refresh_token if by != "access token" else None
    session_id = signed_in.session.id if by != "refresh token" else None

    await auth.use_cases.sign_out(token, session_id)
    await auth.use_cases.sign_out(token, session_id)

    assert [told.event.public_data()["reason"] for told in auth.told] == ["signed_out"]
    with pytest.raises(SessionEndedError):
        await auth.use_cases.refresh_session(signed_in.refresh_token)
    with pytest.raises(SessionEndedError):
        await auth.use_cases.show_candidate(signed_in.session.account_id, signed_in.session.id)


async def test_nobody_signs_another_out_with_a_forged_token(auth: Auth) -> None:
    signed_in = await auth.activated()

    await auth.use_cases.sign_out(f"{signed_in.session.id}.1.forged", None)

    assert await auth.use_cases.refresh_session(signed_in.refresh_token)


async def test_a_session_ends_with_its_time(auth: Auth) -> None:
    signed_in = await auth.activated()
    auth.clock.advance(timedelta(days=7))

    with pytest.raises(SessionEndedError):
        await auth.use_cases.refresh_session(signed_in.refresh_token)


async def test_a_refresh_takes_over_what_changed_about_a_staff_member(auth: Auth) -> None:
    signed_in = await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), "::1")
    assert signed_in.member is not None
    await auth.staff.save(replace(signed_in.member, site="3702"))

    refreshed = await auth.use_cases.refresh_session(signed_in.refresh_token)
    assert refreshed.member is not None
    assert refreshed.member.site == "3702"

    await auth.staff.save(replace(signed_in.member, disabled=True))
    with pytest.raises(SessionEndedError):
        await auth.use_cases.refresh_session(refreshed.refresh_token)
    assert [told.event.public_data()["reason"] for told in auth.told] == ["disabled"]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "unknown.1.mark"])
async def test_what_is_no_token_refreshes_nothing(auth: Auth, token: str) -> None:
    with pytest.raises(SessionEndedError):
        await auth.use_cases.refresh_session(token)
