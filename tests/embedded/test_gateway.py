"""The gateway's settings, held against a real gateway with a stand-in for the services behind it."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from deploy.embedded.layout import ROOT
from deploy.embedded.ports import LOOPBACK, Ports, free_ports
from deploy.embedded.probes import http
from deploy.embedded.servers import program

pytestmark = pytest.mark.real

FOLDER = ROOT / "deploy" / "gateway"


async def echo(request: web.Request) -> web.Response:
    body = await request.read()
    return web.json_response({"path": request.path, "size": len(body), "headers": dict(request.headers)})


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"event: change\n\n")
    await asyncio.sleep(5)
    return response


@pytest.fixture
async def behind() -> AsyncIterator[Ports]:
    """Run something that answers in the services' place, on the block's first port."""
    ports = free_ports()
    app = web.Application(client_max_size=20_000_000)
    app.router.add_get("/api/notify/stream", stream)
    app.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, ports.base).start()
    yield ports
    await runner.cleanup()


@pytest.fixture
async def gateway(behind: Ports, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """Run the gateway; review is away."""
    (tmp_path / "index.html").write_text("<!doctype html>the page")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    here = f"{LOOPBACK}:{behind.base}"
    process = await asyncio.create_subprocess_exec(
        *(program("caddy"), "run", "--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"),
        env={
            "PATH": os.environ["PATH"],
            "GATEWAY_SITE": f"http://:{behind.gateway}",
            "GATEWAY_BIND": LOOPBACK,
            "GATEWAY_UPSTREAMS": "static",
            "GATEWAY_PORTAL": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "XDG_CONFIG_HOME": str(tmp_path / "data"),
            "AUTH_UPSTREAMS": here,
            "UPLOADS_UPSTREAMS": here,
            "NOTIFY_UPSTREAMS": here,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    answers = http(behind.gateway, "/healthz")
    while not await answers():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)
    async with aiohttp.ClientSession(f"http://{LOOPBACK}:{behind.gateway}") as session:
        yield session
    process.kill()
    await process.wait()


async def test_paths_reach_the_services_unchanged_and_forged_identities_do_not(
    gateway: aiohttp.ClientSession,
) -> None:
    forged = {"X-User-Id": "1", "X-Staff-Role": "admin", "Remote-User": "root"}
    async with gateway.post("/api/uploads/dossiers/1/images?category=A", headers=forged) as response:
        seen = await response.json()

    assert seen["path"] == "/api/uploads/dossiers/1/images"
    assert not forged.keys() & seen["headers"].keys()


async def test_every_answer_carries_the_safety_headers(gateway: aiohttp.ClientSession) -> None:
    for path in ("/", "/api/auth/me", "/api/review/queue"):
        async with gateway.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "unsafe-inline" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "Strict-Transport-Security" not in response.headers


async def test_too_large_a_body_is_refused_and_the_service_stays_reachable(
    gateway: aiohttp.ClientSession,
) -> None:
    for path, size in (("/api/uploads/x", 17_000_000), ("/api/auth/sign-in", 300_000)):
        for _ in range(3):
            async with gateway.post(path, data=b"0" * size) as response:
                problem = await response.json()
                assert response.status == 413
                assert response.content_type == "application/problem+json"
                assert problem["code"] == "image_too_large"
    async with gateway.post("/api/uploads/x", data=b"0" * 9_000_000) as response:
        assert (await response.json())["size"] == 9_000_000


async def test_a_service_that_is_away_gives_a_problem_that_says_when_to_come_back(
    gateway: aiohttp.ClientSession,
) -> None:
    async with gateway.get("/api/review/queue") as response:
        problem = await response.json()

    assert response.status == 503
    assert response.headers["Retry-After"] == "2"
    assert problem["code"] == "gateway_unavailable"
    assert problem["title"] == "系统暂时无法访问"


async def test_an_event_of_the_stream_arrives_at_once(gateway: aiohttp.ClientSession) -> None:
    began = time.monotonic()

    async with gateway.get("/api/notify/stream?registration=1") as response:
        line = await response.content.readline()

    assert line == b"event: change\n"
    assert time.monotonic() - began < 1


async def test_the_portal_answers_every_other_path_and_its_files_may_be_kept(
    gateway: aiohttp.ClientSession,
) -> None:
    async with gateway.get("/some/page") as page, gateway.get("/assets/app-1a2b.js") as script:
        assert await page.text() == "<!doctype html>the page"
        assert page.headers["Cache-Control"] == "no-cache"
        assert "immutable" in script.headers["Cache-Control"]
    async with gateway.get("/api/unknown") as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("upstreams", ["static", "dynamic"])
async def test_the_settings_are_accepted(upstreams: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(program("caddy"), "validate", "--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"),
        env={"GATEWAY_UPSTREAMS": upstreams, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    assert await process.wait() == 0
