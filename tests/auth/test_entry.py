"""Entry and activation (S0-03..S0-09) over fakes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.auth.errors import (
    AlreadyActivatedError,
    CommitmentsMissingError,
    EntryTokenInvalidError,
    PasswordRuleError,
    PasswordsDifferError,
    RecoveryMissingError,
    RegistrationUnknownError,
    TicketUsedError,
)
from services.auth.model import Commitments, Recovery, Stored
from services.auth.use_cases.telling import scope_of
from shared.events.auth import AccountActivated
from shared.policy.errors import PolicyNotFoundError
from shared.policy.loader import PolicyBook
from tests.auth.conftest import LI, PASSWORD, ZHANG, Auth
from tests.auth.fakes import Told


async def test_s0_03_a_ticket_opens_the_activation_page(auth: Auth) -> None:
    entry = await auth.use_cases.open_entry(auth.ticket())

    assert entry.card.registration.heading == "2020110 临床执业医师"
    assert entry.card.upload_button
    assert (entry.account.username, entry.account.activated_at) == ("zhangyangli", None)
    assert entry.policy.auth.page_title == "激活用户"
    assert len(entry.policy.auth.notes) == 3
    assert len(entry.policy.auth.commitments) == 2


async def test_a_ticket_serves_once(auth: Auth) -> None:
    ticket = auth.ticket()
    results = await asyncio.gather(
        *(auth.use_cases.open_entry(ticket) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert {type(result) for result in results if isinstance(result, BaseException)} == {TicketUsedError}


async def test_a_ticket_for_an_unknown_registration_is_refused_and_stays_good(auth: Auth) -> None:
    ticket, stored = auth.ticket(), auth.registrations.items.pop(ZHANG)
    with pytest.raises(RegistrationUnknownError):
        await auth.use_cases.open_entry(ticket)

    auth.registrations.items[ZHANG] = stored
    assert (await auth.use_cases.open_entry(ticket)).account.username == "zhangyangli"


async def test_a_cancelled_registration_lets_nobody_in(auth: Auth) -> None:
    stored = auth.registrations.items[ZHANG]
    auth.registrations.items[ZHANG] = Stored(replace(stored.registration, status="cancelled"), 2)

    with pytest.raises(RegistrationUnknownError):
        await auth.use_cases.open_entry(auth.ticket())


async def test_a_district_without_policy_lets_nobody_in(auth: Auth) -> None:
    auth.policies = PolicyBook.of([])

    with pytest.raises(PolicyNotFoundError):
        await auth.use_cases.open_entry(auth.ticket())


@pytest.mark.parametrize(
    "password",
    [
        "Abc1234",
        "A" * 20 + "1",
        "abcdefgh",
        "12345678",
        "Abcd1234!",
        "Abcd 1234",
        "密码abc12345",
        "Abcd1234\n",
    ],
)
async def test_s0_06_other_passwords_than_8_to_20_letters_and_digits_are_refused(
    auth: Auth, password: str
) -> None:
    form = await auth.form(password=password, password_confirmation=password)

    with pytest.raises(PasswordRuleError) as refused:
        await auth.use_cases.activate_account(form)

    assert refused.value.detail == "密码须为8-20位，由字母、数字组成，区分大小写"


@pytest.mark.parametrize("password", ["Abcd1234", "a1" * 10])
async def test_s0_06_8_to_20_letters_and_digits_are_a_password(auth: Auth, password: str) -> None:
    form = await auth.form(password=password, password_confirmation=password)

    assert (await auth.use_cases.activate_account(form)).session.kind == "candidate"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"password_confirmation": "Abcd12346"}, PasswordsDifferError),
        ({"recovery_question": "  "}, RecoveryMissingError),
        ({"recovery_answer": None}, RecoveryMissingError),
        ({"commitments_accepted": False}, CommitmentsMissingError),
        ({"entry_token": "nothing"}, EntryTokenInvalidError),
    ],
)
async def test_s0_08_activation_needs_everything(
    auth: Auth, change: dict[str, object], error: type[Exception]
) -> None:
    form = await auth.form(ZHANG, **change)

    with pytest.raises(error):
        await auth.use_cases.activate_account(form)

    assert auth.told == []


async def test_s0_09_activation_stores_tells_and_signs_in(auth: Auth) -> None:
    registration = auth.registrations.items[ZHANG].registration
    signed_in = await auth.activated()

    now, version = auth.clock.now(), registration.policy
    activation = auth.accounts.activations[registration.candidate_id]
    assert activation.password_hash == f"quick:{PASSWORD}"
    assert activation.recovery == Recovery("您的小学校名是什么？", "quick:济南路小学a")
    assert activation.commitments == Commitments(version, now)
    assert auth.told == [
        Told(
            AccountActivated(candidate_id=registration.candidate_id, registration_id=ZHANG),
            f"account:{registration.candidate_id}",
            2,
            scope_of(registration),
        )
    ]
    profile = await auth.use_cases.show_candidate(registration.candidate_id, signed_in.session.id)
    assert [card.registration.id for card in profile.cards] == [ZHANG]


async def test_of_many_activations_at_once_one_wins(auth: Auth) -> None:
    form = await auth.form()
    results = await asyncio.gather(
        *(auth.use_cases.activate_account(form) for _ in range(10)), return_exceptions=True
    )

    losers = [result for result in results if isinstance(result, BaseException)]
    assert (len(losers), {type(loser) for loser in losers}) == (9, {AlreadyActivatedError})
    assert len(auth.told) == 1


async def test_an_active_account_is_not_activated_again(auth: Auth) -> None:
    await auth.activated()
    entry = await auth.use_cases.open_entry(auth.ticket())

    assert entry.account.activated_at == auth.clock.now()
    with pytest.raises(AlreadyActivatedError):
        await auth.use_cases.activate_account(await auth.form())


async def test_half_an_hour_after_the_entry_the_page_is_over(auth: Auth) -> None:
    form = await auth.form()
    auth.clock.advance(timedelta(minutes=30))

    with pytest.raises(EntryTokenInvalidError):
        await auth.use_cases.activate_account(form)


async def test_one_candidate_sees_nothing_of_another(auth: Auth) -> None:
    signed_in, other = await auth.activated(ZHANG), await auth.activated(LI)

    profile = await auth.use_cases.show_candidate(signed_in.session.account_id, signed_in.session.id)

    assert [card.registration.id for card in profile.cards] == [ZHANG]
    assert other.session.account_id != signed_in.session.account_id
