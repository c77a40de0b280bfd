"""A stand-in for an SMS provider: accepts, keeps its outbox on disk, and fails in the ways real ones do.

Every accepted request is one SMS, also a repeated one: who sends twice is found out. Whether a request
was accepted can be asked by the sender's own id.
"""

import argparse
import asyncio
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import uuid4

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.clock import Clock
from tests.support.simulators.pages import card, get_no_icon, page, wall_time
from tests.support.simulators.registration_system import LOOPBACK, clock_from_environment

SLOW_SECONDS: Final = 5.0
HANG_SECONDS: Final = 120.0
_SHOWN: Final = 100


class Mode(StrEnum):
    """How the provider behaves."""

    OK = "ok"
    SLOW = "slow"
    REFUSE = "refuse"
    DOWN = "down"
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"


class SendRequest(BaseModel):
    """What a customer asks to be sent."""

    model_config = ConfigDict(extra="forbid")

    our_id: str
    phone: str
    signature: str
    text: str


class ModeRequest(BaseModel):
    """What a test asks for."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS as the phone shows it."""

    provider_id: str
    our_id: str
    phone: str
    text: str
    at: str


class Outbox:
    """Every accepted SMS, one JSON line each; on disk before it is acknowledged."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._items = _read(path)

    def add(self, sms: Sms) -> None:
        """Keep an SMS; it is on disk when this returns."""
        line = json.dumps(asdict(sms), ensure_ascii=False) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        self._items.append(sms)

    def find(self, *, our_id: str | None = None, phone: str | None = None) -> list[Sms]:
        """Return what was accepted, oldest first."""
        return [sms for sms in self._items if our_id in {None, sms.our_id} and phone in {None, sms.phone}]


@dataclass(slots=True)
class Provider:
    """The provider's state: the outbox and how it behaves at present."""

    outbox: Outbox
    clock: Clock
    mode: Mode = Mode.OK
    slow_seconds: float = SLOW_SECONDS
    hang_seconds: float = HANG_SECONDS
    attempts: dict[str, int] = field(default_factory=dict)

    async def send(self, request: SendRequest) -> web.Response:
        """Treat a request as the mode says."""
        self.attempts[request.our_id] = self.attempts.get(request.our_id, 0) + 1
        if self.mode is Mode.REFUSE:
            return web.json_response({"error": "content_refused"}, status=422)
        if self.mode is Mode.DOWN:
            return web.json_response({"error": "unavailable"}, status=503)
        if self.mode is Mode.SLOW:
            await asyncio.sleep(self.slow_seconds)
        sms = self._accept(request)
        if self.mode is Mode.ACCEPT_THEN_TIMEOUT:
            await asyncio.sleep(self.hang_seconds)
        return web.json_response({"provider_id": sms.provider_id})

    def _accept(self, request: SendRequest) -> Sms:
        text = f"【{request.signature}】{request.text}"
        at = self.clock.now().isoformat().replace("+00:00", "Z")
        sms = Sms(str(uuid4()), request.our_id, request.phone, text, at)
        self.outbox.add(sms)
        return sms


PROVIDER = web.AppKey("PROVIDER", Provider)
routes = web.RouteTableDef()


@routes.get("/healthz")
async def get_health(_request: web.Request) -> web.Response:
    """Tell that the simulator runs."""
    return web.json_response({"status": "ok"})


@routes.post("/send")
async def post_send(request: web.Request) -> web.Response:
    """Accept an SMS."""
    try:
        wanted = SendRequest.model_validate_json(await request.read())
    except ValidationError:
        return web.json_response({"error": "malformed"}, status=400)
    return await request.app[PROVIDER].send(wanted)


@routes.get("/messages")
async def get_messages(request: web.Request) -> web.Response:
    """Tell what was accepted, by the sender's id or the phone number."""
    provider = request.app[PROVIDER]
    if provider.mode is Mode.DOWN:
        return web.json_response({"error": "unavailable"}, status=503)
    found = provider.outbox.find(our_id=request.query.get("our_id"), phone=request.query.get("phone"))
    return web.json_response({"items": [asdict(sms) for sms in found]})


@routes.post("/mode")
async def post_mode(request: web.Request) -> web.Response:
    """Behave differently from now on."""
    try:
        wanted = ModeRequest.model_validate_json(await request.read())
    except ValidationError:
        return web.json_response({"error": "malformed"}, status=400)
    request.app[PROVIDER].mode = wanted.mode
    return web.json_response({"mode": wanted.mode})


@routes.get("/")
async def get_page(request: web.Request) -> web.Response:
    """Show the newest SMS."""
    newest = list(reversed(request.app[PROVIDER].outbox.find()))[:_SHOWN]
    cards = "".join(_card(sms) for sms in newest)
    body = cards or '<p class="wide">还没有短信。</p>'
    return web.Response(
        text=page("短信发件箱", body, refresh=5),
        content_type="text/html",
        headers={"Cache-Control": "no-store"},
    )


def build_app(provider: Provider) -> web.Application:
    """Return the simulator's application."""
    app = web.Application()
    app[PROVIDER] = provider
    app.add_routes(routes)
    app.router.add_get("/favicon.ico", get_no_icon)
    return app


def _card(sms: Sms) -> str:
    at = wall_time(datetime.fromisoformat(sms.at))
    return card(sms.phone, [("时间", at), ("内容", sms.text)], name="sms")


def _read(path: Path) -> list[Sms]:
    """Read the outbox; a last line that a crash tore was never acknowledged and goes."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    return [Sms(**json.loads(line)) for line in whole.splitlines()]


def main() -> None:
    """Run `python -m tests.support.simulators.sms_provider`."""
    parser = argparse.ArgumentParser(description="A simulated SMS provider (development only).")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--outbox", type=Path, required=True, help="file that keeps what was accepted")
    given = parser.parse_args()
    provider = Provider(Outbox(given.outbox), clock_from_environment())
    web.run_app(build_app(provider), host=LOOPBACK, port=given.port, print=None, shutdown_timeout=1.0)


if __name__ == "__main__":
    main()
