"""Review over fakes: one policy, a standing clock, and a public application to call."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import LooseHeaders
from aiohttp.web import Application, Request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from services.review.app import Ports, build_app, build_use_cases
from services.review.model import Case, Staff
from services.review.settings import PageSettings, ReviewSettings
from services.review.use_cases import UseCases
from shared.settings import BrokerSettings, HttpSettings, KeySettings, MongoSettings, PolicySettings
from shared.web.identity import ACCESS_COOKIE, CandidateCaller, StaffCaller, TokenReader, TokenSigner
from tests.review.builders import BOOK
from tests.review.fakes import FakeGrants, InMemoryCases
from tests.support.clocks import StandingClock
from tests.support.fakes import InMemoryRevocations

ORIGIN = "https://kaoshen.example"


@dataclass
class Review:
    """The service over fakes."""

    clock: StandingClock = field(default_factory=StandingClock)
    cases: InMemoryCases = field(default_factory=InMemoryCases)
    revoked_sessions: InMemoryRevocations = field(default_factory=InMemoryRevocations)

    @property
    def use_cases(self) -> UseCases:
        """Return the use cases over this world."""
        return build_use_cases(Ports(self.clock, BOOK, self.cases, FakeGrants(), self.revoked_sessions))

    def put(self, *cases: Case) -> None:
        """Store cases as they are, as if they had come this way before."""
        for case in cases:
            self.cases.cases[case.id] = case

    @property
    def said(self) -> list[str]:
        """Return the types of all events so far."""
        return [told.event.type for told in self.cases.told]


@dataclass
class Desk:
    """Calls the public application as staff, as a candidate, or as nobody."""

    client: TestClient[Request, Application]
    signer: TokenSigner

    async def __call__(
        self,
        method: str,
        path: str,
        caller: Staff | str | None = None,
        json: Any = None,  # noqa: ANN401 - any body
        origin: str | None = ORIGIN,
    ) -> tuple[int, Any]:
        """Return status and body."""
        headers: dict[str, str] = {"Origin": origin} if origin else {}
        if caller is not None:
            headers["Cookie"] = f"{ACCESS_COOKIE}={self.token(caller)}"
        sent: LooseHeaders = headers
        async with self.client.request(method, path, json=json, headers=sent) as response:
            return response.status, await response.json() if response.status != 204 else None

    def token(self, caller: Staff | str) -> str:
        """Return an access token as auth would sign it."""
        if isinstance(caller, str):
            return self.signer.access(CandidateCaller(caller, "session-candidate"))
        role = "site_reviewer" if caller.level == "site" else "district_reviewer"
        return self.signer.access(
            StaffCaller(
                caller.staff_id,
                role,  # type: ignore[arg-type]  # one of the two
                caller.district,
                caller.site,
                caller.session_id,
                caller.display_name,
            )
        )


@pytest.fixture
def review() -> Review:
    """Return an empty service."""
    return Review()


@pytest.fixture
async def desk(review: Review, tmp_path: Path) -> AsyncIterator[Desk]:
    """Return the public application, served."""
    key = Ed25519PrivateKey.generate()
    reader = TokenReader((key.public_key(),), review.clock, review.revoked_sessions)
    application = build_app(review.use_cases, some_settings(tmp_path / "dist"), reader)
    async with TestClient(TestServer(application)) as client:
        yield Desk(client, TokenSigner(key, review.clock))


def some_settings(page: Path) -> ReviewSettings:
    """Return settings that open nothing."""
    return ReviewSettings(
        mongo=MongoSettings(url=SecretStr("mongodb://unused"), database="unused"),
        broker=BrokerSettings(url=SecretStr("amqp://unused")),
        http=HttpSettings(port=1, internal_port=2, origins=(ORIGIN,)),
        keys=KeySettings(directory=Path("unused")),
        policy=PolicySettings(files=()),
        page=PageSettings(directory=page),
    )
