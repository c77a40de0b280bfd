"""The service as processes on real servers: from the submitted dossier to the pass, and claims that end."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import jwt
import pytest

from deploy.embedded import System
from deploy.embedded.ports import free_ports
from services.review.consumers import QUEUES
from services.review.model import Staff
from shared.clock import SharedOffsetClock
from shared.events import Envelope, Event, Scope
from shared.events.envelope import ServiceName
from shared.events.review import CaseClaimed, CaseDecided, CaseReleased, ResultAnnounced
from shared.events.writer import EventWriter
from shared.ids import new_id
from shared.keys import KeyRing, init_keys
from shared.messaging.publisher import BrokerPublisher, publishing
from shared.messaging.topology import QueueSpec
from shared.sealing import Sealer
from shared.settings import BrokerSettings
from shared.web.identity import ACCESS_COOKIE, CandidateCaller, StaffCaller, TokenSigner
from tests.review.builders import (
    CANDIDATE,
    CASE,
    DEMO,
    POLICIES,
    a_dossier,
    a_lock,
    a_registration,
    a_site_reviewer,
)
from tests.support.broker import declare, eventually, taken

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "https://kaoshen.test"
WANG = a_site_reviewer()
LISTENER = QueueSpec("uploads.review-process-test", (CaseClaimed, CaseReleased, CaseDecided, ResultAnnounced))
CASE_URL = f"/api/review/cases/{CASE}"


@dataclass(frozen=True)
class Machine:
    """Where review's processes run, and the services around it."""

    environment: Mapping[str, str]
    keys: Path
    url: str
    clock: SharedOffsetClock
    broker: BrokerSettings
    publisher: BrokerPublisher

    @asynccontextmanager
    async def running(self, role: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run a role; it must stop with success when told to."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.review", role),
            cwd=ROOT,
            env={**os.environ, **self.environment, **environment},
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            assert await asyncio.wait_for(process.wait(), 30) == 0

    async def call(self, method: str, path: str, caller: Staff | str, body: object = None) -> tuple[int, Any]:
        """Call the API as a reviewer or as a candidate."""
        headers = {"Origin": ORIGIN, "Cookie": f"{ACCESS_COOKIE}={self._token(caller)}"}
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, self.url + path, json=body, headers=headers) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def answers(self) -> bool:
        """Tell whether the API is up."""
        async with aiohttp.ClientSession() as client:
            try:
                async with client.get(f"{self.url}/healthz") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

    async def says(self, event: Event, sequence: int) -> None:
        """Let another service say something."""
        producer = cast("ServiceName", event.type.partition(".")[0])
        writer = EventWriter(producer, self.clock, Sealer.of(producer, KeyRing(self.keys / producer)))
        scope = Scope(registration=CASE, candidate=CANDIDATE, policy=DEMO.version)
        await self.publisher.publish(
            writer.envelope(event, subject=f"dossier:{CASE}", sequence=sequence, scope=scope)
        )

    async def heard(self) -> str | None:
        """Return the type of the next thing that review has said."""
        message = await taken(self.broker, LISTENER.name)
        return None if message is None else Envelope.from_json(message.body).type

    async def state(self) -> tuple[str | None, str | None]:
        """Return the case's state and its hold's."""
        status, case = await self.call("GET", CASE_URL, WANG)
        if status != 200:
            return None, None
        return case["state"], case["hold"] and case["hold"]["state"]

    async def until_state(self, state: str, hold: str | None) -> None:
        """Wait until the case has come there."""

        async def is_there() -> bool:
            return await self.state() == (state, hold)

        await eventually(is_there)

    def _token(self, caller: Staff | str) -> str:
        signer = TokenSigner(KeyRing(self.keys / "auth").signing("tokens"), self.clock)
        if isinstance(caller, str):
            return signer.access(CandidateCaller(caller, "session-candidate"))
        role: Any = f"{caller.level}_reviewer"
        staff = StaffCaller(caller.staff_id, role, caller.district, caller.site, caller.session_id)
        return signer.access(staff)


@pytest.fixture
async def machine(servers: System, broker_settings: BrokerSettings, tmp_path: Path) -> AsyncIterator[Machine]:
    """Return a service that has never run, and queues for it."""
    init_keys(tmp_path / "keys")
    ports = free_ports()
    (http, internal), (_, other) = ports.of_slot(0), ports.of_slot(1)
    clock = tmp_path / "clock.json"
    environment = {
        "REVIEW_MONGO__URL": servers.mongo_url("admin"),
        "REVIEW_MONGO__DATABASE": f"test_{new_id()[-12:]}",
        "REVIEW_BROKER__URL": servers.broker_url("admin"),
        "REVIEW_HTTP__PORT": str(http),
        "REVIEW_HTTP__INTERNAL_PORT": str(internal),
        "REVIEW_HTTP__ORIGINS": json.dumps([ORIGIN]),
        "REVIEW_KEYS__DIRECTORY": str(tmp_path / "keys" / "review"),
        "REVIEW_POLICY__FILES": json.dumps([str(POLICIES / "demo.yaml")]),
        "REVIEW_CLOCK__FILE": str(clock),
        "REVIEW_DEVELOPMENT": "true",
        "SCHEDULER_PORT": str(other),
    }
    await declare(broker_settings, [*QUEUES, LISTENER], ["review", "uploads"])
    async with publishing(broker_settings, "tests") as publisher:
        yield Machine(
            environment,
            tmp_path / "keys",
            f"http://127.0.0.1:{http}",
            SharedOffsetClock(clock),
            broker_settings,
            publisher,
        )


async def test_a_dossier_goes_through_review(machine: Machine) -> None:
    async with machine.running("api"):
        await eventually(machine.answers, within=40)
        await machine.says(a_dossier(), 3)
        await machine.says(a_registration(), 1)
        await machine.until_state("awaiting_site", None)

        status, _ = await machine.call("POST", "/api/review/claims", WANG, {})
        assert status == 201
        await eventually(lambda: _is(machine, CaseClaimed.type))
        await machine.says(a_lock(1), 4)
        await machine.until_state("awaiting_site", "locked")

        for image in ("image-id", "image-diploma"):
            status, _ = await machine.call("PUT", f"{CASE_URL}/verdicts/{image}", WANG, {"verdict": "passed"})
            assert status == 200
        status, granted = await machine.call("POST", f"{CASE_URL}/grants", WANG)
        assert status == 201
        key = KeyRing(machine.keys / "uploads").verifying("grants")[0]
        claims = jwt.decode(granted["grant"], key, algorithms=["EdDSA"])
        assert (claims["staff"], claims["images"]) == ("wang", ["image-id", "image-diploma"])

        status, _ = await machine.call("POST", f"{CASE_URL}/conclusion", WANG, {"outcome": "pass"})
        assert status == 200
        await eventually(lambda: _is(machine, CaseDecided.type))
        await eventually(lambda: _is(machine, ResultAnnounced.type))
        path = f"/api/review/registrations/{CASE}/status"
        status, card = await machine.call("GET", path, CANDIDATE)
        assert (status, card["status_word"]) == (200, "考点通过")


async def test_the_scheduler_frees_a_case_that_uploads_does_not_lock(machine: Machine) -> None:
    port = machine.environment["SCHEDULER_PORT"]
    async with machine.running("api"), machine.running("scheduler", REVIEW_HTTP__INTERNAL_PORT=port):
        await eventually(machine.answers, within=40)
        await machine.says(a_registration(), 1)
        await machine.says(a_dossier(), 3)
        await machine.until_state("awaiting_site", None)
        await machine.call("POST", "/api/review/claims", WANG, {"case_id": CASE})
        await eventually(lambda: _is(machine, CaseClaimed.type))

        machine.clock.advance(timedelta(seconds=61))

        await eventually(lambda: _is(machine, CaseReleased.type))


async def _is(machine: Machine, kind: str) -> bool:
    return await machine.heard() == kind
