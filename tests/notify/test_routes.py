"""Messages and stream over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.notify.app import build_app
from services.notify.live import Change
from services.notify.routes import Pulse
from shared.settings import HttpSettings
from shared.web.identity import ACCESS_COOKIE, CandidateCaller, StaffCaller, TokenReader, TokenSigner
from tests.notify.builders import REASON, Notify, a_send_back, a_submission, an_envelope
from tests.support.broker import eventually
from tests.support.clocks import A_MORNING

KEY = Ed25519PrivateKey.generate()
HTTP = HttpSettings(port=1, internal_port=2, origins=("https://kaoshen.example",))
QUICK = Pulse(heartbeat_seconds=0.05, look_seconds=0.02)
MESSAGES = "/api/notify/registrations/r1/messages"
STREAM = "/api/notify/stream?registration=r1"


@dataclass
class Page:
    """A browser at the service."""

    notify: Notify
    client: TestClient  # type: ignore[type-arg]  # of the plain request class

    def cookies(self, caller: CandidateCaller | StaffCaller) -> dict[str, str]:
        """Return the headers of a signed-in caller."""
        token = TokenSigner(KEY, self.notify.clock).access(caller)
        return {"Cookie": f"{ACCESS_COOKIE}={token}"}

    def own(self) -> dict[str, str]:
        """Return the headers of the registration's candidate."""
        return self.cookies(CandidateCaller("c1", "session-1"))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, object]]:
        """Return the status and the JSON answer."""
        async with self.client.get(path, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def nobody_listens(self) -> bool:
        """Return whether no stream is open."""
        return not self.notify.hub.open_streams

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[aiohttp.ClientResponse]:
        """Hold the stream, after its first line."""
        async with self.client.get(STREAM, headers=self.own()) as response:
            assert response.status == 200
            assert await line(response) == "retry: 2000"
            yield response


@pytest.fixture
async def page(notify: Notify) -> AsyncIterator[Page]:
    """Return a browser at a service that knows the candidate."""
    await notify.know_the_candidate()
    tokens = TokenReader((KEY.public_key(),), notify.clock, notify.revoked_sessions)
    application = build_app(notify.use_cases, HTTP, tokens, notify.hub, QUICK)
    async with TestClient(TestServer(application)) as client:
        yield Page(notify, client)


async def line(response: aiohttp.ClientResponse, *, skip: str = "\n:") -> str:
    """Return the next line that says something."""
    async with asyncio.timeout(5):
        while True:
            raw = await response.content.readline()
            text = raw.decode()
            if not raw or text[0] not in skip:
                return text.strip()


async def test_s0_29_messages_are_read_newest_first(page: Page) -> None:
    later = A_MORNING + timedelta(days=2)
    await page.notify.hear(a_submission())
    await page.notify.hear(
        a_send_back(release_at=later), an_envelope(a_send_back(release_at=later), at=later)
    )

    status, body = await page.get(MESSAGES, page.own())

    returned, submitted = page.notify.messages.items.values()
    if returned.code != "RETURNED":
        returned, submitted = submitted, returned
    assert status == 200
    assert body == {
        "items": [
            {
                "message_id": returned.id,
                "at": "2020-03-14T06:00:00Z",
                "time_text": "2020/3/14 14:00:00",
                "author": "staff",
                "author_name": "考务人员",
                "code": "RETURNED",
                "text": REASON,
                "action_needed": True,
            },
            {
                "message_id": submitted.id,
                "at": "2020-03-12T06:00:00Z",
                "time_text": "2020/3/12 14:00:00",
                "author": "system",
                "author_name": None,
                "code": "SUBMITTED_LOCKED",
                "text": "上报完成，内容已锁定。",
                "action_needed": False,
            },
        ]
    }


@pytest.mark.parametrize("path", [MESSAGES, STREAM])
async def test_a_foreign_registration_is_as_absent_as_none(page: Page, path: str) -> None:
    stranger = page.cookies(CandidateCaller("c2", "session-2"))

    foreign, absent = (
        await page.get(path, stranger),
        await page.get(path.replace("r1", "r9"), page.own()),
    )

    for status, body in (foreign, absent):
        assert (status, body["code"]) == (404, "registration_not_found")
        assert body["title"] == "没有找到该报名记录"


@pytest.mark.parametrize("path", [MESSAGES, STREAM])
async def test_only_signed_in_candidates_read(page: Page, path: str) -> None:
    staff = page.cookies(StaffCaller("t1", "site_reviewer", "37", "3701", "session-3"))

    assert [(await page.get(path, headers))[0] for headers in (None, staff)] == [401, 403]


async def test_d9_a_revoked_session_reads_nothing(page: Page) -> None:
    page.notify.revoked_sessions.revoked["session-1"] = A_MORNING

    assert (await page.get(MESSAGES, page.own()))[0] == 401


async def test_a_change_reaches_the_open_page(page: Page) -> None:
    async with page.listening() as response:
        page.notify.hub.tell("r1", Change("dossier:r1", 7))

        told = [await line(response), await line(response)]

    assert told == ["event: change", 'data: {"subject":"dossier:r1","sequence":7}']
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_quiet_stream_beats(page: Page) -> None:
    async with page.listening() as response:
        assert await line(response, skip="\n") == ": still here"


async def test_the_stream_ends_with_its_token(page: Page) -> None:
    async with page.listening() as response:
        page.notify.clock.advance(timedelta(minutes=6))

        assert await line(response) == ""


async def test_d9_the_stream_ends_when_its_session_is_revoked(page: Page) -> None:
    async with page.listening() as response:
        page.notify.revoked_sessions.revoked["session-1"] = A_MORNING

        assert await line(response) == ""


async def test_a_page_that_has_gone_is_forgotten(page: Page) -> None:
    async with page.listening():
        assert page.notify.hub.open_streams == 1

    await eventually(page.nobody_listens, within=5)


async def test_a_stopping_service_ends_its_streams(page: Page) -> None:
    async with page.listening() as response:
        page.notify.hub.close()

        assert await line(response) == ""
    assert (await page.get(STREAM, page.own()))[0] == 503


async def test_too_many_pages_are_refused_with_a_time(page: Page) -> None:
    async with AsyncExitStack() as pages:
        for _ in range(6):
            await pages.enter_async_context(page.listening())
        status, body = await page.get(STREAM, page.own())

    assert (status, body["code"], body["retry_after"]) == (429, "too_many_streams", 10)


async def test_a_stream_needs_its_registration(page: Page) -> None:
    assert (await page.get("/api/notify/stream", page.own()))[0] == 422
