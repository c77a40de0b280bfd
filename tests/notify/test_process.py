"""The API as a process on real servers: from events to messages and a stream that ends when it stops."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from pydantic import SecretStr

from deploy.embedded import System
from services.notify.consumers import QUEUES
from shared.clock import SystemClock
from shared.events import Event
from shared.events.auth import SessionRevoked
from shared.events.envelope import ServiceName
from shared.events.writer import EventWriter
from shared.ids import new_id
from shared.keys import KeyRing, init_keys
from shared.messaging.publisher import publishing
from shared.sealing import Sealer
from shared.settings import BrokerSettings
from shared.web.identity import ACCESS_COOKIE, CandidateCaller, TokenSigner
from tests.notify.builders import POLICIES, REASON, SCOPE, a_registration, a_send_back
from tests.support.broker import declare, eventually
from tests.support.clocks import A_MORNING

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class World:
    """The other services and a browser, around a running API."""

    servers: System
    keys: Path
    url: str
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process

    async def say(self, event: Event, subject: str, sequence: int = 1) -> None:
        """Publish an event with its producer's account and keys."""
        producer: ServiceName = event.type.partition(".")[0]  # type: ignore[assignment]  # the type's prefix
        writer = EventWriter(producer, SystemClock(), Sealer.of(producer, KeyRing(self.keys / producer)))
        envelope = writer.envelope(event, subject=subject, sequence=sequence, scope=SCOPE)
        broker = BrokerSettings(url=SecretStr(self.servers.broker_url(producer)))
        async with publishing(broker, producer) as publisher:
            await publisher.publish(envelope)

    async def messages(self) -> tuple[int, list[dict[str, Any]]]:
        """Read the messages."""
        address = f"{self.url}/api/notify/registrations/r1/messages"
        async with self.session.get(address, headers=self.cookies()) as response:
            return response.status, (await response.json(content_type=None)).get("items", [])

    def cookies(self) -> dict[str, str]:
        """Return the candidate's headers."""
        signer = TokenSigner(KeyRing(self.keys / "auth").signing("tokens"), SystemClock())
        return {"Cookie": f"{ACCESS_COOKIE}={signer.access(CandidateCaller('c1', 'session-1'))}"}

    async def until(self, holds: Callable[[int, list[dict[str, Any]]], bool]) -> None:
        """Wait until the messages are as wanted."""

        async def check() -> bool:
            return holds(*await self.messages())

        await eventually(check)


@pytest.fixture
async def world(servers: System, broker_settings: BrokerSettings, tmp_path: Path) -> AsyncIterator[World]:
    """Return a world with a running API."""
    init_keys(tmp_path / "keys")
    await declare(broker_settings, QUEUES, ("notify",))
    port = unused_port()
    environment = {
        "NOTIFY_MONGO__URL": servers.mongo_url("admin"),
        "NOTIFY_MONGO__DATABASE": f"test_{new_id()[-12:]}",
        "NOTIFY_BROKER__URL": servers.broker_url("notify"),
        "NOTIFY_HTTP__PORT": str(port),
        "NOTIFY_HTTP__INTERNAL_PORT": str(unused_port()),
        "NOTIFY_HTTP__ORIGINS": "[]",
        "NOTIFY_KEYS__DIRECTORY": str(tmp_path / "keys" / "notify"),
        "NOTIFY_POLICY__FILES": f'["{POLICIES / "shandong-2020.yaml"}"]',
        "NOTIFY_SMS__PROVIDER": "development",
        "NOTIFY_SMS__URL": "http://127.0.0.1:1",
    }
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        process = await stack.enter_async_context(running_api(environment))
        yield World(servers, tmp_path / "keys", f"http://127.0.0.1:{port}", session, process)


@asynccontextmanager
async def running_api(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the API as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.notify", "api"),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: answers(environment["NOTIFY_HTTP__INTERNAL_PORT"]), within=30)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answers(port: str) -> bool:
    """Return whether the API is ready."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/readyz") as response,
        ):
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def test_a_return_reaches_the_open_page_and_the_stream_ends_with_the_service(world: World) -> None:
    await world.say(a_registration(), "registration:r1")
    await world.until(lambda status, _: status == 200)

    async with world.session.get(
        f"{world.url}/api/notify/stream?registration=r1", headers=world.cookies()
    ) as stream:
        await world.say(a_send_back(), "case:r1", sequence=4)
        async with asyncio.timeout(20):
            while not (line := await stream.content.readline()).startswith(b"data:"):
                pass
        status, items = await world.messages()
        world.process.terminate()
        stopped = await asyncio.wait_for(world.process.wait(), 15)
        rest = await stream.content.read()

    assert (status, [item["text"] for item in items]) == (200, [REASON])
    assert b'"subject":"message:' in line
    assert b"event" not in rest
    assert stopped == 0


async def test_d9_a_session_revoked_elsewhere_reads_nothing_within_seconds(world: World) -> None:
    await world.say(a_registration(), "registration:r1")
    await world.until(lambda status, _: status == 200)

    revoked = SessionRevoked(
        session_id="session-1", account_id="c1", reason="signed_out", revoked_at=A_MORNING
    )
    await world.say(revoked, "session:session-1")

    await world.until(lambda status, _: status == 401)
