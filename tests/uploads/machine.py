"""Uploads' processes on real servers: started, killed and asked over HTTP as its candidate."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from deploy.embedded import System
from deploy.embedded.ports import free_ports
from services.uploads.consumers import QUEUES
from shared.clock import SharedOffsetClock
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
from tests.support.broker import declare, emptied
from tests.support.policy_files import AUTOSAVE, a_policy_file
from tests.uploads.builders import CANDIDATE, REGISTRATION

ORIGIN = "https://portal.test"
ROOT = Path(__file__).parents[2]
LISTENER = QueueSpec(
    "review.uploads-process-test",
    tuple(kind for name, kind in EVENT_TYPES.items() if name.startswith("uploads.")),
)


@dataclass(frozen=True)
class Machine:
    """Where uploads' processes run: environment, keys, database."""

    environment: Mapping[str, str]
    folder: Path
    url: str
    database: Database
    broker: BrokerSettings

    @property
    def clock(self) -> SharedOffsetClock:
        """Return the time of all processes, which a test may move."""
        return SharedOffsetClock(self.folder / "clock.json")

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

    async def say(self, producer: ServiceName, event: Event, registration: str = REGISTRATION) -> None:
        """Publish an event of another service about a registration."""
        sealer = Sealer.of(producer, KeyRing(self.folder / "keys" / producer))
        writer = EventWriter(producer, self.clock, sealer)
        scope = Scope(registration=registration)
        envelope = writer.envelope(event, subject=f"case:{registration}", sequence=1, scope=scope)
        async with publishing(self.broker, "tests") as publisher:
            await publisher.publish(envelope)

    async def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Send a request as the candidate, again and again until an answer comes."""
        for _ in range(200):
            with contextlib.suppress(aiohttp.ClientError):
                answer = await self.ask_once(method, path, body, **headers)
                if answer[0] != 503:
                    return answer
            await asyncio.sleep(0.2)
        raise TimeoutError(path)

    async def ask_once(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Send a request as the candidate."""
        key = KeyRing(self.folder / "keys" / "auth").signing("tokens")
        token = TokenSigner(key, self.clock).access(CandidateCaller(CANDIDATE, "s1"))
        sent = {"Origin": ORIGIN, "Cookie": f"{ACCESS_COOKIE}={token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.url}/api/uploads{path}"
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, url, data=body, headers=sent) as response,
        ):
            return response.status, await response.read()

    async def page(self, registration: str = REGISTRATION) -> dict[str, Any]:
        """Read a dossier."""
        status, content = await self.ask("GET", f"/dossiers/{registration}")
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

    async def command(self, *words: str, crash_at: str = "") -> tuple[int, str]:
        """Run `kaoshen ...` to its end; return its exit code and all it says."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "shared.cli", *words),
            cwd=ROOT,
            env={**os.environ, **self.environment, "CRASH_AT": crash_at},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, progress = await asyncio.wait_for(process.communicate(), 120)
        return process.returncode or 0, (said + progress).decode()


@asynccontextmanager
async def machine_on(
    servers: System, broker_settings: BrokerSettings, tmp_path: Path
) -> AsyncIterator[Machine]:
    """Prepare keys, a database and a bucket of the test's own, and the queues; no process runs yet."""
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
        # Autosaved, one picture is enough to be put forward and claimed.
        "UPLOADS_POLICY__FILES": json.dumps([str(a_policy_file(tmp_path / "policies", AUTOSAVE))]),
        "UPLOADS_OBJECTS__ENDPOINT": f"127.0.0.1:{servers.plan.ports.objects}",
        "UPLOADS_OBJECTS__ACCESS_KEY": accounts.objects_access,
        "UPLOADS_OBJECTS__SECRET_KEY": accounts.objects_secret,
        "UPLOADS_OBJECTS__BUCKET": f"test-{new_id()[-12:]}",
        "UPLOADS_OBJECTS__SECURE": "false",
        "UPLOADS_WORKER__SLOTS": "1",
        "UPLOADS_DEVELOPMENT": "true",
        "UPLOADS_CLOCK__FILE": str(tmp_path / "clock.json"),
        "CRASH_ONCE": str(tmp_path / "crashed"),
    }
    await declare(broker_settings, [*QUEUES, LISTENER], ["uploads", "review", "auth", "notify"])
    # The broker is the whole session's: what other tests have left is sealed with other keys.
    await emptied(broker_settings, [queue.name for queue in (*QUEUES, LISTENER)])
    mongo = MongoSettings(url=SecretStr(servers.mongo_url("admin")), database=name)
    async with database_at(mongo) as database:
        yield Machine(environment, tmp_path, f"http://127.0.0.1:{ports[0]}", database, broker_settings)
