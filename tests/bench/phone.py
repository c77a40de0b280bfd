"""Candidates' phones: an upload at its instant, whatever became of the ones before; nothing is repeated."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from shared.ids import derived_id
from tests.bench.candidates import BenchCandidate, places
from tests.bench.ledger import Answered, Attempt, Ledger
from tests.bench.pictures import numbered

PATIENCE = aiohttp.ClientTimeout(total=30.0)
CONNECTIONS = 400


@dataclass(frozen=True, slots=True)
class Errand:
    """One picture to be uploaded, once."""

    person: BenchCandidate
    category: str
    slot: str | None
    content: bytes
    number: int

    @property
    def key(self) -> str:
        """Return the idempotency key."""
        return f"bench-{self.number:08d}"

    @property
    def image_id(self) -> str:
        """Return the id that the picture will have."""
        return derived_id(self.person.registration_id, self.key)


def errands(people: Sequence[BenchCandidate], contents: Sequence[bytes], first: int = 0) -> Iterator[Errand]:
    """Yield an errand for every place that the candidates may fill, no two with the same bytes."""
    for number, (person, category, slot) in enumerate(places(people), first):
        content = numbered(contents[number % len(contents)], number)
        yield Errand(person, category, slot, content, number)


@dataclass(slots=True)
class Phones:
    """All candidates' phones: they share a connection pool, as they share the carrier."""

    gateway: str
    session: aiohttp.ClientSession
    ledger: Ledger
    accepted: int = 0

    async def upload(self, errand: Errand, due_at: float | None = None) -> Answered:
        """Upload once and write down what was sent and what came back."""
        now = time.time()
        sha256 = hashlib.sha256(errand.content).hexdigest()
        self.ledger.attempt(
            Attempt(
                image_id=errand.image_id,
                registration_id=errand.person.registration_id,
                key=errand.key,
                sha256=sha256,
                due_at=now if due_at is None else due_at,
                sent_at=now,
            )
        )
        answer = await self._answer(errand)
        self.ledger.answer(answer)
        self.accepted += answer.is_accepted
        return answer

    async def open_page(self, person: BenchCandidate) -> tuple[int, float]:
        """Read the material page; return status and seconds."""
        began = time.perf_counter()
        async with self.session.get(self._dossier(person), headers=self._headers(person)) as response:
            await response.read()
            return response.status, time.perf_counter() - began

    async def _answer(self, errand: Errand) -> Answered:
        query = {"category": errand.category} | ({"slot": errand.slot} if errand.slot else {})
        headers = {
            **self._headers(errand.person),
            "Idempotency-Key": errand.key,
            "Content-Type": "application/octet-stream",
        }
        url = f"{self._dossier(errand.person)}/images?{urlencode(query)}"
        try:
            async with self.session.post(url, data=errand.content, headers=headers) as response:
                code = "" if response.ok else str((await response.json()).get("code", ""))
                await response.read()
                wait = response.headers.get("Retry-After")
                return Answered(
                    errand.image_id,
                    errand.key,
                    response.status,
                    code,
                    time.time(),
                    float(wait) if wait else None,
                )
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return Answered(errand.image_id, errand.key, 0, type(error).__name__, time.time())

    def _dossier(self, person: BenchCandidate) -> str:
        return f"{self.gateway}/api/uploads/dossiers/{person.registration_id}"

    def _headers(self, person: BenchCandidate) -> dict[str, str]:
        return {"Origin": self.gateway, "Cookie": f"__Host-access={person.token}"}


@asynccontextmanager
async def phones(gateway: str, ledger: Ledger) -> AsyncIterator[Phones]:
    """Hold the phones' connections."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=PATIENCE
    ) as session:
        yield Phones(gateway, session, ledger)


async def open_loop(users: Phones, instants: Iterable[float], work: Iterator[Errand]) -> None:
    """Send an upload at every instant, however many answers are outstanding; wait for the last answer."""
    began, began_at = time.monotonic(), time.time()
    async with asyncio.TaskGroup() as sent:
        for instant, errand in zip(instants, work, strict=False):
            await asyncio.sleep(max(0.0, began + instant - time.monotonic()))
            sent.create_task(users.upload(errand, began_at + instant))
