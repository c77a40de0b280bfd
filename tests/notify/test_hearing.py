"""Live updates over a real broker, with notify's own account."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from deploy.embedded import System
from services.notify.consumers import LIVE_EVENTS
from shared.events import Envelope
from shared.messaging.live import Listener, hearing
from shared.messaging.publisher import BrokerPublisher, BrokerUnavailableError, publishing
from shared.settings import BrokerSettings
from tests.notify.builders import a_send_back, an_envelope
from tests.support.broker import declare, eventually
from tests.support.envelopes import a_dossier_state

pytestmark = pytest.mark.real


@dataclass
class Ear:
    """What an instance has heard."""

    heard: list[str] = field(default_factory=list)
    beginnings: int = 0

    def receive(self, envelope: Envelope) -> None:
        """Keep one."""
        self.heard.append(envelope.id)

    def resumed(self) -> None:
        """Count a beginning."""
        self.beginnings += 1

    def listener(self) -> Listener:
        """Return what is to be heard."""
        return Listener(LIVE_EVENTS, self.receive, self.resumed)

    async def until_begun(self, times: int = 1) -> None:
        """Wait until the queue stands."""

        async def begun() -> bool:
            return self.beginnings >= times

        await eventually(begun, within=60)

    async def until_heard(self, event_id: str) -> None:
        """Wait until an event has come."""

        async def came() -> bool:
            return event_id in self.heard

        await eventually(came)


@pytest.fixture
async def own(servers: System, broker_settings: BrokerSettings) -> BrokerSettings:
    """Return notify's own account at a broker that has the exchange."""
    await declare(broker_settings, [])
    return BrokerSettings(url=SecretStr(servers.broker_url("notify")))


@asynccontextmanager
async def uploads(servers: System) -> AsyncIterator[BrokerPublisher]:
    """Hold a publisher with the account of uploads."""
    settings = BrokerSettings(url=SecretStr(servers.broker_url("uploads")))
    async with publishing(settings, "uploads") as publisher:
        yield publisher


async def published(publisher: BrokerPublisher, envelope: Envelope) -> str:
    """Send an event, patiently; queues of other services may be missing here."""
    for _ in range(60):
        try:
            await publisher.publish(envelope)
        except BrokerUnavailableError:
            await asyncio.sleep(0.5)
        else:
            break
    return envelope.id


async def test_every_instance_hears_everything(servers: System, own: BrokerSettings) -> None:
    ears = [Ear(), Ear(), Ear()]

    async with AsyncExitStack() as open_things:
        publisher = await open_things.enter_async_context(uploads(servers))
        for ear in ears:
            await open_things.enter_async_context(hearing(own, "notify", ear.listener()))
            await ear.until_begun()
        event_id = await published(publisher, an_envelope(a_dossier_state()))
        for ear in ears:
            await ear.until_heard(event_id)

    assert [ear.heard for ear in ears] == [[event_id]] * 3


async def test_the_reviewers_decisions_are_not_heard_before_they_are_posted(
    servers: System, own: BrokerSettings
) -> None:
    ear = Ear()
    review = BrokerSettings(url=SecretStr(servers.broker_url("review")))

    async with (
        publishing(review, "review") as publisher,
        uploads(servers) as other,
        hearing(own, "notify", ear.listener()),
    ):
        await ear.until_begun()
        # Where its consumers' queues are missing the event finds nobody, and so no live queue either.
        with contextlib.suppress(BrokerUnavailableError):
            await publisher.publish(an_envelope(a_send_back()))
        event_id = await published(other, an_envelope(a_dossier_state()))
        await ear.until_heard(event_id)

    assert ear.heard == [event_id]


async def test_b2_hearing_begins_anew_after_the_broker_was_killed(
    servers: System, own: BrokerSettings, broker_settings: BrokerSettings
) -> None:
    ear = Ear()

    async with uploads(servers) as publisher, hearing(own, "notify", ear.listener()):
        await ear.until_begun()
        await servers.kill("broker")
        await servers.until_ready("broker")
        await declare(broker_settings, [])
        await ear.until_begun(2)
        await ear.until_heard(await published(publisher, an_envelope(a_dossier_state())))
