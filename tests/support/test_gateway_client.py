"""The program's browser: cookies by path, renewal, patience, and no patience with refusals."""

from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.gateway_client import Browser, ProblemError, UnreachableError, eventually, opened_session

HITS = web.AppKey("HITS", Counter[str])
SEEN = web.AppKey("SEEN", dict[str, str])
routes = web.RouteTableDef()


@routes.post("/api/auth/sign-in")
async def post_sign_in(_request: web.Request) -> web.Response:
    answer = web.json_response({"kind": "candidate"})
    answer.headers.add("Set-Cookie", "__Host-access=old; Path=/; Secure; HttpOnly")
    answer.headers.add("Set-Cookie", "__Secure-refresh=r1; Path=/api/auth; Secure; HttpOnly")
    return answer


@routes.post("/api/auth/refresh")
async def post_refresh(request: web.Request) -> web.Response:
    request.app[HITS]["refresh"] += 1
    assert "__Secure-refresh=r1" in request.headers["Cookie"]
    answer = web.Response(status=204)
    answer.headers.add("Set-Cookie", "__Host-access=new; Path=/; Secure; HttpOnly")
    return answer


@routes.get("/api/things")
async def get_things(request: web.Request) -> web.Response:
    request.app[SEEN].update(request.headers)
    if "__Host-access=new" not in request.headers.get("Cookie", ""):
        return web.json_response({"code": "session_ended", "title": "登录已失效"}, status=401)
    return web.json_response({"things": []})


@routes.put("/api/shaky")
async def put_shaky(request: web.Request) -> web.Response:
    request.app[HITS]["shaky"] += 1
    if request.app[HITS]["shaky"] == 1 and request.transport is not None:
        request.transport.close()
    if request.app[HITS]["shaky"] == 2:
        return web.Response(status=503)
    return web.json_response({"hits": request.app[HITS]["shaky"]})


@routes.post("/api/refused")
async def post_refused(request: web.Request) -> web.Response:
    request.app[HITS]["refused"] += 1
    return web.json_response({"code": "dossier_locked", "detail": "材料已锁定"}, status=409)


@routes.get("/api/dead")
async def get_dead(_request: web.Request) -> web.Response:
    return web.Response(status=502)


@pytest.fixture
async def gateway() -> AsyncIterator[TestServer]:
    app = web.Application()
    app[HITS], app[SEEN] = Counter(), {}
    app.add_routes(routes)
    server = TestServer(app)
    async with server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with opened_session() as opened:
        yield opened


@pytest.fixture
def browser(gateway: TestServer, session: aiohttp.ClientSession) -> Browser:
    return Browser(str(gateway.make_url("")), session, patience=3.0)


async def test_an_ended_access_token_is_renewed_once_and_the_request_repeated(
    browser: Browser, gateway: TestServer
) -> None:
    await browser.call("POST", "/api/auth/sign-in", body={"username": "x", "password": "y"})

    assert await browser.get_json("/api/things") == {"things": []}

    assert gateway.app[HITS]["refresh"] == 1
    assert "__Secure-refresh" not in gateway.app[SEEN]["Cookie"]
    assert gateway.app[SEEN]["Origin"] == browser.gateway


async def test_a_lost_answer_and_a_503_are_tried_again_with_the_same_request(browser: Browser) -> None:
    answer = await browser.call("PUT", "/api/shaky", body=b"picture")

    assert (answer.json(), answer.attempts) == ({"hits": 3}, 3)


async def test_a_refusal_is_told_at_once(browser: Browser, gateway: TestServer) -> None:
    with pytest.raises(ProblemError) as refusal:
        await browser.call("POST", "/api/refused")

    problem = refusal.value
    assert (problem.status, problem.code, problem.detail) == (409, "dossier_locked", "材料已锁定")
    assert gateway.app[HITS]["refused"] == 1


async def test_patience_ends(gateway: TestServer, session: aiohttp.ClientSession) -> None:
    browser = Browser(str(gateway.make_url("")), session, patience=0.3)

    with pytest.raises(UnreachableError, match="502"):
        await browser.get("/api/dead")


async def test_eventually_says_what_it_waited_for_and_what_it_saw() -> None:
    async def check() -> bool:
        seen = 41
        assert seen == 42, f"saw {seen}"
        return True

    with pytest.raises(AssertionError, match="the answer; last seen: saw 41"):
        await eventually(check, within=0.1, what="the answer", every=0.02)
