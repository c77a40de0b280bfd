"""The scheduler as a process on real servers: killed around the provider's call, it never sends two SMS."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer, unused_port
from pydantic import SecretStr

from deploy.embedded import System
from services.notify.repository import MongoRegistrations, MongoSmsMessages
from services.notify.use_cases.notices import registration_in
from shared.clock import SystemClock
from shared.events.writer import EventWriter
from shared.ids import new_id
from shared.keys import KeyRing, init_keys
from shared.messaging.outbox import Outbox
from shared.messaging.publisher import publishing
from shared.mongo import Database, database_at
from shared.sealing import FieldCipher, Sealer
from shared.settings import BrokerSettings, MongoSettings
from tests.notify.builders import POLICIES, a_registration, an_envelope, an_sms
from tests.support.broker import eventually
from tests.support.simulators.sms_provider import Mode, Provider, build_app
from tests.support.simulators.sms_provider import Outbox as ProviderOutbox

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
KILLED = -9


@dataclass(frozen=True)
class Machine:
    """Where notify's scheduler runs, and the provider it calls."""

    environment: Mapping[str, str]
    database: Database
    provider: Provider

    async def start(self, crash_at: str = "") -> asyncio.subprocess.Process:
        """Start a scheduler, on ports of its own."""
        ports = {f"NOTIFY_HTTP__{name}": str(unused_port()) for name in ("PORT", "INTERNAL_PORT")}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.notify", "scheduler"),
            cwd=ROOT,
            env={**os.environ, **self.environment, **ports, "CRASH_AT": crash_at},
            stdout=asyncio.subprocess.DEVNULL,
        )

    async def is_accepted(self) -> bool:
        """Return whether the SMS is recorded as accepted and everything about it was told."""
        found = await self.database["sms"].find_one({"_id": "s1"})
        return found is not None and found["state"] == "accepted" and not found["outbox"]


@pytest.fixture
async def machine(servers: System, tmp_path: Path) -> AsyncIterator[Machine]:
    """Return a machine with one SMS to send."""
    init_keys(tmp_path / "keys")
    name = f"test_{new_id()[-12:]}"
    url = servers.mongo_url("admin")
    ring = KeyRing(tmp_path / "keys" / "notify")
    provider = Provider(ProviderOutbox(tmp_path / "outbox.jsonl"), SystemClock(), hang_seconds=6.0)
    broker = BrokerSettings(url=SecretStr(servers.broker_url("notify")))
    async with (
        TestServer(build_app(provider)) as server,
        database_at(MongoSettings(url=SecretStr(url), database=name)) as database,
        publishing(broker, "tests") as publisher,
    ):
        registrations = MongoRegistrations(database["registrations"], FieldCipher.of(ring))
        await registrations.follow(registration_in(a_registration(), an_envelope(a_registration())), 1)
        writer = EventWriter("notify", SystemClock(), Sealer.of("notify", ring))
        await MongoSmsMessages(database["sms"], Outbox(database["sms"], publisher), writer).add(an_sms())
        environment = {
            "NOTIFY_MONGO__URL": url,
            "NOTIFY_MONGO__DATABASE": name,
            "NOTIFY_BROKER__URL": broker.url.get_secret_value(),
            "NOTIFY_HTTP__ORIGINS": "[]",
            "NOTIFY_KEYS__DIRECTORY": str(ring.directory),
            "NOTIFY_POLICY__FILES": f'["{POLICIES / "shandong-2020.yaml"}"]',
            "NOTIFY_SMS__PROVIDER": "development",
            "NOTIFY_SMS__URL": str(server.make_url("")),
        }
        yield Machine(environment, database, provider)


@pytest.mark.parametrize("crash_at", ["notify.before_send", "notify.after_send", "notify.after_record"])
async def test_b1_a_scheduler_killed_around_the_call_never_sends_two_sms(
    machine: Machine, crash_at: str
) -> None:
    process = await machine.start(crash_at)
    killed = await asyncio.wait_for(process.wait(), 30)
    process = await machine.start()
    try:
        await eventually(machine.is_accepted, within=60)
    finally:
        process.terminate()
        stopped = await asyncio.wait_for(process.wait(), 30)

    assert (killed, stopped) == (KILLED, 0)
    assert machine.provider.attempts == {"s1": 1}
    assert len(machine.provider.outbox.find()) == 1


async def test_b1_two_schedulers_and_a_provider_that_does_not_answer_send_one_sms(machine: Machine) -> None:
    machine.provider.mode = Mode.ACCEPT_THEN_TIMEOUT
    processes = [await machine.start() for _ in range(2)]
    try:
        await eventually(machine.is_accepted, within=60)
    finally:
        for process in processes:
            process.terminate()
        await asyncio.gather(*(asyncio.wait_for(process.wait(), 30) for process in processes))

    assert machine.provider.attempts == {"s1": 1}
