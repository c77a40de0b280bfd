"""The endpoints over aiohttp, with fakes behind: bodies, cookies, problems."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import Morsel
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer

from services.auth.app import build_app
from services.auth.routes import routes
from services.auth.settings import AuthSettings, GatewaySettings
from shared.settings import BrokerSettings, HttpSettings, KeySettings, MongoSettings, PolicySettings
from shared.web.identity import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    CandidateCaller,
    StaffCaller,
    TokenReader,
    TokenSigner,
)
from shared.web.openapi import description_of
from tests.auth.conftest import LI, PASSWORD, ZHANG, Auth

ORIGIN = "https://portal.test"


def settings(networks: tuple[str, ...] = ()) -> AuthSettings:
    return AuthSettings(
        mongo=MongoSettings(url="mongodb://nowhere", database="auth"),
        broker=BrokerSettings(url="amqp://nowhere"),
        http=HttpSettings(port=1, internal_port=2, origins=(ORIGIN,)),
        keys=KeySettings(directory=Path("nowhere")),
        policy=PolicySettings(files=()),
        gateway=GatewaySettings(networks=tuple(ip_network(network) for network in networks)),
    )


@dataclass
class Browser:
    """A browser: keeps cookies (also secure ones) and says where its page is from."""

    client: "TestClient[Any, Any]"
    cookies: dict[str, "Morsel[str]"] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> ClientResponse:
        """Send a request with the cookies; keep what comes back."""
        sent = {"Origin": ORIGIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        response = await self.client.request(method, f"/api/auth{path}", json=body, headers=sent)
        for name, one in response.cookies.items():
            if one.value and one["max-age"] != "0":
                self.cookies[name] = one
            else:
                self.cookies.pop(name, None)
        return response

    async def code(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
        """Return status and problem code of a refusal."""
        response = await self.call(method, path, body, **headers)
        assert response.content_type == "application/problem+json"
        return response.status, (await response.json())["code"]


async def serving(auth: Auth, networks: tuple[str, ...] = ()) -> "TestClient[Any, Any]":
    signer = TokenSigner(auth.own, auth.clock)
    reader = TokenReader((auth.own.public_key(),), auth.clock)
    application = build_app(auth.use_cases, settings(networks), signer, reader)
    return TestClient(TestServer(application), cookie_jar=DummyCookieJar())


@pytest.fixture
async def browser(auth: Auth) -> AsyncIterator[Browser]:
    async with await serving(auth) as client:
        yield Browser(client)


def activation(token: str, **changes: object) -> dict[str, object]:
    usual = {
        "entry_token": token,
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "recovery_question": "您的出生地是哪里？",
        "recovery_answer": "济南",
        "commitments_accepted": True,
    }
    return {**usual, **changes}


async def activate(browser: Browser, auth: Auth, registration_id: str = ZHANG) -> ClientResponse:
    entry = await browser.call("POST", "/entry", {"ticket": auth.ticket(registration_id)})
    token = (await entry.json())["entry_token"]
    return await browser.call("POST", "/activation", activation(token))


CARD = {
    "registration_id": ZHANG,
    "heading": "2020110 临床执业医师",
    "session": "2020",
    "category_code": "110",
    "category_name": "临床执业医师",
    "name": "张样例",
    "admission_ticket_no": "2020370100001",
    "district_name": "山东省",
    "site_name": "济南",
    "stage": "报名",
    "registered_on": "2020-03-10",
    "upload_button": True,
}


async def test_s0_01_the_portal_has_its_title(browser: Browser) -> None:
    response = await browser.call("GET", "/portal")

    assert await response.json() == {
        "title": "国家医学考试（山东）考生服务系统",
        "subtitle": "在线审核系统",
        "auth_mode": "local_password",
    }


async def test_s0_04_entry_shows_the_card_masked_and_the_activation_page(
    browser: Browser, auth: Auth
) -> None:
    response = await browser.call("POST", "/entry", {"ticket": auth.ticket()})
    body = await response.json()

    assert response.status == 200
    assert body["card"] == {**CARD, "name": "张*例"}
    assert (body["activated"], body["username"]) == (False, "zhangyangli")
    page = body["page"]
    assert (len(page["notes"]), len(page["commitments"]), page["commitment_at"]) == (3, 2, "activation")
    assert page["password_hint"] == "8-20位，由字母、数字组成，区分大小写"
    assert page["recovery_question"]
    assert browser.cookies == {}


async def test_s0_09_activation_signs_in(browser: Browser, auth: Auth) -> None:
    response = await activate(browser, auth)
    body = await response.json()

    assert response.status == 201
    assert body == {
        "kind": "candidate",
        "candidate_id": auth.accounts.id_of("zhangyangli"),
        "name_masked": "张*例",
        "registrations": [CARD],
    }
    assert await (await browser.call("GET", "/me")).json() == body


async def test_the_cookies_are_for_the_browser_alone(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth)

    access, refresh = browser.cookies[ACCESS_COOKIE], browser.cookies[REFRESH_COOKIE]
    for cookie, path, same_site, life in (
        (access, "/", "Lax", timedelta(minutes=5)),
        (refresh, "/api/auth", "Strict", timedelta(days=7)),
    ):
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["domain"] == ""
        assert (cookie["path"], cookie["samesite"]) == (path, same_site)
        assert int(cookie["max-age"]) == life.total_seconds()


async def test_a_used_or_forged_ticket_sends_back_to_the_registration_system(
    browser: Browser, auth: Auth
) -> None:
    ticket = auth.ticket()
    await browser.call("POST", "/entry", {"ticket": ticket})

    again = await browser.call("POST", "/entry", {"ticket": ticket})
    assert (again.status, (await again.json())["code"]) == (409, "ticket_used")
    assert "请回到报名系统" in (await again.json())["detail"]
    assert await browser.code("POST", "/entry", {"ticket": "x.y.z"}) == (401, "ticket_invalid")
    unknown = auth.ticket("00000000-0000-0000-0000-000000000000")
    assert await browser.code("POST", "/entry", {"ticket": unknown}) == (404, "registration_unknown")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"password": "short1", "password_confirmation": "short1"}, (422, "password_rule")),
        ({"password_confirmation": "Other12345"}, (422, "passwords_differ")),
        ({"recovery_answer": ""}, (422, "recovery_missing")),
        ({"commitments_accepted": False}, (422, "commitments_missing")),
        ({"entry_token": "no token"}, (401, "entry_token_invalid")),
        ({"role": "admin"}, (422, "invalid")),
        ({"commitments_accepted": "yes"}, (422, "invalid")),
        ({"password": "x" * 5000}, (422, "invalid")),
    ],
)
async def test_s0_08_a_wrong_form_is_refused_by_name(
    browser: Browser, auth: Auth, changes: dict[str, object], expected: tuple[int, str]
) -> None:
    entry = await browser.call("POST", "/entry", {"ticket": auth.ticket()})
    form = activation((await entry.json())["entry_token"], **changes)

    assert await browser.code("POST", "/activation", form) == expected
    assert browser.cookies == {}


async def test_an_active_account_is_told_to_sign_in(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth)
    entry = await (await browser.call("POST", "/entry", {"ticket": auth.ticket()})).json()

    assert entry["activated"]
    again = activation(entry["entry_token"])
    assert await browser.code("POST", "/activation", again) == (409, "already_activated")


async def test_signing_in_and_out(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth)
    assert (await browser.call("POST", "/sign-out")).status == 204
    assert browser.cookies == {}
    assert await browser.code("GET", "/me") == (401, "unauthenticated")

    response = await browser.call("POST", "/sign-in", {"username": "zhangyangli", "password": PASSWORD})
    assert (response.status, (await response.json())["registrations"]) == (200, [CARD])


async def test_after_signing_out_a_kept_token_shows_nothing(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth)
    kept = dict(browser.cookies)
    await browser.call("POST", "/sign-out")
    browser.cookies = kept

    assert await browser.code("GET", "/me") == (401, "session_ended")
    assert await browser.code("POST", "/refresh") == (401, "session_ended")


async def test_signing_out_with_nothing_but_the_access_token_ends_the_session(
    browser: Browser, auth: Auth
) -> None:
    await activate(browser, auth)
    del browser.cookies[REFRESH_COOKIE]
    kept = dict(browser.cookies)

    await browser.call("POST", "/sign-out")
    browser.cookies = kept

    assert await browser.code("GET", "/me") == (401, "session_ended")


async def test_an_expired_access_token_is_renewed(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth)
    auth.clock.advance(timedelta(minutes=5))
    assert await browser.code("GET", "/me") == (401, "unauthenticated")

    response = await browser.call("POST", "/refresh")

    assert (response.status, await response.read()) == (204, b"")
    assert (await browser.call("GET", "/me")).status == 200


async def test_refreshing_without_a_cookie_is_refused(browser: Browser) -> None:
    assert await browser.code("POST", "/refresh") == (401, "session_ended")
    assert (await browser.call("POST", "/sign-out")).status == 204


async def test_staff_sign_in_and_see_their_jurisdiction(browser: Browser, auth: Auth) -> None:
    body = {"username": "jn-0412", "password": "Jinan-demo-0412", "totp": auth.code()}
    response = await browser.call("POST", "/staff/sign-in", body)

    expected = {
        "kind": "staff",
        "staff_id": auth.staff.id_of("jn-0412"),
        "username": "jn-0412",
        "display_name": "李审核员",
        "role": "site_reviewer",
        "district": "37",
        "district_name": "山东省",
        "site": "3701",
        "site_name": "济南",
    }
    assert (response.status, await response.json()) == (200, expected)
    assert await (await browser.call("GET", "/me")).json() == expected
    assert await browser.code("POST", "/staff/sign-in", body) == (401, "sign_in_failed")


async def test_a_fresh_code_stands_in_the_access_token_until_the_next_one(
    browser: Browser, auth: Auth
) -> None:
    body = {"username": "jn-0412", "password": "Jinan-demo-0412", "totp": auth.code()}
    await browser.call("POST", "/staff/sign-in", body)
    auth.clock.advance(timedelta(seconds=30))
    reader = TokenReader((auth.own.public_key(),), auth.clock)

    stepped = await browser.call("POST", "/staff/step-up", {"totp": auth.code()})
    again = await browser.call("POST", "/staff/step-up", {"totp": auth.code()})
    renewed = await browser.call("POST", "/refresh")

    assert (stepped.status, again.status, (await again.json())["code"]) == (204, 403, "code_wrong")
    callers = [reader.read(answer.cookies[ACCESS_COOKIE].value) for answer in (stepped, renewed)]
    assert [
        (caller.number, caller.stepped_up_at) for caller in callers if isinstance(caller, StaffCaller)
    ] == [
        ("jn-0412", auth.clock.now()),
        ("jn-0412", None),
    ]


async def test_d5_every_failed_sign_in_is_answered_alike(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth)
    bodies = []
    for username in ("zhangyangli", "nobody", "lishifan"):
        response = await browser.call("POST", "/sign-in", {"username": username, "password": "Wrong1234"})
        document = await response.json()
        document.pop("correlation_id")
        bodies.append((response.status, document))

    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0][1]["code"] == "sign_in_failed"


async def test_d4_too_many_tries_say_when_again(browser: Browser) -> None:
    wrong = {"username": "zhangyangli", "password": "Wrong1234"}
    for _ in range(10):
        await browser.call("POST", "/sign-in", wrong)

    response = await browser.call("POST", "/sign-in", wrong)

    assert (response.status, (await response.json())["code"]) == (429, "too_many_tries")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("networks", "forwarded", "expected"),
    [
        ((), "198.51.100.1", "127.0.0.1"),
        (("127.0.0.0/8",), "198.51.100.1", "198.51.100.1"),
        (("127.0.0.0/8",), "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (("127.0.0.0/8",), "nonsense", "127.0.0.1"),
        (("127.0.0.0/8",), "::1%eth0", "127.0.0.1"),
        (("127.0.0.0/8",), None, "127.0.0.1"),
        (("192.0.2.0/24",), "198.51.100.1", "127.0.0.1"),
    ],
)
async def test_d4_a_forwarded_address_is_believed_only_of_our_gateway(
    auth: Auth, networks: tuple[str, ...], forwarded: str | None, expected: str
) -> None:
    async with await serving(auth, networks) as client:
        headers = {"X_Forwarded_For": forwarded} if forwarded else {}
        await Browser(client).call("POST", "/sign-in", {"username": "a", "password": "b"}, **headers)

    assert [key for key in auth.try_counts.items if key.startswith("address:")] == [f"address:{expected}"]


@pytest.mark.parametrize(
    "path", ["/entry", "/activation", "/sign-in", "/staff/sign-in", "/refresh", "/sign-out"]
)
async def test_d10_a_write_from_a_foreign_page_is_refused(browser: Browser, path: str) -> None:
    assert await browser.code("POST", path, {}, Origin="https://evil.test") == (403, "foreign_origin")


async def test_d9_a_candidate_never_reads_another_ones_registrations(browser: Browser, auth: Auth) -> None:
    await activate(browser, auth, ZHANG)
    other = Browser(browser.client)
    await activate(other, auth, LI)

    body = await (await other.call("GET", "/me")).json()

    assert [card["registration_id"] for card in body["registrations"]] == [LI]


async def test_d9_a_token_for_a_session_that_never_was_is_refused(browser: Browser, auth: Auth) -> None:
    signer = TokenSigner(auth.own, auth.clock)
    cookie: Morsel[str] = Morsel()
    cookie.set(ACCESS_COOKIE, signer.access(CandidateCaller("c1", "no-session")), "")
    browser.cookies[ACCESS_COOKIE] = cookie

    assert await browser.code("GET", "/me") == (401, "session_ended")


def test_every_route_is_described() -> None:
    assert [route for route in routes if description_of(route.handler) is None] == []  # type: ignore[attr-defined]  # a RouteDef


async def test_the_openapi_document_names_every_route(browser: Browser) -> None:
    document = await (await browser.call("GET", "/openapi.json")).json()

    assert sorted(document["paths"]) == [
        "/api/auth/activation",
        "/api/auth/entry",
        "/api/auth/me",
        "/api/auth/portal",
        "/api/auth/refresh",
        "/api/auth/sign-in",
        "/api/auth/sign-out",
        "/api/auth/staff/sign-in",
        "/api/auth/staff/step-up",
    ]
