"""What a candidate does at the gateway; every step survives a lost answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode
from uuid import uuid4

import aiohttp

from tests.support.gateway_client import Browser, Json, ProblemError, UnreachableError

TicketOffice = Callable[[str], Awaitable[str]]

PASSWORD: Final = "Yikao2020demo"
RECOVERY: Final = ("我的小学班主任姓名？", "样例老师")
_SETTLE_SECONDS: Final = 120.0


@dataclass(slots=True)
class Candidate:
    """A candidate with one registration and a browser."""

    browser: Browser
    registration_id: str
    username: str
    tickets: TicketOffice
    password: str = PASSWORD

    async def enter(self) -> Json:
        """Come from the registration card; a ticket whose answer got lost is replaced by a new one."""
        for _ in range(5):
            ticket = await self.tickets(self.registration_id)
            try:
                return (await self.browser.call("POST", "/api/auth/entry", body={"ticket": ticket})).json()
            except ProblemError as problem:
                if problem.attempts == 1:
                    raise
        raise UnreachableError("entry: five tickets were spent")

    async def activate(self, entry_token: str, *, confirmation: str | None = None) -> Json:
        """Set the password, the recovery question and answer, and agree (S0-04..09)."""
        body: Json = {
            "entry_token": entry_token,
            "password": self.password,
            "password_confirmation": confirmation or self.password,
            "recovery_question": RECOVERY[0],
            "recovery_answer": RECOVERY[1],
            "commitments_accepted": True,
        }
        try:
            return (await self.browser.call("POST", "/api/auth/activation", body=body)).json()
        except ProblemError as problem:
            if problem.attempts == 1:
                raise
        return await self.sign_in()

    async def sign_in(self) -> Json:
        """Sign in with the own password."""
        body: Json = {"username": self.username, "password": self.password}
        return (await self.browser.call("POST", "/api/auth/sign-in", body=body)).json()

    async def dossier(self) -> Json:
        """Read the material page."""
        return await self.browser.get_json(self._dossier_path)

    async def upload(
        self,
        category: str,
        content: bytes,
        *,
        slot: str | None = None,
        replaces: str | None = None,
        file_name: str = "photo.jpg",
    ) -> Json:
        """Upload a file; repeated with the same key until an answer comes."""
        chosen = {"category": category, "slot": slot, "replaces": replaces}
        query = urlencode({name: value for name, value in chosen.items() if value})
        headers = {
            "Idempotency-Key": str(uuid4()),
            "X-File-Name": quote(file_name),
            "Content-Type": "application/octet-stream",
        }
        path = f"{self._dossier_path}/images?{query}"
        return (await self.browser.call("POST", path, body=content, headers=headers)).json()

    async def delete(self, image_id: str) -> None:
        """Take a picture back with −."""
        try:
            await self.browser.call("DELETE", f"{self._dossier_path}/images/{image_id}")
        except ProblemError as problem:
            if problem.attempts == 1 or problem.code != "image_not_found":
                raise

    async def submit(self) -> Json:
        """Hand the dossier in; waits for pictures in processing as the page does."""
        last = (await self.dossier())["receipt"]
        until = time.monotonic() + _SETTLE_SECONDS
        while True:
            try:
                return (await self.browser.call("POST", f"{self._dossier_path}/submission")).json()
            except ProblemError as problem:
                if problem.code != "still_processing" or time.monotonic() > until:
                    return await self._submitted_before(problem, last)
            await asyncio.sleep(0.5)

    async def messages(self) -> list[Json]:
        """Read the messages, newest first."""
        path = f"/api/notify/registrations/{self.registration_id}/messages"
        items: list[Json] = (await self.browser.get_json(path))["items"]
        return items

    async def status(self) -> Json:
        """Read the card's status."""
        return await self.browser.get_json(f"/api/review/registrations/{self.registration_id}/status")

    async def picture(self, image_id: str, form: str = "copy") -> bytes:
        """Fetch the copy or thumbnail of an own picture."""
        return (await self.browser.get(f"/api/uploads/images/{image_id}/{form}")).content

    @property
    def _dossier_path(self) -> str:
        return f"/api/uploads/dossiers/{self.registration_id}"

    async def _submitted_before(self, problem: ProblemError, last: Json | None) -> Json:
        receipt: Json | None = (await self.dossier())["receipt"]
        if problem.attempts == 1 or receipt is None or receipt == last:
            raise problem
        return receipt


@dataclass(slots=True)
class LiveUpdates:
    """The open page's ear: what the stream said changed; a new connection counts as a change, too."""

    candidate: Candidate
    subjects: list[str] = field(default_factory=list)
    connections: int = 0

    async def listen(self) -> None:
        """Listen until cancelled; connect again when the stream breaks."""
        path = f"/api/notify/stream?registration={self.candidate.registration_id}"
        while True:
            try:
                await self._listen_once(path)
            except ProblemError as problem:
                if problem.status == 401:
                    await self.candidate.browser.renew()
            except (aiohttp.ClientError, TimeoutError, UnreachableError):
                pass
            await asyncio.sleep(0.5)

    async def _listen_once(self, path: str) -> None:
        async with self.candidate.browser.stream(path) as lines:
            self.connections += 1
            async for line in lines:
                if line.startswith(b"data:"):
                    self.subjects.append(line[5:].decode().strip())
