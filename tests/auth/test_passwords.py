"""Argon2id in threads: right, bounded, and no faster for unknown users."""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.auth.errors import HasherBusyError
from services.auth.passwords import Argon2Passwords, hashing


@pytest.fixture
async def passwords() -> AsyncIterator[Argon2Passwords]:
    async with hashing() as opened:
        yield opened


async def test_a_password_matches_its_hash_and_no_other(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("Abcd12345")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches(stored, "Abcd12345")
    assert await passwords.matches(stored, "Ａbcd12345")
    assert not await passwords.matches(stored, "abcd12345")
    assert not await passwords.matches("no hash", "Abcd12345")
    assert not passwords.is_outdated(stored)


async def test_nobody_matches_nothing_and_it_costs_the_same(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("Abcd12345")

    async def taken(hashed: str | None) -> float:
        started = time.perf_counter()
        assert not await passwords.matches(hashed, "nobody's password")
        return time.perf_counter() - started

    known = sorted([await taken(stored) for _ in range(9)])[4]
    unknown = sorted([await taken(None) for _ in range(9)])[4]
    # The exact limit (10 % at n=200) belongs to a quiet machine; a missing hash would be 100 times faster.
    assert 0.4 < unknown / known < 2.5


async def test_more_than_can_wait_are_turned_away_at_once() -> None:
    with ThreadPoolExecutor(2) as executor:
        passwords = Argon2Passwords(executor, most_waiting=4)
        results = await asyncio.gather(*(passwords.hash("x") for _ in range(10)), return_exceptions=True)

        refused = [result for result in results if isinstance(result, HasherBusyError)]
        assert (len(refused), refused[0].extra) == (6, {"retry_after": 2})
        passwords.ensure_room()
