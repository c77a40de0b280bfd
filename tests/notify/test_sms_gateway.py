"""The provider's adapter against the simulator."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from services.notify.errors import SmsNotTakenError, SmsRefusedError, SmsUndecidedError
from services.notify.sms_gateway import DevelopmentSmsGateway
from tests.support.clocks import StandingClock
from tests.support.simulators.sms_provider import Mode, Outbox, Provider, build_app

TEXT = "有新的审核通知"


@dataclass
class Line:
    """The adapter, and the provider at its other end."""

    gateway: DevelopmentSmsGateway
    provider: Provider

    async def send(self) -> str:
        """Send an SMS."""
        return await self.gateway.send("s1", "13900000001", "山东卫健委医管中心", TEXT)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session that soon loses patience."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        yield session


@pytest.fixture
async def line(session: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Line]:
    """Return the adapter at a running provider."""
    provider = Provider(Outbox(tmp_path / "outbox.jsonl"), StandingClock(), slow_seconds=0.1, hang_seconds=1)
    async with TestServer(build_app(provider)) as server:
        yield Line(DevelopmentSmsGateway(session, str(server.make_url("")).rstrip("/")), provider)


async def test_s0_30_what_is_sent_arrives_with_the_signature_in_front(line: Line) -> None:
    provider_id = await line.send()

    [sms] = line.provider.outbox.find()
    assert (sms.provider_id, sms.our_id, sms.phone) == (provider_id, "s1", "13900000001")
    assert sms.text == f"【山东卫健委医管中心】{TEXT}"


async def test_a_slow_provider_is_waited_for(line: Line) -> None:
    line.provider.mode = Mode.SLOW

    assert await line.send()


async def test_what_the_provider_has_is_found_by_our_id(line: Line) -> None:
    provider_id = await line.send()

    assert await line.gateway.find("s1") == provider_id
    assert await line.gateway.find("s2") is None


async def test_a_refusal_carries_the_providers_code(line: Line) -> None:
    line.provider.mode = Mode.REFUSE

    with pytest.raises(SmsRefusedError) as caught:
        await line.send()

    assert caught.value.reason == "content_refused"


async def test_a_provider_out_of_service_has_taken_nothing_and_says_nothing(line: Line) -> None:
    line.provider.mode = Mode.DOWN

    with pytest.raises(SmsNotTakenError):
        await line.send()
    with pytest.raises(SmsUndecidedError):
        await line.gateway.find("s1")


async def test_b1_a_lost_answer_is_undecided_and_found_later(line: Line) -> None:
    line.provider.mode = Mode.ACCEPT_THEN_TIMEOUT

    with pytest.raises(SmsUndecidedError):
        await line.send()

    assert await line.gateway.find("s1") is not None
    assert line.provider.attempts == {"s1": 1}


async def test_a_refused_connection_has_taken_nothing(session: aiohttp.ClientSession) -> None:
    gateway = DevelopmentSmsGateway(session, f"http://127.0.0.1:{unused_port()}")

    with pytest.raises(SmsNotTakenError):
        await gateway.send("s1", "13900000001", "x", TEXT)
    with pytest.raises(SmsUndecidedError):
        await gateway.find("s1")


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (200, "{}", SmsUndecidedError),
        (200, "<html>", SmsUndecidedError),
        (302, "", SmsUndecidedError),
        (500, "", SmsUndecidedError),
        (502, "", SmsUndecidedError),
        (504, "", SmsUndecidedError),
        (401, "", SmsNotTakenError),
        (404, "", SmsNotTakenError),
        (429, "", SmsNotTakenError),
        (400, "<html>", SmsRefusedError),
        (422, "[]", SmsRefusedError),
    ],
)
async def test_an_odd_answer_never_counts_as_not_taken_when_it_may_have_been(
    session: aiohttp.ClientSession, status: int, body: str, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        await answered(session, status, body)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "isv.BUSINESS_LIMIT_CONTROL"),
        ("FailedOperation.PhoneNumberInBlacklist", "FailedOperation.PhoneNumberInBlacklist"),
        ("E200028", "http_422"),
        ("E2000", "E2000"),
        ("号码 13900000001 错误", "http_422"),
        ("phone13900000001", "http_422"),
        ("13900000001", "http_422"),
        ("x" * 61, "http_422"),
        ("", "http_422"),
    ],
)
async def test_a_phone_number_never_gets_into_a_failures_code(
    session: aiohttp.ClientSession, text: str, code: str
) -> None:
    with pytest.raises(SmsRefusedError) as caught:
        await answered(session, 422, json.dumps({"error": text}))

    assert caught.value.reason == code


async def answered(session: aiohttp.ClientSession, status: int, body: str) -> None:
    """Send an SMS to a provider that answers like this."""

    async def odd(_: web.Request) -> web.Response:
        headers = {"Location": "/elsewhere"} if status == 302 else None
        return web.Response(status=status, text=body, headers=headers)

    application = web.Application()
    application.router.add_post("/send", odd)
    async with TestServer(application) as server:
        gateway = DevelopmentSmsGateway(session, str(server.make_url("")).rstrip("/"))
        await gateway.send("s1", "13900000001", "x", TEXT)
