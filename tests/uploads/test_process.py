"""The service as processes on real servers: one picture's way, with a process killed at every step."""

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image
from pydantic import SecretStr

from deploy.embedded import System
from deploy.embedded.ports import free_ports
from services.uploads.consumers import QUEUES
from shared.clock import SystemClock
from shared.events import EVENT_TYPES, Event, Scope
from shared.events.envelope import ServiceName
from shared.events.writer import EventWriter
from shared.ids import new_id
from shared.keys import KeyRing, init_keys
from shared.messaging.publisher import publishing
from shared.messaging.topology import QueueSpec
from shared.mongo import Database, database_at
from shared.sealing import Sealer
from shared.settings import BrokerSettings, MongoSettings
from shared.web.identity import ACCESS_COOKIE, CandidateCaller, TokenSigner
from tests.support.broker import declare, emptied, eventually, taken
from tests.uploads.builders import CANDIDATE, POLICIES, REGISTRATION, a_claim, a_registration_event
from tests.uploads.pictures import jpeg

pytestmark = pytest.mark.real
ORIGIN = "https://portal.test"
ROOT = Path(__file__).parents[2]
LISTENER = QueueSpec(
    "review.uploads-process-test",
    tuple(kind for name, kind in EVENT_TYPES.items() if name.startswith("uploads.")),
)
CRASH_POINTS = {
    "api": (
        "uploads.after_receive",
        "uploads.after_put",
        "uploads.after_record",
        "uploads.after_history",
        "uploads.after_hold",
    ),
    "worker": ("worker.after_decode", "worker.after_put", "worker.after_record"),
}


@dataclass(frozen=True)
class Machine:
    """Where uploads' processes run: environment, keys, database."""

    environment: Mapping[str, str]
    folder: Path
    url: str
    database: Database
    broker: BrokerSettings

    @asynccontextmanager
    async def supervised(self, role: str, crash_at: str = "") -> AsyncIterator[None]:
        """Keep a role running; what dies is started again. It must stop well when told to."""
        processes: list[asyncio.subprocess.Process] = []

        async def keep() -> None:
            while True:
                processes.append(await self._start(role, crash_at))
                await processes[-1].wait()

        task = asyncio.create_task(keep())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if processes and processes[-1].returncode is None:
                processes[-1].terminate()
                assert await asyncio.wait_for(processes[-1].wait(), 30) == 0

    async def _start(self, role: str, crash_at: str) -> asyncio.subprocess.Process:
        ports = free_ports().of_slot(0)
        internal = {} if role == "api" else {"UPLOADS_HTTP__INTERNAL_PORT": str(ports[1])}
        with (self.folder / f"{role}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "services.uploads", role),
                cwd=ROOT,
                env={**os.environ, **self.environment, **internal, "CRASH_AT": crash_at},
                stdout=log,
                stderr=log,
            )

    async def say(self, producer: ServiceName, event: Event) -> None:
        """Publish an event of another service about the registration."""
        sealer = Sealer.of(producer, KeyRing(self.folder / "keys" / producer))
        writer = EventWriter(producer, SystemClock(), sealer)
        scope = Scope(registration=REGISTRATION)
        envelope = writer.envelope(event, subject=f"case:{REGISTRATION}", sequence=1, scope=scope)
        async with publishing(self.broker, "tests") as publisher:
            await publisher.publish(envelope)

    async def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Send a request as the candidate, again and again until an answer comes."""
        key = KeyRing(self.folder / "keys" / "auth").signing("tokens")
        token = TokenSigner(key, SystemClock()).access(CandidateCaller(CANDIDATE, "s1"))
        sent = {"Origin": ORIGIN, "Cookie": f"{ACCESS_COOKIE}={token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with aiohttp.ClientSession() as client:
            for _ in range(200):
                with contextlib.suppress(aiohttp.ClientError):
                    async with client.request(
                        method, f"{self.url}/api/uploads{path}", data=body, headers=sent
                    ) as response:
                        if response.status != 503:
                            return response.status, await response.read()
                await asyncio.sleep(0.2)
        raise TimeoutError(path)

    async def page(self) -> dict[str, Any]:
        """Read the dossier."""
        status, content = await self.ask("GET", f"/dossiers/{REGISTRATION}")
        return json.loads(content) if status == 200 else {"categories": []}

    async def images(self) -> list[dict[str, Any]]:
        """Return all images on the page."""
        return [image for category in (await self.page())["categories"] for image in category["images"]]

    async def upload(self, content: bytes, query: str) -> dict[str, Any]:
        """Upload a picture with one key until it is acknowledged."""
        path = f"/dossiers/{REGISTRATION}/images?category=diploma{query}"
        key = f"key-{len(query):08d}"
        status, answer = await self.ask("POST", path, content, Idempotency_Key=key)
        assert status == 202, answer
        return dict(json.loads(answer))


@pytest.fixture
async def machine(servers: System, broker_settings: BrokerSettings, tmp_path: Path) -> AsyncIterator[Machine]:
    init_keys(tmp_path / "keys")
    (tmp_path / "crashed").mkdir()
    ports = free_ports().of_slot(0)
    name = f"test_{new_id()[-12:]}"
    accounts = servers.plan.accounts
    environment = {
        "UPLOADS_MONGO__URL": servers.mongo_url("admin"),
        "UPLOADS_MONGO__DATABASE": name,
        "UPLOADS_BROKER__URL": servers.broker_url("admin"),
        "UPLOADS_HTTP__PORT": str(ports[0]),
        "UPLOADS_HTTP__INTERNAL_PORT": str(ports[1]),
        "UPLOADS_HTTP__ORIGINS": json.dumps([ORIGIN]),
        "UPLOADS_KEYS__DIRECTORY": str(tmp_path / "keys" / "uploads"),
        "UPLOADS_POLICY__FILES": json.dumps([str(POLICIES / "demo.yaml")]),
        "UPLOADS_OBJECTS__ENDPOINT": f"127.0.0.1:{servers.plan.ports.objects}",
        "UPLOADS_OBJECTS__ACCESS_KEY": accounts.objects_access,
        "UPLOADS_OBJECTS__SECRET_KEY": accounts.objects_secret,
        "UPLOADS_OBJECTS__BUCKET": f"test-{new_id()[-12:]}",
        "UPLOADS_OBJECTS__SECURE": "false",
        "UPLOADS_WORKER__SLOTS": "1",
        "CRASH_ONCE": str(tmp_path / "crashed"),
    }
    await declare(broker_settings, [*QUEUES, LISTENER], ["uploads", "review", "auth", "notify"])
    # The broker is the whole session's: what other tests have left is sealed with other keys.
    await emptied(broker_settings, [queue.name for queue in (*QUEUES, LISTENER)])
    mongo = MongoSettings(url=SecretStr(servers.mongo_url("admin")), database=name)
    async with database_at(mongo) as database:
        yield Machine(environment, tmp_path, f"http://127.0.0.1:{ports[0]}", database, broker_settings)


async def heard(settings: BrokerSettings) -> dict[str, str]:
    """Return what uploads said, by event id."""
    events: dict[str, str] = {}
    while (message := await taken(settings, LISTENER.name)) is not None:
        events[message.message_id or ""] = message.type or ""
    return events


@pytest.mark.parametrize("role", list(CRASH_POINTS))
async def test_b1_a_picture_s_way_survives_a_kill_at_every_step_of(machine: Machine, role: str) -> None:
    """Each point kills once, so that the step after it is reached by a process that starts anew."""
    await heard(machine.broker)
    crash_at = ",".join(CRASH_POINTS[role])
    async with (
        machine.supervised("api", crash_at if role == "api" else ""),
        machine.supervised("worker", crash_at if role == "worker" else ""),
        machine.supervised("scheduler"),
    ):
        await machine.say("auth", a_registration_event())
        await eventually(lambda: _answers(machine), within=60)
        original = jpeg(1, (640, 480))
        first = await machine.upload(original, "")
        await eventually(lambda: _ready(machine, first["image_id"]), within=60)
        await _is_watermarked(machine, first["image_id"], original)
        second = await machine.upload(jpeg(2, (640, 480)), f"&replaces={first['image_id']}")
        await eventually(lambda: _ready(machine, second["image_id"]), within=60)
        await machine.say("review", a_claim(1))
        await eventually(lambda: _is_held(machine), within=60)
        await eventually(lambda: _outbox_is_empty(machine), within=60)

    said = sorted(
        kind for kind in (await heard(machine.broker)).values() if kind != "uploads.dossier.changed"
    )
    crashed = {path.name for path in (machine.folder / "crashed").iterdir()}
    assert crashed == set(CRASH_POINTS[role])
    assert said == [
        "uploads.dossier.locked",
        "uploads.image.ready",
        "uploads.image.ready",
        "uploads.image.received",
        "uploads.image.received",
    ]
    assert await machine.database["parked"].count({}) == 0


async def _answers(machine: Machine) -> bool:
    return bool((await machine.page())["categories"])


async def _ready(machine: Machine, image_id: str) -> bool:
    return [(image["image_id"], image["status"]) for image in await machine.images()] == [(image_id, "ready")]


async def _is_held(machine: Machine) -> bool:
    return bool((await machine.page())["locked_reason"] == "review_in_progress")


async def _outbox_is_empty(machine: Machine) -> bool:
    return await machine.database["dossiers"].count({"outbox": []}) == 1


async def _is_watermarked(machine: Machine, image_id: str, original: bytes) -> None:
    status, content = await machine.ask("GET", f"/images/{image_id}/copy")
    assert status == 200
    copy = Image.open(io.BytesIO(content))
    assert copy.size == (640, 480)
    assert content != original
