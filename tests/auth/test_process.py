"""The service as processes on real servers: imports and activation survive being killed."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from deploy.embedded import System
from deploy.embedded.ports import free_ports
from shared.events.auth import AccountActivated, RegistrationChanged
from shared.ids import new_id
from shared.keys import init_keys
from shared.messaging.topology import QueueSpec
from shared.mongo import Database, database_at
from shared.settings import BrokerSettings, MongoSettings
from tests.auth.conftest import PASSWORD, POLICY, ROOT, ROSTER, STAFF, ZHANG
from tests.support.broker import declare, eventually, taken

pytestmark = pytest.mark.real
ORIGIN = "https://portal.test"
KILLED = -9


@dataclass(frozen=True)
class Machine:
    """Where auth's processes run: environment, keys, database, files."""

    environment: Mapping[str, str]
    folder: Path
    url: str
    database: Database

    async def command(self, *arguments: str, crash_at: str = "") -> tuple[int, str]:
        """Run a command to its end; return the exit code and all output."""
        process = await self.start(*arguments, crash_at=crash_at)
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def start(self, *arguments: str, crash_at: str = "") -> asyncio.subprocess.Process:
        """Start a process of auth."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.auth", *arguments),
            cwd=ROOT,
            env={**os.environ, **self.environment, "CRASH_AT": crash_at},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    @asynccontextmanager
    async def api(self, crash_at: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the API; it must stop when told to, unless it crashed."""
        process = await self.start("api", crash_at=crash_at)
        try:
            await self._answering(process)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.communicate(), 30)

    async def _answering(self, process: asyncio.subprocess.Process) -> None:
        async with aiohttp.ClientSession() as client:
            for _ in range(300):
                assert process.returncode is None
                try:
                    async with client.get(f"{self.url}/healthz"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        raise TimeoutError

    async def post(self, path: str, body: Mapping[str, object]) -> tuple[int, dict[str, object]]:
        """Post to the API."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.url}/api/auth{path}", json=body, headers={"Origin": ORIGIN}) as response,
        ):
            return response.status, await response.json(content_type=None)

    def ticket(self) -> str:
        """Return a ticket of the registration system."""
        path = self.folder / "keys" / "registration-system" / "registration-system.private.pem"
        now = datetime.now(UTC)
        claims = {
            "iss": "registration-system",
            "sub": ZHANG,
            "jti": str(uuid4()),
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=10)).timestamp()),
        }
        key = load_pem_private_key(path.read_bytes(), None)
        return jwt.encode(claims, key, algorithm="EdDSA")  # type: ignore[arg-type]  # an Ed25519 key

    def file(self, text: str) -> str:
        """Return the path of a file with this text."""
        path = self.folder / f"{new_id()}.yaml"
        path.write_text(text)
        return str(path)


@pytest.fixture
async def machine(servers: System, tmp_path: Path) -> AsyncIterator[Machine]:
    init_keys(tmp_path / "keys")
    ports = free_ports().of_slot(0)
    name = f"test_{new_id()[-12:]}"
    environment = {
        "AUTH_MONGO__URL": servers.mongo_url("admin"),
        "AUTH_MONGO__DATABASE": name,
        "AUTH_BROKER__URL": servers.broker_url("admin"),
        "AUTH_HTTP__PORT": str(ports[0]),
        "AUTH_HTTP__INTERNAL_PORT": str(ports[1]),
        "AUTH_HTTP__ORIGINS": json.dumps([ORIGIN]),
        "AUTH_KEYS__DIRECTORY": str(tmp_path / "keys" / "auth"),
        "AUTH_POLICY__FILES": json.dumps([str(POLICY)]),
    }
    mongo = MongoSettings(url=SecretStr(servers.mongo_url("admin")), database=name)
    async with database_at(mongo) as database:
        yield Machine(environment, tmp_path, f"http://127.0.0.1:{ports[0]}", database)


LISTENER = QueueSpec("notify.auth-process-test", (AccountActivated, RegistrationChanged))


async def heard(settings: BrokerSettings) -> list[str]:
    types = []
    while (message := await taken(settings, LISTENER.name)) is not None:
        types.append(message.type or "")
    return types


async def holds(machine: Machine, name: str, expected: list[list[str]]) -> bool:
    return await outboxes(machine, name) == expected


async def outboxes(machine: Machine, name: str) -> list[list[str]]:
    found = await machine.database[name].find({}, sort=[("_id", 1)])
    return [[event["type"] for event in document["outbox"]] for document in found]


async def test_an_import_that_was_killed_is_finished_by_the_next(machine: Machine) -> None:
    roster = machine.file(ROSTER)

    code, _ = await machine.command("roster", "import", roster, crash_at="auth.between_rows")
    assert code == KILLED
    assert await machine.database["registrations"].count({}) == 1

    code, output = await machine.command("roster", "import", roster)
    assert (code, output.splitlines()[-1]) == (0, "roster: 1 new, 0 changed, 1 unchanged")
    code, output = await machine.command("roster", "import", roster)
    assert (code, output.splitlines()[-1]) == (0, "roster: 0 new, 0 changed, 2 unchanged")
    code, output = await machine.command("staff", "import", machine.file(STAFF))
    assert (code, output.splitlines()[-1]) == (0, "staff: 2 new, 0 changed, 0 unchanged")
    stored = await machine.database["registrations"].find({})
    assert {document["version"] for document in stored} == {1}


async def test_a_wrong_file_ends_with_2_and_names_the_row(machine: Machine) -> None:
    code, output = await machine.command(
        "roster", "import", machine.file(ROSTER.replace("2020-03-10", "soon", 1))
    )

    assert code == 2
    assert "nothing was imported:" in output
    assert "registrations, row 1, registered_on:" in output
    assert await machine.database["accounts"].count({}) == 0


async def test_an_activation_that_was_killed_holds_and_its_event_leaves(
    machine: Machine, broker_settings: BrokerSettings
) -> None:
    await declare(broker_settings, [LISTENER], ["auth", "notify"])
    await machine.command("roster", "import", machine.file(ROSTER))
    form = {
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "recovery_question": "您的出生地是哪里？",
        "recovery_answer": "济南",
        "commitments_accepted": True,
    }

    async with machine.api(crash_at="auth.after_activation") as process:
        status, entry = await machine.post("/entry", {"ticket": machine.ticket()})
        assert status == 200
        with pytest.raises(aiohttp.ClientError):
            await machine.post("/activation", {"entry_token": entry["entry_token"], **form})
        assert await process.wait() == KILLED
    assert sorted(await outboxes(machine, "accounts")) == [[], ["auth.account.activated"]]

    async with machine.api():
        again = await machine.post("/activation", {"entry_token": entry["entry_token"], **form})
        assert (again[0], again[1]["code"]) == (409, "already_activated")
        status, me = await machine.post("/sign-in", {"username": "zhangyangli", "password": PASSWORD})
        assert (status, me["kind"]) == (200, "candidate")
        await eventually(lambda: holds(machine, "accounts", [[], []]), within=40)
    told = await heard(broker_settings)
    assert {"auth.account.activated", "auth.registration.changed"} == set(told)
