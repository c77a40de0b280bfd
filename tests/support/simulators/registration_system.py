"""A stand-in for the exam-registration system: shows registration cards and issues entry tickets."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import jwt
import pyotp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.clock import Clock, SharedOffsetClock, SystemClock
from tests.support.simulators.demo import Registration, Roster, StaffMember, load_roster, load_staff
from tests.support.simulators.pages import card, get_no_icon, page, post_button

ISSUER = "registration-system"
TICKET_LIFE = timedelta(minutes=10)
LOOPBACK = "127.0.0.1"
_ROLES = {"site_reviewer": "考点初审", "district_reviewer": "考区复审"}


@dataclass(frozen=True, slots=True)
class RegistrationSystem:
    """Knows the roster and staff, and signs tickets that let a candidate in."""

    roster: Roster
    staff: Sequence[StaffMember]
    key: Ed25519PrivateKey
    gateway: str
    clock: Clock

    def ticket(self, registration_id: str) -> str:
        """Return a new one-time ticket for a registration."""
        now = self.clock.now()
        claims = {
            "iss": ISSUER,
            "sub": self.registration(registration_id).registration_id,
            "jti": str(uuid4()),
            "iat": int(now.timestamp()),
            "exp": int((now + TICKET_LIFE).timestamp()),
        }
        return jwt.encode(claims, self.key, algorithm="EdDSA")

    def way_in(self, ticket: str) -> str:
        """Return the address of the material system; the ticket rides in the fragment."""
        return f"{self.gateway}/#ticket={quote(ticket, safe='')}"

    def registration(self, registration_id: str) -> Registration:
        """Return one registration."""
        for registration in self.roster.registrations:
            if registration.registration_id == registration_id:
                return registration
        raise web.HTTPNotFound(text="没有这条报名信息")

    def code(self, username: str) -> str:
        """Return the one-time code that a staff member's device shows now."""
        for member in self.staff:
            if member.username == username:
                return pyotp.TOTP(member.totp_secret).at(self.clock.now())
        raise web.HTTPNotFound(text="没有这个账号")


SYSTEM = web.AppKey("SYSTEM", RegistrationSystem)
routes = web.RouteTableDef()


@routes.get("/healthz")
async def get_health(_request: web.Request) -> web.Response:
    """Tell that the simulator runs."""
    return web.json_response({"status": "ok"})


@routes.get("/")
async def get_cards(request: web.Request) -> web.Response:
    """Show every demo candidate's registration card (S0-02)."""
    system = request.app[SYSTEM]
    cards = "".join(_registration_card(system, item) for item in system.roster.registrations)
    links = (("演示审核人员", "/staff"), ("审核台", f"{system.gateway}/review/"))
    return _html(page("国家医学考试考生服务系统 · 报名系统", cards, links=links))


@routes.post("/registrations/{registration_id}/ticket")
async def post_ticket(request: web.Request) -> web.Response:
    """Issue a ticket, for programs."""
    system = request.app[SYSTEM]
    ticket = system.ticket(request.match_info["registration_id"])
    return web.json_response({"ticket": ticket, "url": system.way_in(ticket)})


@routes.post("/registrations/{registration_id}/upload-materials")
async def post_upload_materials(request: web.Request) -> web.Response:
    """Issue a ticket and jump to the material system, for people (S0-03)."""
    system = request.app[SYSTEM]
    ticket = system.ticket(request.match_info["registration_id"])
    raise web.HTTPSeeOther(system.way_in(ticket))


@routes.get("/staff")
async def get_staff(request: web.Request) -> web.Response:
    """Show the demo staff with their passwords and current one-time codes."""
    system = request.app[SYSTEM]
    cards = "".join(_staff_card(system, member) for member in system.staff)
    links = (("演示考生", "/"), ("打开审核台", f"{system.gateway}/review/"))
    return _html(page("演示审核人员", cards, links=links, refresh=10))


@routes.get("/staff/{username}/totp")
async def get_code(request: web.Request) -> web.Response:
    """Return a staff member's current one-time code."""
    return web.json_response({"code": request.app[SYSTEM].code(request.match_info["username"])})


def build_app(system: RegistrationSystem) -> web.Application:
    """Return the simulator's application."""
    app = web.Application()
    app[SYSTEM] = system
    app.add_routes(routes)
    app.router.add_get("/favicon.ico", get_no_icon)
    return app


def clock_from_environment() -> Clock:
    """Return the clock that development moves for all together, or the machine's."""
    path = os.environ.get("CLOCK_FILE")
    return SharedOffsetClock(Path(path)) if path else SystemClock()


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read the key that tickets are signed with."""
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} holds no Ed25519 key")
    return key


def _registration_card(system: RegistrationSystem, registration: Registration) -> str:
    rows = [
        ("姓名", registration.name),
        ("准考证号", registration.admission_ticket_no),
        ("考区", system.roster.district_names[registration.district]),
        ("考点", system.roster.site_names[registration.site]),
        ("阶段", registration.stage),
        ("报名时间", registration.registered_on),
    ]
    target = f"/registrations/{registration.registration_id}/upload-materials"
    button = post_button(target, "上传相关材料", name=f"upload-materials-{registration.username}")
    return card(registration.heading, rows, button, name="registration-card")


def _staff_card(system: RegistrationSystem, member: StaffMember) -> str:
    place = system.roster.site_names.get(member.site or "", system.roster.district_names[member.district])
    rows = [
        ("用户名", member.username),
        ("密码", member.password),
        ("岗位", _ROLES[member.role]),
        ("辖区", place),
    ]
    code = f'动态口令 <code data-test="totp-{member.username}">{system.code(member.username)}</code>'
    return card(member.display_name, rows, code, name="staff-card")


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def main() -> None:
    """Run `python -m tests.support.simulators.registration_system`."""
    parser = argparse.ArgumentParser(description="A simulated exam-registration system (development only).")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gateway", required=True, help="where the material system's pages are")
    parser.add_argument("--key", type=Path, required=True, help="private key that signs tickets")
    parser.add_argument("--roster", type=Path, required=True)
    parser.add_argument("--staff", type=Path, required=True)
    given = parser.parse_args()
    system = RegistrationSystem(
        roster=load_roster(given.roster),
        staff=load_staff(given.staff),
        key=read_key(given.key),
        gateway=given.gateway.rstrip("/"),
        clock=clock_from_environment(),
    )
    web.run_app(build_app(system), host=LOOPBACK, port=given.port, print=None)


if __name__ == "__main__":
    main()
