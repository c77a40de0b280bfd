"""Uploads over fakes: the demo policy, one registration, a standing clock, a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.embedded import System
from services.uploads.app import Ports, Worker, build_app, build_use_cases, build_worker
from services.uploads.batches import Batch
from services.uploads.model import Dossier
from services.uploads.object_crypto import EncryptedObjects
from services.uploads.resemblance import STRANGERS
from services.uploads.use_cases import UseCases
from services.uploads.use_cases.backlog import Backlog
from services.uploads.use_cases.body import BodiesInFlight
from services.uploads.use_cases.carrying import CopyImages
from services.uploads.use_cases.duplicates import FindDuplicates
from services.uploads.use_cases.malware_gate import MalwareGate
from services.uploads.use_cases.watermarking import WatermarkImage
from shared.policy.loader import PolicyBook
from shared.policy.model import Policy
from shared.settings import BrokerSettings, HttpSettings
from shared.web.identity import (
    ACCESS_COOKIE,
    Caller,
    CandidateCaller,
    StaffCaller,
    TokenReader,
    TokenSigner,
)
from tests.support.clocks import StandingClock
from tests.support.fakes import InMemoryRevocations
from tests.support.keys import a_cipher
from tests.uploads.builders import CANDIDATE, DEMO, REGISTRATION, STRANGER, a_registration
from tests.uploads.fakes import (
    GivenGrants,
    InMemoryAttempts,
    InMemoryBatches,
    InMemoryCalendars,
    InMemoryDossiers,
    InMemoryFingerprints,
    InMemoryRawObjects,
    InMemoryRegistrations,
    InMemoryViewCounts,
    InMemoryViews,
    QuickWorkshop,
    a_wrapper,
)
from tests.uploads.machine import Machine, machine_on

ORIGIN = "https://kaoshen.example"
OWNER = CandidateCaller(CANDIDATE, "session-1")
OTHER = CandidateCaller(STRANGER, "session-2")
REVIEWER = StaffCaller("staff-1", "site_reviewer", "37", "3701", "session-3", number="jn-0412")


@dataclass
class Uploads:
    """The service over fakes."""

    policy: Policy = DEMO
    clock: StandingClock = field(default_factory=StandingClock)
    dossiers: InMemoryDossiers = field(default_factory=InMemoryDossiers)
    calendars: InMemoryCalendars = field(default_factory=InMemoryCalendars)
    registrations: InMemoryRegistrations = field(default_factory=InMemoryRegistrations)
    raw: InMemoryRawObjects = field(default_factory=InMemoryRawObjects)
    workshop: QuickWorkshop = field(default_factory=QuickWorkshop)
    comparing: QuickWorkshop = field(default_factory=lambda: QuickWorkshop(STRANGERS))
    asked: dict[str, Batch] = field(default_factory=dict)
    views: InMemoryViews = field(default_factory=InMemoryViews)
    view_counts: InMemoryViewCounts = field(default_factory=InMemoryViewCounts)
    grants: GivenGrants = field(default_factory=GivenGrants)
    revoked_sessions: InMemoryRevocations = field(default_factory=InMemoryRevocations)
    fingerprints: InMemoryFingerprints = field(default_factory=InMemoryFingerprints)
    bodies: BodiesInFlight = field(default_factory=lambda: BodiesInFlight(4))
    backlog: Backlog = field(default_factory=lambda: Backlog(1000))
    attempts: InMemoryAttempts = field(default_factory=InMemoryAttempts)

    def __post_init__(self) -> None:
        """Know one registration."""
        self.registrations.registrations[REGISTRATION] = a_registration()

    @property
    def ports(self) -> Ports:
        """Return everything the use cases are built on."""
        return Ports(
            clock=self.clock,
            policies=PolicyBook.of([self.policy]),
            dossiers=self.dossiers,
            calendars=self.calendars,
            registrations=self.registrations,
            objects=EncryptedObjects(self.raw, a_wrapper()),
            cipher=a_cipher(),
            grants=self.grants,
            views=self.views,
            view_counts=self.view_counts,
            workshop=self.workshop,
            revoked_sessions=self.revoked_sessions,
            fingerprints=self.fingerprints,
            bodies=self.bodies,
            stamped_bytes=1_000_000,
            batches=self.batches,
            backlog=self.backlog,
            darkroom=self.workshop,
            attempts=self.attempts,
        )

    @property
    def use_cases(self) -> UseCases:
        """Return the use cases over this world."""
        return build_use_cases(self.ports)

    @property
    def watermark_image(self) -> WatermarkImage:
        """Return the workers' use case."""
        return self.worker.watermark_image

    @property
    def worker(self) -> Worker:
        """Return what the workers do."""
        return build_worker(self.ports, self.workshop, self.comparing, MalwareGate())

    @property
    def batches(self) -> InMemoryBatches:
        """Return the batches over these dossiers."""
        return InMemoryBatches(self.dossiers, self.asked)

    @property
    def find_duplicates(self) -> FindDuplicates:
        """Return the workers' other use case."""
        return self.worker.find_duplicates

    @property
    def copy_images(self) -> CopyImages:
        """Return what brings images of other dossiers in."""
        return self.worker.copy_images

    @property
    def dossier(self) -> Dossier:
        """Return the dossier as it is now."""
        return self.dossiers.dossiers[REGISTRATION]

    def put(self, dossier: Dossier) -> None:
        """Store a dossier as it is, as if it had come this way before."""
        self.dossiers.dossiers[dossier.registration_id] = dossier

    async def work(self) -> None:
        """Let the workers finish everything."""
        for item in self.dossier.items:
            await self.watermark_image(REGISTRATION, item.image_id)

    @property
    def said(self) -> list[str]:
        """Return the types of all events so far."""
        return [event.type for event in self.dossiers.said]


@dataclass
class Browser:
    """Calls the public application as somebody."""

    client: TestClient[Request, Application]
    signer: TokenSigner
    caller: Caller | None = OWNER

    async def call(self, method: str, path: str, data: bytes | None = None, **headers: str) -> ClientResponse:
        """Send a request from the own page."""
        sent = {"Origin": ORIGIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.caller is not None:
            sent["Cookie"] = f"{ACCESS_COOKIE}={self.signer.access(self.caller)}"
        return await self.client.request(method, f"/api/uploads{path}", data=data, headers=sent)

    async def json(self, method: str, path: str, status: int = 200, data: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return the answer's content."""
        response = await self.call(method, path, data)
        content = await response.json()
        assert response.status == status, content
        return content

    async def upload(self, content: bytes, query: str, key: str = "key-00000001") -> ClientResponse:
        """Upload a file."""
        path = f"/dossiers/{REGISTRATION}/images?{query}"
        return await self.call("POST", path, content, Idempotency_Key=key)

    async def refusal(self, response: ClientResponse) -> tuple[int, Any]:
        """Return status and problem of a refusal."""
        assert response.content_type == "application/problem+json"
        problem = await response.json()
        return response.status, problem


@asynccontextmanager
async def browsing(use_cases: UseCases, clock: StandingClock) -> AsyncIterator[Browser]:
    """Serve use cases to a browser."""
    key = Ed25519PrivateKey.generate()
    reader = TokenReader((key.public_key(),), clock)
    http = HttpSettings(port=1, internal_port=2, origins=(ORIGIN,))
    async with TestClient(TestServer(build_app(use_cases, http, reader))) as client:
        yield Browser(client, TokenSigner(key, clock))


@pytest.fixture
def uploads() -> Uploads:
    """Return the service over fakes."""
    return Uploads()


@pytest.fixture
async def browser(uploads: Uploads) -> AsyncIterator[Browser]:
    """Return the candidate's browser."""
    async with browsing(uploads.use_cases, uploads.clock) as opened:
        yield opened


@pytest.fixture
async def machine(servers: System, broker_settings: BrokerSettings, tmp_path: Path) -> AsyncIterator[Machine]:
    """Return a place for uploads' own processes, on the real servers."""
    async with machine_on(servers, broker_settings, tmp_path) as made:
        yield made
