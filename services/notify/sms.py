"""The SMS' state machine: never two for one event, whatever crashes and answers come in which order.

An SMS is claimed before the provider is called. A call whose outcome is not known leaves it `sending`;
only the provider's word that it has nothing of it makes it `queued` again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.events import Event, Scope
from shared.events.notify import MessageDelivered, MessageFailed

State = Literal["queued", "sending", "accepted", "delivered", "failed", "unknown"]

# A call ends after five seconds; ten more let the provider finish what it was busy with.
CALL_TIMEOUT = timedelta(seconds=5)
SETTLE_AFTER = timedelta(seconds=15)
ASK_AGAIN_AFTER = timedelta(seconds=15)
GIVE_UP_AFTER = timedelta(minutes=10)
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=5)
NO_PHONE = "no_phone"
UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS; `retry_at` and `sending_since` are by the machine's clock, which nobody moves."""

    id: str
    registration_id: str
    scope: Scope
    kind: str
    signature: str
    text: str
    release_at: datetime
    retry_at: datetime
    state: State = "queued"
    version: int = 1
    attempt: int = 0
    sending_since: datetime | None = None
    provider_id: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The SMS afterwards, and what is said about it."""

    sms: Sms
    events: tuple[Event, ...] = ()


def claimed(sms: Sms, now: datetime) -> Step | None:
    """Return the SMS about to be sent, or nothing when it is not its turn."""
    if sms.state != "queued" or sms.retry_at > now:
        return None
    return _moved(
        sms, state="sending", attempt=sms.attempt + 1, sending_since=now, retry_at=now + SETTLE_AFTER
    )


def is_fresh(sms: Sms, now: datetime) -> bool:
    """Return whether the claim is young enough to call the provider: a frozen process must not."""
    return sms.sending_since is not None and now - sms.sending_since < CALL_TIMEOUT


def without_phone(sms: Sms) -> Step | None:
    """Return the SMS that nobody can receive."""
    if sms.state != "queued":
        return None
    return _failed(sms, "failed", NO_PHONE)


def accepted(sms: Sms, provider_id: str) -> Step | None:
    """Return the SMS that the provider has taken over; its word counts however late it comes."""
    if sms.state in {"accepted", "delivered", "failed"}:
        return None
    step = _moved(sms, state="accepted", provider_id=provider_id, failure=None)
    return replace(step, events=(MessageDelivered(message_id=sms.id, channel="sms"),))


def refused(sms: Sms, attempt: int, code: str) -> Step | None:
    """Return the SMS that the provider will not send."""
    return _failed(sms, "failed", code) if _is_under_way(sms, attempt) else None


def not_taken(sms: Sms, attempt: int, now: datetime) -> Step | None:
    """Return the SMS that certainly did not leave; it is sent later."""
    if not _is_under_way(sms, attempt):
        return None
    return _moved(sms, state="queued", sending_since=None, retry_at=now + delay_after(attempt))


def absent(sms: Sms, attempt: int, now: datetime) -> Step | None:
    """Return the SMS that the provider says it never got; only an answer after the call's end counts."""
    if not _is_under_way(sms, attempt) or not is_to_settle(sms, now):
        return None
    return _moved(sms, state="queued", sending_since=None, retry_at=now)


def still_undecided(sms: Sms, attempt: int, now: datetime) -> Step | None:
    """Return the SMS that could not be settled now: asked again, and after ten minutes given to people."""
    if not _is_under_way(sms, attempt) or sms.sending_since is None:
        return None
    if now - sms.sending_since >= GIVE_UP_AFTER:
        return _failed(sms, "unknown", UNDECIDED)
    return _moved(sms, retry_at=now + ASK_AGAIN_AFTER)


def is_to_settle(sms: Sms, now: datetime) -> bool:
    """Return whether the provider is to be asked what became of the call."""
    return (
        sms.state == "sending" and sms.sending_since is not None and now - sms.sending_since >= SETTLE_AFTER
    )


def delay_after(attempt: int) -> timedelta:
    """Return the growing delay after an attempt that was not taken."""
    return min(LONGEST_DELAY, FIRST_DELAY * (1 << min(attempt - 1, 10)))


def _is_under_way(sms: Sms, attempt: int) -> bool:
    return sms.state == "sending" and sms.attempt == attempt


def _failed(sms: Sms, state: State, code: str) -> Step:
    step = _moved(sms, state=state, failure=code)
    return replace(step, events=(MessageFailed(message_id=sms.id, channel="sms", code=code),))


def _moved(sms: Sms, **changes: object) -> Step:
    return Step(replace(sms, version=sms.version + 1, **changes))  # type: ignore[arg-type]  # named fields of Sms
