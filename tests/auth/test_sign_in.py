"""Signing in over fakes: right, wrong, and too often."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.auth.errors import CodeWrongError, SessionEndedError, SignInFailedError, TooManyTriesError
from services.auth.tries import FREE_TRIES, FREE_TRIES_WHEN_HOT
from tests.auth.conftest import PASSWORD, SECRET, Auth

HOME = "203.0.113.7"


async def test_an_activated_candidate_signs_in_whatever_the_case_of_the_username(auth: Auth) -> None:
    first = await auth.activated()

    again = await auth.use_cases.sign_in_candidate("ZhangYangLi", PASSWORD, HOME)

    assert again.session.account_id == first.session.account_id
    assert again.session.id != first.session.id


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("nobody", PASSWORD),
        ("zhangyangli", "abcd12345"),
        ("lishifan", PASSWORD),
        ("jn-0412", "Jinan-demo-0412"),
    ],
)
async def test_unknown_wrong_and_not_activated_are_answered_alike(
    auth: Auth, username: str, password: str
) -> None:
    await auth.activated()
    checked = len(auth.passwords.verified)

    with pytest.raises(SignInFailedError) as refused:
        await auth.use_cases.sign_in_candidate(username, password, HOME)

    assert (refused.value.detail, refused.value.extra) == ("用户名或密码不正确", {})
    assert len(auth.passwords.verified) == checked + 1


async def test_an_outdated_hash_is_replaced_at_sign_in(auth: Auth) -> None:
    signed_in = await auth.activated()
    account = auth.accounts.items[signed_in.session.account_id]
    auth.accounts.items[account.id] = replace(account, password_hash=f"old-quick:{PASSWORD}")

    await auth.use_cases.sign_in_candidate("zhangyangli", PASSWORD, HOME)

    assert auth.accounts.items[account.id].password_hash == f"quick:{PASSWORD}"


async def fail(auth: Auth, times: int, username: str = "zhangyangli", address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailedError):
            await auth.use_cases.sign_in_candidate(username, "wrong", address)


async def test_d4_after_ten_failures_even_the_right_password_waits_and_then_works(auth: Auth) -> None:
    await auth.activated()
    await fail(auth, FREE_TRIES)

    with pytest.raises(TooManyTriesError) as refused:
        await auth.use_cases.sign_in_candidate("zhangyangli", PASSWORD, HOME)
    assert refused.value.extra == {"retry_after": 1}

    auth.clock.advance(timedelta(seconds=1))
    assert await auth.use_cases.sign_in_candidate("zhangyangli", PASSWORD, HOME)
    await fail(auth, FREE_TRIES)


async def test_d4_a_thousand_tries_at_once_do_not_pass_the_limit(auth: Auth) -> None:
    await auth.activated()
    before = len(auth.passwords.verified)
    results = await asyncio.gather(
        *(auth.use_cases.sign_in_candidate("zhangyangli", f"wrong{n}", HOME) for n in range(1000)),
        return_exceptions=True,
    )

    assert {type(result) for result in results} == {SignInFailedError, TooManyTriesError}
    assert len(auth.passwords.verified) - before <= FREE_TRIES


async def test_d4_a_locked_account_keeps_its_sessions(auth: Auth) -> None:
    signed_in = await auth.activated()
    await fail(auth, FREE_TRIES)

    assert await auth.use_cases.refresh_session(signed_in.refresh_token)


async def test_d4_an_address_with_many_failures_is_never_locked_but_has_fewer_tries(auth: Auth) -> None:
    await auth.activated()
    for number in range(30):
        await fail(auth, 1, username=f"someone{number}")

    assert await auth.use_cases.sign_in_candidate("zhangyangli", PASSWORD, HOME)
    await fail(auth, FREE_TRIES_WHEN_HOT)
    with pytest.raises(TooManyTriesError):
        await auth.use_cases.sign_in_candidate("zhangyangli", PASSWORD, HOME)


async def test_d4_two_thousand_good_sign_ins_from_one_address_pass(auth: Auth) -> None:
    await auth.activated()

    for _ in range(2000):
        await auth.use_cases.sign_in_candidate("zhangyangli", PASSWORD, HOME)


async def test_staff_sign_in_with_password_and_code(auth: Auth) -> None:
    signed_in = await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)

    assert signed_in.member is not None
    assert (signed_in.member.role, signed_in.member.site) == ("site_reviewer", "3701")
    profile = await auth.use_cases.show_staff(signed_in.member.id, signed_in.session.id)
    assert (profile.place.name if profile.place else None, profile.site_name) == ("山东省", "济南")


async def test_a_code_serves_once(auth: Auth) -> None:
    code = auth.code()
    results = await asyncio.gather(
        *(auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", code, HOME) for _ in range(5)),
        return_exceptions=True,
    )

    assert sum(not isinstance(result, BaseException) for result in results) == 1
    auth.clock.advance(timedelta(seconds=30))
    assert await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)


@pytest.mark.parametrize(("seconds", "is_good"), [(-30, True), (30, True), (-60, False), (60, False)])
async def test_a_code_of_a_neighbouring_step_is_good(auth: Auth, seconds: int, is_good: bool) -> None:
    auth.clock.advance(timedelta(seconds=seconds))
    code = auth.code()
    auth.clock.advance(timedelta(seconds=-seconds))
    trying = auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", code, HOME)

    if is_good:
        assert await trying
    else:
        with pytest.raises(SignInFailedError):
            await trying


async def test_an_older_code_than_the_last_used_is_no_good(auth: Auth) -> None:
    auth.clock.advance(timedelta(seconds=30))
    newer = auth.code()
    auth.clock.advance(timedelta(seconds=-30))
    await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", newer, HOME)

    with pytest.raises(SignInFailedError):
        await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)


async def test_after_the_clock_was_set_back_staff_sign_in_again(auth: Auth) -> None:
    auth.clock.advance(timedelta(days=2000))
    await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)
    auth.clock.advance(timedelta(days=-2000))

    assert await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        ("jn-0412", "Jinan-demo-0412", "000000"),
        ("jn-0412", "wrong", None),
        ("nobody", "Jinan-demo-0412", None),
        ("sd-0001", "Shandong-demo-0001", None),
    ],
)
async def test_staff_failures_are_answered_alike(
    auth: Auth, username: str, password: str, code: str | None
) -> None:
    with pytest.raises(SignInFailedError) as refused:
        await auth.use_cases.sign_in_staff(username, password, code or auth.code(SECRET), HOME)

    assert refused.value.detail == "用户名、密码或动态口令不正确"


async def test_a_disabled_member_does_not_sign_in_and_the_session_ends(auth: Auth) -> None:
    signed_in = await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)
    assert signed_in.member is not None
    await auth.staff.save(replace(signed_in.member, disabled=True))
    auth.clock.advance(timedelta(seconds=30))

    with pytest.raises(SignInFailedError):
        await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)


async def stepped_up(auth: Auth, session_id: str, code: str, address: str = HOME) -> datetime:
    return await auth.use_cases.step_up(auth.staff.id_of("jn-0412"), session_id, code, address)


async def a_session(auth: Auth) -> str:
    """Sign a reviewer in and wait for the device's next code."""
    signed_in = await auth.use_cases.sign_in_staff("jn-0412", "Jinan-demo-0412", auth.code(), HOME)
    auth.clock.advance(timedelta(seconds=30))
    return signed_in.session.id


async def test_a_fresh_code_is_good_once_and_says_when(auth: Auth) -> None:
    session_id = await a_session(auth)

    assert await stepped_up(auth, session_id, auth.code()) == auth.clock.now()

    for code in (auth.code(), "000000"):
        with pytest.raises(CodeWrongError):
            await stepped_up(auth, session_id, code)


async def test_a_code_that_opened_the_session_does_not_step_it_up(auth: Auth) -> None:
    session_id = await a_session(auth)
    auth.clock.advance(timedelta(seconds=-30))

    with pytest.raises(CodeWrongError):
        await stepped_up(auth, session_id, auth.code())


async def test_an_ended_session_and_a_stranger_are_not_stepped_up(auth: Auth) -> None:
    session_id = await a_session(auth)
    with pytest.raises(SessionEndedError):
        await auth.use_cases.step_up("nobody", session_id, auth.code(), HOME)
    await auth.use_cases.sign_out(None, session_id)

    with pytest.raises(SessionEndedError):
        await stepped_up(auth, session_id, auth.code())


async def test_d4_fresh_codes_are_guessed_as_rarely_as_passwords_and_strangers_do_not_block_them(
    auth: Auth,
) -> None:
    session_id = await a_session(auth)
    for number in range(FREE_TRIES):
        with pytest.raises(SignInFailedError):
            await auth.use_cases.sign_in_staff("jn-0412", "wrong", "000000", f"203.0.113.{number}")
    await stepped_up(auth, session_id, auth.code())

    for number in range(FREE_TRIES):
        with pytest.raises(CodeWrongError):
            await stepped_up(auth, session_id, "000000", f"203.0.113.{number}")
    with pytest.raises(TooManyTriesError):
        await stepped_up(auth, session_id, "000000")
