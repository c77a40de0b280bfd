"""Argon2id off the event loop: two threads, a bounded queue, and the same work for unknown users."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from prometheus_client import Gauge

from services.auth.errors import HasherBusyError

THREADS = 2
MOST_WAITING = 100
MEMORY_KIB = 19 * 1024
ROUNDS = 2
BUSY_SECONDS = 2
WAITING = Gauge("kaoshen_password_hashes_waiting", "Password hashes waiting or being made")

Result = TypeVar("Result")


class Argon2Passwords:
    """Hashes and verifies; memory is bounded by the number of threads, waiting by the queue."""

    def __init__(self, executor: ThreadPoolExecutor, most_waiting: int = MOST_WAITING) -> None:
        self._executor = executor
        self._most_waiting = most_waiting
        self._hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)
        self._nobodys = self._hasher.hash("nobody's password")
        self._waiting = 0

    async def hash(self, text: str) -> str:
        """Return the hash to store.

        Raises:
            HasherBusyError: too many wait.
        """
        return await self._run(lambda: self._hasher.hash(_normal(text)))

    async def matches(self, stored: str | None, text: str) -> bool:
        """Tell whether the text is the stored one; without one it takes as long and is false.

        Raises:
            HasherBusyError: too many wait.
        """
        good = await self._run(lambda: self._verify(stored or self._nobodys, _normal(text)))
        return good and stored is not None

    def ensure_room(self) -> None:
        """Refuse what could not be checked soon.

        Raises:
            HasherBusyError: too many wait.
        """
        if self._waiting >= self._most_waiting:
            raise HasherBusyError(retry_after=BUSY_SECONDS)

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other settings than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, text: str) -> bool:
        try:
            return self._hasher.verify(stored, text)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        self.ensure_room()
        self._waiting += 1
        WAITING.set(self._waiting)
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        # A caller that goes away leaves its work in the queue: it counts until it is done.
        future.add_done_callback(self._finished)
        return await asyncio.shield(future)

    def _finished(self, _: "asyncio.Future[Result]") -> None:
        self._waiting -= 1
        WAITING.set(self._waiting)


@asynccontextmanager
async def hashing() -> AsyncIterator[Argon2Passwords]:
    """Open the pool of threads."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="argon2") as executor:
        yield Argon2Passwords(executor)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
