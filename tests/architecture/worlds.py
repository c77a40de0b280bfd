"""Each service over its fakes, with one thing in it that callers of every kind reach for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.auth.app import build_app as build_auth
from services.auth.model import StaffMember
from services.auth.session import Session
from services.notify.app import build_app as build_notify
from services.notify.routes import Pulse
from services.review.app import build_app as build_review
from services.review.model import LEVEL_OF_ROLE, Case, Staff
from services.uploads.app import build_app as build_uploads
from services.uploads.dossier import remove_image
from services.uploads.ports import Grant
from services.uploads.use_cases.intake import Upload
from shared.rights import StaffRole
from shared.settings import HttpSettings
from shared.web.identity import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    Caller,
    CandidateCaller,
    StaffCaller,
    TokenReader,
    TokenSigner,
)
from tests.auth.conftest import PASSWORD, ROSTER, SECRET, STAFF, Auth
from tests.auth.test_routes import activation
from tests.auth.test_routes import settings as auth_settings
from tests.notify.builders import Notify
from tests.review.builders import CANDIDATE as REVIEWED_CANDIDATE
from tests.review.builders import CASE, a_site_passed_case, a_waiting_case, judged, locked_for
from tests.review.conftest import Review
from tests.review.conftest import some_settings as review_settings
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.fakes import InMemoryRevocations
from tests.uploads.builders import CANDIDATE, DEMO, PLACE, REGISTRATION, a_dossier, rules_of, with_images
from tests.uploads.conftest import Uploads
from tests.uploads.pictures import jpeg

ORIGIN = "https://kaoshen.example"
HTTP = HttpSettings(port=1, internal_port=2, origins=(ORIGIN,))
ABSENT = "00000000-0000-7000-8000-000000000000"
FOREIGN_IMAGES = ("diploma.of-somebody-else", "diploma.removed-by-somebody-else")
REVOKED = "session-of-revoked"
ELSEWHERE = "elsewhere"
IMAGES = (
    *(("id_proof", slot) for slot in ("front", "back", "handheld")),
    *((category, None) for category in ("diploma", "probation_proof", "institution_licence")),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, but for who makes it."""

    path: str
    json: Any = None
    data: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` without what is different every time."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class World:
    """A service, the people around its thing, and how to reach for the thing on every route."""

    application: web.Application
    key: Ed25519PrivateKey
    clock: StandingClock
    people: Mapping[str, Caller | None]
    calls: Mapping[str, Callable[[str], Awaitable[Call]]]
    thing: str = ""

    def routes(self) -> dict[str, Any]:
        """Return the handlers by method and path."""
        found = [route for route in self.application.router.routes() if route.method != "HEAD"]
        return {
            f"{route.method} {route.resource.canonical}": route.handler for route in found if route.resource
        }

    async def ask(self, who: str, route: str, thing: str | None = None, call: Call | None = None) -> Answer:
        """Return what somebody is answered on a route."""
        method = route.partition(" ")[0]
        wanted = call or await self._call(route, thing or self.thing)
        headers = {"Origin": ORIGIN, **wanted.headers}
        if cookies := self._cookies(who, wanted):
            headers["Cookie"] = cookies
        server = TestServer(self.application)
        async with (
            TestClient(server, cookie_jar=DummyCookieJar()) as client,
            client.request(
                method,
                wanted.path,
                json=wanted.json,
                data=wanted.data,
                headers=headers,
                allow_redirects=False,
            ) as response,
        ):
            body = await response.json() if response.content_type.endswith("json") else None
            if isinstance(body, dict):
                body.pop("correlation_id", None)
            return Answer(response.status, body)

    async def _call(self, route: str, thing: str) -> Call:
        if route in self.calls:
            return await self.calls[route](thing)
        return Call(route.partition(" ")[2])

    def _cookies(self, who: str, call: Call) -> str:
        cookies = {REFRESH_COOKIE: call.refresh_token} if call.refresh_token else {}
        caller = self.people[who]
        if caller is not None:
            age = timedelta(minutes=5) if who == "expired" else timedelta()
            signer = TokenSigner(self.key, StandingClock(self.clock.now() - age))
            cookies[ACCESS_COOKIE] = signer.access(caller)
        return "; ".join(f"{name}={value}" for name, value in cookies.items())


def people(owner: str, district: str, site: str) -> dict[str, Caller | None]:
    """Return everybody by the names of the table."""

    def staff(name: str, role: StaffRole, district: str = district, site: str | None = site) -> StaffCaller:
        session = f"session-of-{name}"
        return StaffCaller(name, role, district, site, session, name, stepped_up_at=A_MORNING)

    return {
        "anonymous": None,
        "expired": CandidateCaller(owner, "session-of-expired"),
        "revoked": CandidateCaller(owner, REVOKED),
        "owner": CandidateCaller(owner, "session-of-owner"),
        "stranger": CandidateCaller("stranger", "session-of-stranger"),
        "site": staff("site", "site_reviewer"),
        "colleague": staff("colleague", "site_reviewer"),
        "other_site": staff("other_site", "site_reviewer", site=ELSEWHERE),
        "twin_site": staff("twin_site", "site_reviewer", ELSEWHERE),
        "district": staff("district", "district_reviewer", site=None),
        "other_district": staff("other_district", "district_reviewer", ELSEWHERE, None),
        "clerk": staff("clerk", "clerk"),
        "operator": staff("operator", "operator"),
        "auditor": staff("auditor", "auditor"),
        "admin": staff("admin", "admin"),
    }


async def auth_world(_: str, folder: Path) -> World:
    """Return auth with a live session for everybody."""
    auth = Auth()
    for name, text in (("roster", ROSTER), ("staff", STAFF)):
        (folder / name).write_text(text)
    await auth.use_cases.import_roster(folder / "roster")
    await auth.use_cases.import_staff(folder / "staff")
    everybody = people("owner", "37", "3701")
    await _know(auth, everybody)
    settings = auth_settings().model_copy(update={"http": HTTP})
    reader = TokenReader((auth.own.public_key(),), auth.clock)
    application = build_auth(auth.use_cases, settings, TokenSigner(auth.own, auth.clock), reader)
    return World(application, auth.own, auth.clock, everybody, _auth_calls(auth))


async def _know(auth: Auth, everybody: Mapping[str, Caller | None]) -> None:
    now = auth.clock.now()
    for caller in everybody.values():
        if isinstance(caller, CandidateCaller):
            session = Session.begin(caller.session_id, "candidate", caller.candidate_id, "00", now)
            await auth.sessions.add(session)
        elif caller is not None:
            await auth.sessions.add(Session.begin(caller.session_id, "staff", caller.staff_id, "00", now))
            name, role, district, site = caller.display_name, caller.role, caller.district, caller.site
            await auth.staff.save(StaffMember(caller.staff_id, name, name, role, district, site, "", SECRET))
    await auth.use_cases.sign_out(None, REVOKED)


def _auth_calls(auth: Auth) -> dict[str, Callable[[str], Awaitable[Call]]]:
    async def entry(_: str) -> Call:
        return Call("/api/auth/entry", {"ticket": auth.ticket()})

    async def activate(_: str) -> Call:
        token = (await auth.use_cases.open_entry(auth.ticket())).token
        return Call("/api/auth/activation", activation(token))

    async def sign_in(_: str) -> Call:
        await auth.activated()
        return Call("/api/auth/sign-in", {"username": "zhangyangli", "password": PASSWORD})

    async def staff_sign_in(_: str) -> Call:
        body = {"username": "jn-0412", "password": "Jinan-demo-0412", "totp": auth.code()}
        return Call("/api/auth/staff/sign-in", body)

    async def step_up(_: str) -> Call:
        return Call("/api/auth/staff/step-up", {"totp": auth.code()})

    async def refresh(_: str) -> Call:
        return Call("/api/auth/refresh", refresh_token=(await auth.activated()).refresh_token)

    return {
        "POST /api/auth/entry": entry,
        "POST /api/auth/activation": activate,
        "POST /api/auth/sign-in": sign_in,
        "POST /api/auth/staff/sign-in": staff_sign_in,
        "POST /api/auth/staff/step-up": step_up,
        "POST /api/auth/refresh": refresh,
    }


async def uploads_world(who: str, _: Path) -> World:
    """Return uploads with a dossier that can be submitted, and grants for the reviewers in charge."""
    uploads = Uploads()
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    for number, (category, slot) in enumerate(IMAGES):
        upload = Upload(REGISTRATION, CANDIDATE, f"key-{number:08d}", category, slot)
        await uploads.use_cases.accept_image(upload, _one_piece(jpeg(number + 10)))
    await uploads.work()
    foreign = replace(a_dossier(DEMO), registration_id="of-somebody-else", candidate_id="stranger")
    foreign = with_images(foreign, rules_of(DEMO), *FOREIGN_IMAGES)
    step = remove_image(foreign, rules_of(DEMO), FOREIGN_IMAGES[1], uploads.clock.now())
    assert step.dead is not None
    uploads.dossiers.dead[FOREIGN_IMAGES[1]] = step.dead
    uploads.put(step.dossier)
    image = uploads.dossier.items[0].image_id
    for name in ("site", "district"):
        uploads.grants.grants[name] = Grant(name, f"session-of-{name}", frozenset({image}), "review")
    key, everybody = Ed25519PrivateKey.generate(), people(CANDIDATE, PLACE.district, PLACE.site)
    application = build_uploads(uploads.use_cases, HTTP, _reader(key, uploads.clock))
    calls = _uploads_calls(image, {"X-View-Grant": who if who == "district" else "site"})
    return World(application, key, uploads.clock, everybody, calls, REGISTRATION)


async def _one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _uploads_calls(image: str, grant: Mapping[str, str]) -> dict[str, Callable[[str], Awaitable[Call]]]:
    key = {"Idempotency-Key": "key-of-this-one"}

    def on(path: str = "", data: bytes | None = None) -> Callable[[str], Awaitable[Call]]:
        async def call(thing: str) -> Call:
            return Call(f"/api/uploads/dossiers/{thing}{path}", data=data, headers=key if data else {})

        return call

    def picture(kind: str, json: Any = None) -> Callable[[str], Awaitable[Call]]:  # noqa: ANN401 - any body
        async def look(thing: str) -> Call:
            wanted = thing if thing == ABSENT else image
            return Call(f"/api/uploads/images/{wanted}/{kind}", json, headers=grant)

        return look

    a_cover = {"left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5}

    async def check(thing: str) -> Call:
        return Call(f"/api/uploads/portrait-check?registration={thing}", data=jpeg(99))

    dossier = "/api/uploads/dossiers/{registration_id}"
    return {
        "POST /api/uploads/portrait-check": check,
        f"GET {dossier}": on(),
        f"POST {dossier}/images": on("/images?category=diploma", jpeg(99)),
        f"DELETE {dossier}/images/{{image_id}}": on(f"/images/{image}"),
        f"POST {dossier}/images/{{image_id}}/confirmation": on(f"/images/{image}/confirmation"),
        f"GET {dossier}/attempts": on("/attempts"),
        f"POST {dossier}/submission": on("/submission"),
        f"POST {dossier}/answer": on("/answer"),
        f"POST {dossier}/withdrawal": on("/withdrawal"),
        f"GET {dossier}/history": on("/history"),
        "GET /api/uploads/images/{image_id}/history": picture("history"),
        "GET /api/uploads/images/{image_id}/copy": picture("copy"),
        "GET /api/uploads/images/{image_id}/thumbnail": picture("thumbnail"),
        "POST /api/uploads/images/{image_id}/uncovered": picture("uncovered", {"reason": "why"}),
        "POST /api/uploads/images/{image_id}/original": picture("original", {"reason": "why"}),
        "POST /api/uploads/images/{image_id}/covers": picture("covers", a_cover),
        "DELETE /api/uploads/images/{image_id}/covers": picture("covers"),
        "GET /api/uploads/images/{image_id}/facts": picture("facts"),
    }


async def review_world(who: str, folder: Path) -> World:
    """Return review with a case at the level of whoever asks; its reviewer in charge holds it."""
    review = Review()
    everybody = people(REVIEWED_CANDIDATE, "shandong", "jinan")
    holder = everybody["district" if who in {"district", "other_district"} else "site"]
    assert isinstance(holder, StaffCaller)
    waiting = a_waiting_case() if holder.role == "site_reviewer" else a_site_passed_case()
    held = judged(locked_for(waiting, _desk_of(holder), sequence=8), _desk_of(holder))
    (folder / "index.html").write_text("<!doctype html>")
    key = Ed25519PrivateKey.generate()
    settings = review_settings(folder).model_copy(update={"http": HTTP})
    application = build_review(review.use_cases, settings, _reader(key, review.clock))
    return World(application, key, review.clock, everybody, _review_calls(review, waiting, held), CASE)


def _desk_of(caller: StaffCaller) -> Staff:
    return Staff(
        caller.staff_id,
        caller.display_name,
        LEVEL_OF_ROLE[caller.role],
        caller.district,
        caller.site,
        caller.session_id,
    )


def _review_calls(review: Review, waiting: Case, held: Case) -> dict[str, Callable[[str], Awaitable[Call]]]:
    def on(path: str, case: Case = held, json: Any = None) -> Callable[[str], Awaitable[Call]]:  # noqa: ANN401 - any body
        async def call(thing: str) -> Call:
            review.put(case)
            body = {name: value.format(thing) for name, value in json.items()} if json else None
            return Call(f"/api/review/{path.format(thing)}", body)

        return call

    about = {"sendback_id": "sb-1", "why": "误退"}
    verdict = "cases/{}/verdicts/image-id"
    return {
        "GET /api/review/registrations/{registration_id}/status": on("registrations/{}/status"),
        "GET /api/review/queue": on("queue?view=waiting"),
        "POST /api/review/claims": on("claims", waiting, {"case_id": "{}"}),
        "GET /api/review/cases/{case_id}": on("cases/{}"),
        "POST /api/review/cases/{case_id}/grants": on("cases/{}/grants"),
        "PUT /api/review/cases/{case_id}/verdicts/{image_id}": on(verdict, json={"verdict": "passed"}),
        "DELETE /api/review/cases/{case_id}/verdicts/{image_id}": on(verdict),
        "POST /api/review/cases/{case_id}/conclusion": on("cases/{}/conclusion", json={"outcome": "pass"}),
        "POST /api/review/cases/{case_id}/send-back/withdrawal": on(
            "cases/{}/send-back/withdrawal", json=about
        ),
        "POST /api/review/cases/{case_id}/send-back/deadline": on(
            "cases/{}/send-back/deadline", json={**about, "deadline": "2020-04-01T00:00:00Z"}
        ),
        "POST /api/review/cases/{case_id}/renewal": on("cases/{}/renewal"),
        "DELETE /api/review/cases/{case_id}/claim": on("cases/{}/claim"),
        "GET /review/{path}": _index,
    }


async def _index(_: str) -> Call:
    return Call("/review/index.html")


async def notify_world(_: str, __: Path) -> World:
    """Return notify that knows the candidate."""
    notify = Notify()
    await notify.know_the_candidate()
    key = Ed25519PrivateKey.generate()
    quick = Pulse(heartbeat_seconds=0.05, look_seconds=0.02)
    application = build_notify(notify.use_cases, HTTP, _reader(key, notify.clock), notify.hub, quick)

    async def messages(thing: str) -> Call:
        return Call(f"/api/notify/registrations/{thing}/messages")

    async def stream(thing: str) -> Call:
        return Call(f"/api/notify/stream?registration={thing}")

    calls = {
        "GET /api/notify/registrations/{registration_id}/messages": messages,
        "GET /api/notify/stream": stream,
    }
    return World(application, key, notify.clock, people("c1", "37", "3701"), calls, "r1")


def _reader(key: Ed25519PrivateKey, clock: StandingClock) -> TokenReader:
    return TokenReader((key.public_key(),), clock, InMemoryRevocations({REVOKED: clock.now()}))


WORLDS: Mapping[str, Callable[[str, Path], Awaitable[World]]] = {
    "auth": auth_world,
    "uploads": uploads_world,
    "review": review_world,
    "notify": notify_world,
}
