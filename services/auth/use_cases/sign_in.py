"""Signing in: every try is counted before it is judged, and no answer tells what was wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import structlog
from prometheus_client import Counter

from services.auth.errors import CodeWrongError, SessionEndedError, SignInFailedError, TooManyTriesError
from services.auth.model import StaffMember, folded
from services.auth.ports import Accounts, Passwords, Sessions, Staff, TryCounts
from services.auth.session import Kind
from services.auth.totp import matching_step, step_at
from services.auth.tries import (
    FREE_TRIES,
    FREE_TRIES_WHEN_HOT,
    Blocked,
    admit,
    count_failure,
    is_hot,
)
from services.auth.use_cases.sessions import BeginSession, SignedIn
from shared.clock import Clock

ROUNDS = 20
CROWDED = timedelta(seconds=1)
FAILED = Counter("kaoshen_sign_in_failed", "Failed sign-ins", ["kind"])
THROTTLED = Counter("kaoshen_sign_in_throttled", "Sign-ins refused for too many tries", ["kind"])

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Guard:
    """Counts tries per account and failures per address; the counts are in the store, not in memory."""

    counts: TryCounts
    clock: Clock

    async def enter(self, kind: Kind, username: str, address: str) -> None:
        """Count a try before anything is judged.

        Raises:
            TooManyTriesError: the account must rest; `retry_after` says how long.
        """
        hot = is_hot(await self.counts.get(_address_key(address)), self.clock.now())
        free = FREE_TRIES_WHEN_HOT if hot else FREE_TRIES
        key = _account_key(kind, username)
        for _ in range(ROUNDS):
            before = await self.counts.get(key)
            after = admit(before, self.clock.now(), free)
            if isinstance(after, Blocked):
                self._refuse(kind, after.wait)
            elif await self.counts.replace(key, before, after):
                return
        # So many try at once that ours could not be counted: then it must not be judged either.
        self._refuse(kind, CROWDED)

    async def succeeded(self, kind: Kind, username: str) -> None:
        """Forget the account's count."""
        await self.counts.clear(_account_key(kind, username))

    async def failed(self, kind: Kind, address: str) -> None:
        """Count a failure of the address."""
        FAILED.labels(kind).inc()
        key = _address_key(address)
        for _ in range(ROUNDS):
            before = await self.counts.get(key)
            after = count_failure(before, self.clock.now())
            if await self.counts.replace(key, before, after):
                if is_hot(after, self.clock.now()):
                    log.warning("sign_in.address_hot", failures=after.count)
                return

    def _refuse(self, kind: Kind, wait: timedelta) -> None:
        THROTTLED.labels(kind).inc()
        seconds = max(1, ceil(wait.total_seconds()))
        raise TooManyTriesError(f"尝试次数过多，请{_in_words(seconds)}后再试", retry_after=seconds)


@dataclass(frozen=True, slots=True)
class OneTimeCodes:
    """Judges one-time codes; each is good once."""

    staff: Staff
    clock: Clock

    async def use(self, member: StaffMember, code: str) -> bool:
        """Use a member's code up; tell whether it was good."""
        now = self.clock.now()
        step = matching_step(member.totp_secret, code, now)
        return step is not None and await self.staff.use_step(member.id, step, step_at(now) + 1)


@dataclass(frozen=True, slots=True)
class SignInCandidate:
    """Sign a candidate in by username and password.

    Raises:
        SignInFailedError: for whatever reason.
        TooManyTriesError: too many failed tries.
    """

    accounts: Accounts
    passwords: Passwords
    guard: Guard
    begin: BeginSession

    async def __call__(self, username: str, password: str, address: str) -> SignedIn:
        """Return the new session."""
        self.passwords.ensure_room()
        await self.guard.enter("candidate", username, address)
        account = await self.accounts.get(self.accounts.id_of(username))
        stored = account.password_hash if account is not None else None
        good = await self.passwords.matches(stored, password)
        if account is None or stored is None or not good:
            await self.guard.failed("candidate", address)
            raise SignInFailedError("用户名或密码不正确")
        await self.guard.succeeded("candidate", username)
        if self.passwords.is_outdated(stored):
            await self.accounts.rehash(account.id, stored, await self.passwords.hash(password))
        return await self.begin("candidate", account.id)


@dataclass(frozen=True, slots=True)
class SignInStaff:
    """Sign a staff member in by username, password and one-time code.

    Raises:
        SignInFailedError: for whatever reason.
        TooManyTriesError: too many failed tries.
    """

    staff: Staff
    passwords: Passwords
    guard: Guard
    begin: BeginSession
    codes: OneTimeCodes

    async def __call__(self, username: str, password: str, code: str, address: str) -> SignedIn:
        """Return the new session."""
        self.passwords.ensure_room()
        await self.guard.enter("staff", username, address)
        member = await self.staff.get(self.staff.id_of(username))
        good = await self.passwords.matches(member.password_hash if member else None, password)
        if member is None or not good or member.disabled or not await self.codes.use(member, code):
            await self.guard.failed("staff", address)
            raise SignInFailedError
        await self.guard.succeeded("staff", username)
        return await self.begin("staff", member.id, member)


@dataclass(frozen=True, slots=True)
class StepUp:
    """Take another one-time code of a staff member who is signed in, before an act that asks for it.

    Raises:
        SessionEndedError: the session has ended.
        CodeWrongError: the code is not the device's, or was used before.
        TooManyTriesError: too many wrong ones.
    """

    sessions: Sessions
    staff: Staff
    guard: Guard
    codes: OneTimeCodes
    clock: Clock

    async def __call__(self, staff_id: str, session_id: str, code: str, address: str) -> datetime:
        """Return when the code was good."""
        session, member = await self.sessions.get(session_id), await self.staff.get(staff_id)
        is_live = session is not None and session.is_live(self.clock.now())
        if not is_live or member is None or member.disabled:
            raise SessionEndedError
        # Counted by id: who tries passwords for the username must not block somebody who is signed in.
        await self.guard.enter("staff", member.id, address)
        if not await self.codes.use(member, code):
            await self.guard.failed("staff", address)
            raise CodeWrongError
        await self.guard.succeeded("staff", member.id)
        log.info("staff.stepped_up", staff_id=staff_id)
        return self.clock.now()


def _account_key(kind: Kind, username: str) -> str:
    return f"{kind}:{folded(username)}"


def _address_key(address: str) -> str:
    return f"address:{address}"


def _in_words(seconds: int) -> str:
    return f"{seconds}秒" if seconds < 60 else f"{ceil(seconds / 60)}分钟"  # noqa: PLR2004 - a minute
