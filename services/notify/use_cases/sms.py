"""Sending SMS and settling what a crash or a silent provider left undecided."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from services.notify import sms as machine
from services.notify.errors import SmsNotTakenError, SmsRefusedError, SmsUndecidedError
from services.notify.ports import Registrations, SmsGateway, SmsMessages
from services.notify.sms import Sms, Step
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import TransientError

PAGE = 100
AT_ONCE = 8
TRIES = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SendDueSms:
    """Send what is queued and released; of several instances one claims each SMS."""

    sms: SmsMessages
    registrations: Registrations
    gateway: SmsGateway
    clock: Clock
    machine: Clock

    async def __call__(self) -> int:
        """Send one page; return how many were due.

        Raises:
            TransientError: the store did not answer; what was under way is settled later.
        """
        due = await self.sms.to_send(self.clock.now(), self.machine.now(), PAGE)
        await _each(due, self._send)
        return len(due)

    async def _send(self, sms: Sms) -> None:
        registration = await self.registrations.find(sms.registration_id)
        if registration is None or not registration.phone:
            await record(self.sms, sms, machine.without_phone)
            return
        claim = machine.claimed(sms, self.machine.now())
        if claim is None or not await self.sms.save(sms, claim.sms):
            return
        crashpoint("notify.before_send")
        transition = await self._call(claim.sms, registration.phone)
        crashpoint("notify.after_send")
        if transition is not None:
            await record(self.sms, claim.sms, transition)
            crashpoint("notify.after_record")

    async def _call(self, sms: Sms, phone: str) -> "Transition | None":
        """Call the provider once; return what its answer means, or nothing where it is not known."""
        if not machine.is_fresh(sms, self.machine.now()):
            return None
        attempt = sms.attempt
        try:
            provider_id = await self.gateway.send(sms.id, phone, sms.signature, sms.text)
        except SmsRefusedError as error:
            code = error.reason
            return lambda current: machine.refused(current, attempt, code)
        except SmsNotTakenError:
            now = self.machine.now()
            return lambda current: machine.not_taken(current, attempt, now)
        except SmsUndecidedError:
            log.warning("sms.undecided", sms_id=sms.id, attempt=attempt)
            return None
        return lambda current: machine.accepted(current, provider_id)


@dataclass(frozen=True, slots=True)
class SettleSms:
    """Ask the provider what became of calls that have no recorded answer."""

    sms: SmsMessages
    gateway: SmsGateway
    machine: Clock

    async def __call__(self) -> int:
        """Settle one page; return how many were undecided.

        Raises:
            TransientError: the store did not answer.
        """
        undecided = await self.sms.to_settle(self.machine.now(), PAGE)
        await _each(undecided, self._settle)
        return len(undecided)

    async def _settle(self, sms: Sms) -> None:
        attempt = sms.attempt
        # The time is taken before asking: only what was certain then may lead to a second attempt.
        now = self.machine.now()
        if not machine.is_to_settle(sms, now):
            return
        try:
            provider_id = await self.gateway.find(sms.id)
        except SmsUndecidedError:
            await record(self.sms, sms, lambda current: machine.still_undecided(current, attempt, now))
            return
        if provider_id is not None:
            await record(self.sms, sms, lambda current: machine.accepted(current, provider_id))
        else:
            await record(self.sms, sms, lambda current: machine.absent(current, attempt, now))


Transition = Callable[[Sms], Step | None]


async def record(store: SmsMessages, sms: Sms, transition: Transition) -> None:
    """Store what is known now, on the newest state there is."""
    current: Sms | None = sms
    for _ in range(TRIES):
        step = transition(current) if current is not None else None
        if current is None or step is None:
            return
        if await store.save(current, step.sms, step.events):
            log.info("sms.moved", sms_id=sms.id, state=step.sms.state, failure=step.sms.failure)
            return
        current = await store.find(sms.id)


async def _each(items: Sequence[Sms], act: Callable[[Sms], Awaitable[None]]) -> None:
    """Act on every item, a few at once; one that fails for now does not keep the others."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: Sms) -> TransientError | None:
        async with slots:
            try:
                await act(item)
            except TransientError as error:
                return error
        return None

    failures = [error for error in await asyncio.gather(*map(one, items)) if error is not None]
    if failures:
        raise failures[0]
