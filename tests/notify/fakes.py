"""Notify's ports in memory; the contract suite holds them to what the real adapters do."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notify.errors import SmsNotTakenError, SmsRefusedError, SmsUndecidedError
from services.notify.model import Message, Registration
from services.notify.repository import LAST_SEQUENCE
from services.notify.sms import Sms
from shared.events import Event, Scope
from shared.mongo import StoreUnavailableError
from tests.support.clocks import StandingClock


@dataclass
class InMemoryRegistrations:
    """Registrations in a dictionary."""

    items: dict[str, tuple[int, Registration]] = field(default_factory=dict)

    async def follow(self, registration: Registration, sequence: int) -> bool:
        """Take over a newer state; return whether it was newer."""
        if registration.id in self.items and self.items[registration.id][0] >= sequence:
            return False
        self.items[registration.id] = (sequence, registration)
        return True

    async def erase(self, registration_id: str, scope: Scope) -> None:
        """Forget who it is for good, known or not."""
        gone = Registration(registration_id, scope.candidate or "", scope, "", "", is_erased=True)
        self.items[registration_id] = (LAST_SEQUENCE, gone)

    async def find(self, registration_id: str) -> Registration | None:
        """Return one registration."""
        found = self.items.get(registration_id)
        return found[1] if found else None


@dataclass
class InMemoryMessages:
    """Messages in a dictionary, and what was said about them."""

    told: list[Event] = field(default_factory=list)
    items: dict[str, Message] = field(default_factory=dict)

    async def add(self, message: Message, events: Sequence[Event]) -> bool:
        """Store a message with its events; only the first of an id is stored."""
        if message.id in self.items:
            return False
        self.items[message.id] = message
        self.told.extend(events)
        return True

    async def of_registration(self, registration_id: str) -> list[Message]:
        """Return a registration's messages, newest first."""
        own = [one for one in self.items.values() if one.registration_id == registration_id]
        return sorted(own, key=lambda one: one.at, reverse=True)

    async def forget(self, registration_id: str) -> int:
        """Delete a registration's messages; return how many there were."""
        own = [one.id for one in self.items.values() if one.registration_id == registration_id]
        for message_id in own:
            del self.items[message_id]
        return len(own)


@dataclass
class InMemorySendbacks:
    """Ended send-backs in a dictionary."""

    items: dict[str, str] = field(default_factory=dict)

    async def close(self, sendback_id: str, registration_id: str) -> None:
        """Note the end."""
        self.items.setdefault(sendback_id, registration_id)

    async def closed_of(self, registration_id: str) -> frozenset[str]:
        """Return the ended send-backs of a registration."""
        return frozenset(key for key, owner in self.items.items() if owner == registration_id)


@dataclass
class InMemorySms:
    """SMS in a dictionary; `saves_left` makes those after so many saves fail."""

    told: list[Event] = field(default_factory=list)
    items: dict[str, Sms] = field(default_factory=dict)
    saves_left: int | None = None

    async def add(self, sms: Sms) -> bool:
        """Store an SMS; only the first of an id is stored."""
        if sms.id in self.items:
            return False
        self.items[sms.id] = sms
        return True

    async def find(self, sms_id: str) -> Sms | None:
        """Return one SMS."""
        return self.items.get(sms_id)

    async def save(self, before: Sms, after: Sms, events: Sequence[Event] = ()) -> bool:
        """Store an SMS with its events unless it was changed in between."""
        if self.saves_left is not None:
            if not self.saves_left:
                raise StoreUnavailableError
            self.saves_left -= 1
        if self.items[before.id].version != before.version:
            return False
        self.items[after.id] = after
        self.told.extend(events)
        return True

    async def to_send(self, now: datetime, machine_now: datetime, limit: int) -> list[Sms]:
        """Return what is queued, released and not delayed."""
        due = [
            sms
            for sms in self.items.values()
            if sms.state == "queued" and sms.release_at <= now and sms.retry_at <= machine_now
        ]
        return sorted(due, key=lambda sms: sms.release_at)[:limit]

    async def to_settle(self, machine_now: datetime, limit: int) -> list[Sms]:
        """Return what has been under way for too long."""
        due = [sms for sms in self.items.values() if sms.state == "sending" and sms.retry_at <= machine_now]
        return sorted(due, key=lambda sms: sms.retry_at)[:limit]


class CrashError(Exception):
    """The process dies here."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a phone got."""

    our_id: str
    phone: str
    text: str


@dataclass
class ScriptedGateway:
    """A provider that does the next thing of a script, and accepts when there is none left.

    accept; lost: accepts, the answer is lost; late: accepts when the call is long over; swallow: neither
    accepts nor answers; refuse; busy: takes nothing; die, accept_die: our process is killed.
    """

    machine: StandingClock
    script: deque[str] = field(default_factory=deque)
    is_reachable: bool = True
    sent: list[Sent] = field(default_factory=list)
    calls: int = 0
    _late: list[tuple[datetime, Sent]] = field(default_factory=list)

    async def send(self, our_id: str, phone: str, signature: str, text: str) -> str:
        """Do what the script says."""
        self.calls += 1
        act = self.script.popleft() if self.script else "accept"
        sms = Sent(our_id, phone, f"【{signature}】{text}")
        if act in {"accept", "lost", "accept_die"}:
            self.sent.append(sms)
        if act == "late":
            self._late.append((self.machine.now() + timedelta(seconds=9), sms))
        self._fail(act)
        return f"provider-{len(self.sent)}"

    async def find(self, our_id: str) -> str | None:
        """Answer truly, if at all."""
        if not self.is_reachable:
            raise SmsUndecidedError
        self.arrive()
        return next((f"provider-{at}" for at, sms in enumerate(self.sent, 1) if sms.our_id == our_id), None)

    def arrive(self) -> None:
        """Accept what the provider was still busy with."""
        now = self.machine.now()
        self.sent.extend(sms for at, sms in self._late if at <= now)
        self._late = [(at, sms) for at, sms in self._late if at > now]

    @staticmethod
    def _fail(act: str) -> None:
        match act:
            case "refuse":
                raise SmsRefusedError("content_refused")
            case "busy":
                raise SmsNotTakenError
            case "lost" | "late" | "swallow":
                raise SmsUndecidedError
            case "die" | "accept_die":
                raise CrashError
            case _:
                return
