"""The people of a play in the browser, and the papers they hold."""

from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import FilePayload, expect

from deploy.embedded import System
from tests.browser.candidate_page import CandidatePage
from tests.browser.reviewer_page import ReviewerPage
from tests.browser.windows import Windows
from tests.support.simulators.demo import Registration, StaffMember, load_roster, load_staff
from tests.support.specimens import Form, Kind, Person, specimen

SEED: Final = 4_000


@dataclass(slots=True)
class Play:
    """The people of one play and their windows."""

    system: System
    windows: Windows
    registration: Registration
    candidate: CandidatePage
    papers: int = field(default=0)

    @property
    def person(self) -> Person:
        """Return whose papers are rendered."""
        return Person(self.registration.name, self.registration.id_number)

    def file(self, kind: Kind, form: Form = "jpeg", orientation: int | None = None) -> FilePayload:
        """Render a paper as a file to choose; never the same bytes twice."""
        self.papers += 1
        rendered = specimen(kind, self.person, SEED + self.papers, form, orientation)
        return file_of(rendered.name, rendered.content)

    async def shoot_candidate(self, name: str) -> None:
        """Keep what the candidate sees."""
        await self.windows.shoot(self.candidate.page, name)

    async def reviewer(self, role: str, number: int = 0) -> ReviewerPage:
        """Sign a reviewer in at an own desk."""
        member = staff_of(self.system, role)[number]
        desk = ReviewerPage(await self.windows.desk())
        await desk.sign_in(self.system.url, self.system.plan.registration_system_url, member)
        return desk


async def begin(system: System, windows: Windows, number: int) -> Play:
    """Let a candidate of the roster come from the card and activate."""
    registration = load_roster(system.plan.roster).registrations[number]
    candidate = CandidatePage(await windows.phone())
    play = Play(system, windows, registration, candidate)
    await candidate.come_from_card(system.plan.registration_system_url, registration.username)
    await expect(candidate.at("activate")).to_be_visible()
    await play.shoot_candidate("activate")
    await candidate.activate()
    await play.shoot_candidate("materials-empty")
    return play


async def image_of(desk: ReviewerPage, category: str) -> str:
    """Return the picture in the strip that stands for a paper."""
    await expect(desk.at("thumb").first).to_be_visible()
    thumb = desk.page.locator(f'[data-test="thumb"][aria-label^="{category}"]')
    return await thumb.get_attribute("data-image-id") or ""


def staff_of(system: System, role: str) -> list[StaffMember]:
    """Return the demo staff of a role."""
    return [member for member in load_staff(system.plan.staff) if member.role == role]


def file_of(name: str, content: bytes) -> FilePayload:
    """Return a file as a person chooses it."""
    return FilePayload(name=name, mimeType="image/jpeg", buffer=content)
