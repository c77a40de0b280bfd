"""The system under the bench: the whole embedded one in a fresh home, with as many candidates as needed."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import System
from deploy.embedded import system as embedded_system
from shared.ids import new_id
from tests.bench.candidates import BenchCandidate, candidates, registered
from tests.bench.ledger import Entry, Ledger, read_ledger
from tests.bench.phone import Errand, Phones, errands, phones
from tests.bench.pictures import photographs
from tests.bench.ready import Ready, hearing

OPENED_AT_ONCE = 8
OPEN_TRIES = 100
OK = 200
LEDGER = "ledger.jsonl"
_EARLIER = ".earlier-"


class NotOpenedError(Exception):
    """A candidate's dossier could not be opened: the registration did not arrive."""


@dataclass(slots=True)
class World:
    """A running system, its candidates' phones, the ledger and the ear."""

    folder: Path
    system: System
    users: Phones
    ready: Ready
    contents: Sequence[bytes]
    _people: int = 0
    _errands: int = 0

    async def newcomers(self, number: int) -> list[BenchCandidate]:
        """Register so many more candidates and open their dossiers."""
        people = candidates(self.system, self._people, number)
        self._people += number
        await registered(self.system, people)
        await self.opened(people)
        return people

    async def opened(self, people: Sequence[BenchCandidate]) -> None:
        """Open the candidates' dossiers, each as soon as its registration is known."""
        waiting = iter(people)
        await asyncio.gather(*(self._open_all(waiting) for _ in range(OPENED_AT_ONCE)))

    def errands(self, people: Sequence[BenchCandidate]) -> Iterator[Errand]:
        """Yield all that these candidates may upload."""
        for errand in errands(people, self.contents, self._errands):
            self._errands += 1
            yield errand

    def waiting(self) -> int:
        """Return how many acknowledged pictures are not ready."""
        return self.users.accepted - len(self.ready.done)

    def entries(self) -> list[Entry]:
        """Return what the ledger holds so far."""
        return read_ledger(self.folder / LEDGER)

    async def quiet(self, patience: float = 120.0) -> bool:
        """Wait until every acknowledged picture is ready; tell whether they were, in time."""
        accepted = (entry.attempt.image_id for entry in self.entries() if entry.is_acknowledged)
        return await self.ready.until_all(accepted, patience)

    async def _open_all(self, people: Iterable[BenchCandidate]) -> None:
        for person in people:
            await self._open(person)

    async def _open(self, person: BenchCandidate) -> None:
        for _ in range(OPEN_TRIES):
            status, _ = await self.users.open_page(person)
            if status == OK:
                return
            await asyncio.sleep(0.2)
        raise NotOpenedError(person.registration_id)


@asynccontextmanager
async def fresh_system(folder: Path) -> AsyncIterator[System]:
    """Run a fresh embedded system as long as the block lasts; what earlier runs left is removed after it.

    Removed before, it would be measured: for minutes a file system passes over what has just become free.
    """
    set_aside(folder)
    async with embedded_system(folder / "system") as system:
        yield system
    await asyncio.to_thread(remove_earlier, folder)


def set_aside(folder: Path) -> None:
    """Give the folder of an earlier run another name."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}{_EARLIER}{new_id()}"))


def remove_earlier(folder: Path) -> None:
    """Remove the folders that were set aside."""
    for earlier in folder.parent.glob(f"{folder.name}{_EARLIER}*"):
        shutil.rmtree(earlier, ignore_errors=True)


@asynccontextmanager
async def world(system: System, folder: Path) -> AsyncIterator[World]:
    """Hold a running system's phones, ear and ledger; the ledger stays in the folder."""
    contents = await asyncio.to_thread(photographs)
    with Ledger(folder / LEDGER) as ledger:
        async with phones(system.url, ledger) as users, hearing(system) as ready:
            yield World(folder, system, users, ready, contents)
