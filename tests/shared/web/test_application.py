"""What every service's public application does before and after its handlers."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.errors import ConflictError, TransientError
from shared.rights import Action
from shared.settings import HttpSettings
from shared.web import requests
from shared.web.application import new_application
from shared.web.identity import (
    ACCESS_COOKIE,
    CandidateCaller,
    StaffCaller,
    TokenReader,
    TokenSigner,
    candidate,
    staff,
)
from shared.web.openapi import PUBLIC, Described, described
from shared.web.requests import Answer, Request, answer, read_json
from tests.support.clocks import StandingClock

ORIGIN = "http://127.0.0.1:8080"
KEY = Ed25519PrivateKey.generate()
CLOCK = StandingClock()
Client = TestClient[web.Request, web.Application]


class Order(Request):
    """A body."""

    count: int
    note: str = ""


class Confirmed(Answer):
    """An answer."""

    count: int


class TooManyError(ConflictError):
    """A named refusal."""

    code: ClassVar[str] = "too_many"
    title: ClassVar[str] = "太多了"


routes = web.RouteTableDef()


@routes.post("/api/auth/orders")
@described(Described(action=PUBLIC, request=Order, response=Confirmed, status=201, problems=(TooManyError,)))
async def post_order(request: web.Request) -> web.Response:
    """Take an order."""
    order = await read_json(request, Order)
    if order.count > 3:
        raise TooManyError(f"最多 3 份，您要了 {order.count} 份", allowed=3, measured=order.count)
    if order.count == 0:
        raise TransientError(retry_after=7)
    if order.count < 0:
        raise RuntimeError("secret 13900000001")
    return answer(Confirmed(count=order.count), 201)


@routes.get("/api/auth/me/{part}")
@described(Described(action=Action.SHOW_ME, response=Confirmed))
async def get_me(request: web.Request) -> web.Response:
    """Say who calls."""
    caller = candidate(request) if request.match_info["part"] == "candidate" else staff(request)
    return web.json_response({"session": caller.session_id})


@routes.get("/api/auth/forgotten")
async def get_forgotten(_: web.Request) -> web.Response:
    """Say nothing of who may call."""
    return web.json_response({})


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Serve the application."""
    http = HttpSettings(port=1, internal_port=2, origins=(ORIGIN,))
    application = new_application("auth", routes, http, TokenReader((KEY.public_key(),), CLOCK))
    async with TestClient(TestServer(application)) as serving:
        yield serving


async def test_a_refusal_is_a_problem_document_in_the_users_words(client: Client) -> None:
    response = await client.post("/api/auth/orders", json={"count": 5}, headers={"Origin": ORIGIN})

    problem = await response.json(content_type="application/problem+json")
    correlation = problem.pop("correlation_id")
    assert (response.status, problem) == (
        409,
        {
            "type": "urn:kaoshen:problem:too_many",
            "title": "太多了",
            "status": 409,
            "detail": "最多 3 份，您要了 5 份",
            "code": "too_many",
            "allowed": 3,
            "measured": 5,
        },
    )
    assert response.headers["X-Correlation-Id"] == correlation


async def test_not_now_says_when_again(client: Client) -> None:
    response = await client.post("/api/auth/orders", json={"count": 0}, headers={"Origin": ORIGIN})

    assert (response.status, response.headers["Retry-After"]) == (503, "7")


async def test_d14_an_unexpected_failure_tells_nothing(client: Client) -> None:
    response = await client.post("/api/auth/orders", json={"count": -1}, headers={"Origin": ORIGIN})

    text = await response.text()
    assert response.status == 500
    assert "secret" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", ORIGIN + ".evil.example"])
async def test_d10_a_write_from_elsewhere_is_refused(client: Client, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}

    response = await client.post("/api/auth/orders", json={"count": 1}, headers=headers)

    assert (response.status, (await response.json(content_type=None))["code"]) == (403, "foreign_origin")


C15 = {
    "not json": b"{count: 1}",
    "nan": b'{"count": NaN}',
    "infinite": b'{"count": 1e999}',
    "duplicate key": b'{"count": 1, "count": 2}',
    "deep": b'{"count":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "operator": b'{"count": {"$ne": 1}}',
    "extra field": b'{"count": 1, "role": "admin"}',
    "text for a number": b'{"count": "1"}',
    "not utf-8": b'{"count": 1, "note": "\xff"}',
    "empty": b"",
    "lone surrogate": b'{"count": 1, "note": "\\ud800"}',
}


@pytest.mark.parametrize("body", C15.values(), ids=C15.keys())
async def test_c15_hostile_json_is_refused_with_a_named_error(client: Client, body: bytes) -> None:
    response = await client.post("/api/auth/orders", data=body, headers={"Origin": ORIGIN})

    assert (response.status, (await response.json(content_type=None))["code"]) == (422, "invalid")


async def test_c13_a_form_that_does_not_come_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.05)

    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" "
            await asyncio.sleep(0.02)

    response = await client.post("/api/auth/orders", data=dripping(), headers={"Origin": ORIGIN})

    problem = await response.json(content_type=None)
    assert (response.status, problem["code"]) == (422, "invalid")
    assert "没有在规定时间内传完" in problem["detail"]


async def test_a_wrong_field_is_named_in_chinese(client: Client) -> None:
    response = await client.post("/api/auth/orders", json={"note": "x"}, headers={"Origin": ORIGIN})

    problem = await response.json(content_type=None)
    assert problem["errors"] == [{"field": "count", "message": "缺少这一项"}]


async def test_a_body_beyond_the_limit_is_refused(client: Client) -> None:
    body = json.dumps({"count": 1, "note": "x" * 70_000})

    response = await client.post("/api/auth/orders", data=body, headers={"Origin": ORIGIN})

    assert response.status == 413


async def test_an_unknown_address_is_a_problem_document_too(client: Client) -> None:
    response = await client.get("/api/auth/nothing")

    assert (response.status, response.content_type) == (404, "application/problem+json")


async def test_a_signed_in_candidate_is_known_and_no_staff_member(client: Client) -> None:
    token = TokenSigner(KEY, CLOCK).access(CandidateCaller("c1", "s1"))
    headers = {"Cookie": f"{ACCESS_COOKIE}={token}"}

    own = await client.get("/api/auth/me/candidate", headers=headers)
    other = await client.get("/api/auth/me/staff", headers=headers)
    nobody = await client.get("/api/auth/me/candidate", headers={"Cookie": f"{ACCESS_COOKIE}=x"})

    assert (await own.json(), other.status, nobody.status) == ({"session": "s1"}, 403, 401)


async def test_d1_a_route_that_does_not_say_its_action_is_closed(client: Client) -> None:
    assert (await client.get("/api/auth/forgotten")).status == 403


async def test_d1_a_role_without_the_right_is_refused_before_anything_is_done(client: Client) -> None:
    caller = StaffCaller("st1", "god", "37", None, "s2")  # type: ignore[arg-type]  # a role that is none
    headers = {"Cookie": f"{ACCESS_COOKIE}={TokenSigner(KEY, CLOCK).access(caller)}"}

    assert (await client.get("/api/auth/me/staff", headers=headers)).status == 403


async def test_d14_every_answer_carries_the_security_headers(client: Client) -> None:
    response = await client.get("/api/auth/nothing")

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_the_docs_page_lists_every_endpoint(client: Client) -> None:
    page = await (await client.get("/api/auth/docs")).text()

    assert "POST /api/auth/orders" in page
    assert "Take an order." in page


async def test_the_openapi_document_names_the_refusals(client: Client) -> None:
    document = await (await client.get("/api/auth/openapi.json")).json()

    me = document["paths"]["/api/auth/me/{part}"]["get"]
    assert (me["tags"], me["x-action"]) == (["anyone"], "auth.show-me")
    assert {"401", "403"} <= set(me["responses"])
    responses = document["paths"]["/api/auth/orders"]["post"]["responses"]
    assert responses["409"]["description"] == "too_many"
    assert responses["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Confirmed"
    }


@pytest.mark.parametrize(
    "given", ["37010219900101123X", "short", "x" * 80, "01a201e2-230c-79cc-80b1-e61ea42ad5eX"]
)
async def test_only_a_uuid_is_taken_over_as_correlation_id(client: Client, given: str) -> None:
    response = await client.get("/api/auth/nothing", headers={"X-Correlation-Id": given})

    assert response.headers["X-Correlation-Id"] != given
