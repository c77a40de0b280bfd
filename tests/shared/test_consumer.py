"""One rule settles every message."""

from dataclasses import dataclass, field

import pytest

from shared.errors import ConflictError, TransientError
from shared.events import Envelope
from shared.events.auth import SessionRevoked
from shared.events.uploads import DossierChanged
from shared.messaging.consumer import SCHEDULE, Handled, Park, Retry, Subscription, handle
from shared.messaging.topology import QueueSpec
from tests.support.envelopes import a_dossier_state, a_revocation, enveloped
from tests.support.keys import a_sealer

QUEUE = QueueSpec("review.follow-sessions", (SessionRevoked,))


@dataclass
class Recorder:
    """Handles by remembering, or by failing as told."""

    failure: Exception | None = None
    seen: list[str] = field(default_factory=list)

    async def __call__(self, event: SessionRevoked, _: Envelope) -> None:
        """Take one event."""
        self.seen.append(event.session_id)
        if self.failure is not None:
            raise self.failure


def subscribed(recorder: Recorder) -> Subscription:
    return Subscription(QUEUE, {SessionRevoked: recorder})


async def test_a_handled_message_is_acknowledged() -> None:
    recorder = Recorder()

    outcome = await handle(subscribed(recorder), a_sealer("review"), enveloped(a_revocation()).to_json(), 0)

    assert (outcome, recorder.seen) == (Handled(), ["s1"])


async def test_a_transient_failure_goes_through_growing_delays() -> None:
    subscription = subscribed(Recorder(TransientError()))
    body = enveloped(a_revocation()).to_json()

    outcomes = [
        await handle(subscription, a_sealer("review"), body, attempt) for attempt in range(len(SCHEDULE))
    ]

    tiers = [outcome.tier for outcome in outcomes if isinstance(outcome, Retry)]
    assert tiers == [*["retry.1s"] * 3, *["retry.10s"] * 3, *["retry.1m"] * 3, *["retry.10m"] * 6]


async def test_after_the_last_delay_a_message_is_parked_not_dropped() -> None:
    subscription = subscribed(Recorder(TransientError()))

    outcome = await handle(
        subscription, a_sealer("review"), enveloped(a_revocation()).to_json(), len(SCHEDULE)
    )

    assert outcome == Park("gave_up:unavailable")


@pytest.mark.parametrize("failure", [ConflictError(), ValueError("bug"), KeyError("bug")])
async def test_any_other_failure_parks_at_once(failure: Exception) -> None:
    subscription = subscribed(Recorder(failure))

    outcome = await handle(subscription, a_sealer("review"), enveloped(a_revocation()).to_json(), 0)

    assert outcome == Park(f"failed:{type(failure).__name__}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"id":"1"}',
        enveloped(a_dossier_state()).to_json(),
        enveloped(a_revocation(), producer="uploads").to_json(),
        enveloped(a_revocation()).model_copy(update={"schema_version": 99}).to_json(),
        enveloped(a_revocation()).model_copy(update={"data": {"session_id": {"$ne": 1}}}).to_json(),
    ],
    ids=[
        "empty",
        "cut",
        "binary",
        "list",
        "half",
        "foreign type",
        "foreign producer",
        "unknown version",
        "operator",
    ],
)
async def test_b9_poison_is_parked_without_reaching_the_handler(body: bytes) -> None:
    recorder = Recorder()

    outcome = await handle(subscribed(recorder), a_sealer("review"), body, 0)

    assert (outcome, recorder.seen) == (Park("unreadable"), [])


def test_a_queue_that_takes_events_nobody_handles_is_refused() -> None:
    queue = QueueSpec("review.follow", (SessionRevoked, DossierChanged))

    with pytest.raises(ValueError, match="handlers do not match"):
        Subscription(queue, {SessionRevoked: Recorder()})
