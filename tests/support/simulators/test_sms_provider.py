"""The simulated SMS provider keeps what it accepted and fails as it is told."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from shared.clock import SystemClock
from tests.support.simulators.pages import wall_time
from tests.support.simulators.sms_provider import Outbox, Provider, build_app

Client = TestClient[web.Request, web.Application]
SMS = {"our_id": "m-1", "phone": "13900000001", "signature": "山东卫健委医管中心", "text": "审核通过。"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.jsonl"


@pytest.fixture
async def provider(path: Path) -> AsyncIterator[Client]:
    app = build_app(Provider(Outbox(path), SystemClock(), slow_seconds=0.01, hang_seconds=0.01))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_an_accepted_sms_carries_the_signature_and_is_found_by_our_id_and_phone(
    provider: Client,
) -> None:
    answer = await provider.post("/send", json=SMS)
    provider_id = (await answer.json())["provider_id"]

    by_id = await _found(provider, our_id="m-1")

    assert [(sms["provider_id"], sms["text"]) for sms in by_id] == [
        (provider_id, "【山东卫健委医管中心】审核通过。")
    ]
    assert await _found(provider, phone="13900000001") == by_id
    assert await _found(provider, our_id="m-2") == []


async def test_sending_twice_is_two_sms(provider: Client) -> None:
    await provider.post("/send", json=SMS)
    await provider.post("/send", json=SMS)

    assert len(await _found(provider, our_id="m-1")) == 2


async def test_what_was_accepted_survives_a_restart_and_a_torn_line_goes(
    provider: Client, path: Path
) -> None:
    await provider.post("/send", json=SMS)
    _tear(path)

    assert [sms.our_id for sms in Outbox(path).find()] == ["m-1"]
    assert [sms.our_id for sms in Outbox(path).find()] == ["m-1"]


@pytest.mark.parametrize(
    ("mode", "status", "accepted"),
    [("ok", 200, 1), ("slow", 200, 1), ("refuse", 422, 0), ("down", 503, 0), ("accept_then_timeout", 200, 1)],
)
async def test_each_mode_answers_and_accepts_as_it_should(
    provider: Client, mode: str, status: int, accepted: int
) -> None:
    await provider.post("/mode", json={"mode": mode})

    answer = await provider.post("/send", json=SMS)
    await provider.post("/mode", json={"mode": "ok"})

    assert answer.status == status
    assert len(await _found(provider, our_id="m-1")) == accepted


async def test_an_unknown_mode_and_a_malformed_sms_are_refused(provider: Client) -> None:
    assert (await provider.post("/mode", json={"mode": "odd"})).status == 400
    assert (await provider.post("/send", json={"our_id": "m-1"})).status == 400


def test_times_are_written_as_the_product_writes_them() -> None:
    assert wall_time(datetime(2026, 11, 22, 6, 56, 42, tzinfo=UTC)) == "2026/11/22 14:56:42"


async def test_the_page_shows_wall_clock_times_and_asks_for_no_icon(provider: Client) -> None:
    await provider.post("/send", json=SMS)

    page = await (await provider.get("/")).text()

    assert re.search(r"<dd>\d{4}/\d+/\d+ \d\d:\d\d:\d\d</dd>", page)
    assert (await provider.get("/favicon.ico")).status == 204


def _tear(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"provider_id": "torn')


async def _found(provider: Client, **query: str) -> list[dict[str, Any]]:
    answer = await provider.get("/messages", params=query)
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items
