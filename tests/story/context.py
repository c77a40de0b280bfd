"""What the chapters share: the people, what has happened so far, and how a step is told and disturbed."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import aiohttp

from shared.clock import SHANGHAI
from tests.story.addresses import Addresses
from tests.story.expectations import DEMO, Expectations
from tests.story.outer_world import OuterWorld
from tests.story.papers import Folder, Paper
from tests.support.candidate_client import Candidate, LiveUpdates
from tests.support.gateway_client import Browser, Json, ProblemError, UnreachableError
from tests.support.simulators.demo import Registration, Roster, StaffMember, load_roster, load_staff
from tests.support.specimens import Person

CALM_PATIENCE = 30.0
Tell = Callable[[str], None]


class StepFailedError(Exception):
    """A step of the story did not hold."""


class Disturbances(Protocol):
    """What is done to the system while the story goes on; steps are named `c.delete`, `d.submit` ..."""

    async def before(self, step: str) -> None:
        """Disturb between two steps."""
        ...

    async def during(self, step: str) -> None:
        """Disturb while a step is running."""
        ...


class Calm:
    """Nothing happens."""

    async def before(self, step: str) -> None:
        """Leave the system alone between two steps."""

    async def during(self, step: str) -> None:
        """Leave the system alone during a step."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture that the system has acknowledged."""

    image_id: str
    paper: Paper


def tell_on_screen(line: str) -> None:
    """Write a line to the person who watches."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Story:
    """One play of the story."""

    session: aiohttp.ClientSession
    addresses: Addresses
    expects: Expectations = DEMO
    disturbances: Disturbances = field(default_factory=Calm)
    patience: float = CALM_PATIENCE
    tell: Tell = tell_on_screen
    chosen: Registration | None = None
    candidate: Candidate | None = None
    live: LiveUpdates | None = None
    sent: dict[str, Sent] = field(default_factory=dict)
    receipts: list[Json] = field(default_factory=list)
    replacement: str | None = None

    @property
    def roster(self) -> Roster:
        """Return the demo candidates."""
        return load_roster(self.addresses.roster)

    @property
    def world(self) -> OuterWorld:
        """Return what lies outside the product."""
        return OuterWorld(self.session, self.addresses.registration_system, self.addresses.sms_provider)

    @property
    def registration(self) -> Registration:
        """Return the registration that the story is about."""
        assert self.chosen is not None, "the entry chapter chooses the candidate"
        return self.chosen

    @property
    def person(self) -> Candidate:
        """Return the candidate, once chosen."""
        assert self.candidate is not None, "the entry chapter chooses the candidate"
        return self.candidate

    @property
    def case_id(self) -> str:
        """Return the case's id, which is the registration's."""
        return self.registration.registration_id

    @property
    def folder(self) -> Folder:
        """Return the candidate's papers."""
        registration = self.registration
        seed = UUID(registration.registration_id).int % 1_000_000
        return Folder(Person(registration.name, registration.id_number), seed)

    def browser(self) -> Browser:
        """Open a new browser at the gateway."""
        return Browser(self.addresses.gateway, self.session, patience=self.patience)

    def visitor(self, registration: Registration) -> Candidate:
        """Return a candidate of the roster with an own browser."""
        return Candidate(
            self.browser(), registration.registration_id, registration.username, self.world.ticket
        )

    def staff(self, role: str, site_name: str | None = None) -> list[StaffMember]:
        """Return the demo staff of a role, of one site if named."""
        names = self.roster.site_names
        members = load_staff(self.addresses.staff)
        return [
            m
            for m in members
            if m.role == role and (site_name is None or names.get(m.site or "") == site_name)
        ]

    @asynccontextmanager
    async def step(self, name: str, words: str) -> AsyncIterator[list[str]]:
        """Tell a step, disturb it as wished, and check that it holds; the list takes ids and findings.

        Raises:
            StepFailedError: an assertion failed, or the system refused or fell silent.
        """
        await self.disturbances.before(name)
        notes: list[str] = []
        begun = time.monotonic()
        disturbing = asyncio.create_task(self.disturbances.during(name))
        try:
            yield notes
            await disturbing
        except (AssertionError, ProblemError, UnreachableError, aiohttp.ClientError) as error:
            self._line("✗", name, words, begun, [*notes, str(error) or type(error).__name__])
            raise StepFailedError(f"{name} {words}: {error}") from error
        finally:
            if not disturbing.done():
                await disturbing
        self._line("✓", name, words, begun, notes)

    def _line(self, sign: str, name: str, words: str, begun: float, notes: list[str]) -> None:
        now = datetime.now(SHANGHAI).strftime("%H:%M:%S")
        self.tell(f"{now} {sign} {name:<15} {words}  ({time.monotonic() - begun:.1f} s)")
        for note in notes:
            self.tell(f"{'':28}{note}")


async def expect_problem(
    action: Awaitable[object], status: int | tuple[int, ...], *codes: str
) -> ProblemError:
    """Do something that must be refused; return the refusal."""
    allowed = (status,) if isinstance(status, int) else status
    problem = await _refusal(action)
    assert problem is not None, f"expected a refusal with {status} {' or '.join(codes)}, but it was accepted"
    assert problem.status in allowed, f"expected {status}, got {problem}"
    assert not codes or problem.code in codes, f"expected {' or '.join(codes)}, got {problem}"
    assert problem.detail, f"the refusal {problem.code} says nothing to people"
    return problem


async def _refusal(action: Awaitable[object]) -> ProblemError | None:
    try:
        await action
    except ProblemError as problem:
        return problem
    return None
