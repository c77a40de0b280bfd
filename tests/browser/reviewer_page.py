"""The review desk as a person uses it."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.support.simulators.demo import StaffMember

SETTLED_MS = 60_000
# A code lives 30 seconds, and the one that signed in is used up.
CODES, CODE_MS = 8, 5_000


@dataclass(frozen=True, slots=True)
class ReviewerPage:
    """One reviewer's desktop."""

    page: Page

    def at(self, hook: str) -> Locator:
        """Return what carries a test hook."""
        return self.page.locator(f'[data-test="{hook}"]')

    def row(self, case_id: str) -> Locator:
        """Return a case's row in the queue."""
        return self.page.locator(f'[data-test="queue-row"][data-case-id="{case_id}"]')

    def thumb(self, image_id: str) -> Locator:
        """Return a picture in the strip."""
        return self.page.locator(f'[data-test="thumb"][data-image-id="{image_id}"]')

    async def sign_in(self, gateway: str, registration_system: str, member: StaffMember) -> None:
        """Sign in with the code that the staff page of the simulator shows."""
        code = await self._code(registration_system, member)
        await self.page.goto(f"{gateway}/review/")
        await self.at("signin-username").fill(member.username)
        await self.at("signin-password").fill(member.password)
        await self.at("signin-totp").fill(code)
        await self.at("signin-submit").click()
        await expect(self.at("queue")).to_be_visible()
        await expect(self.at("who")).to_contain_text(member.display_name)

    async def open(self, case_id: str, view: str = "waiting") -> None:
        """Open a case from the queue; opening claims it. Wait until it is locked."""
        await self.at(f"rail-{view}").click()
        await self.row(case_id).click(timeout=SETTLED_MS)
        locked = self.page.locator('[data-test="hold-state"][data-state="locked"]')
        await expect(locked).to_be_visible(timeout=SETTLED_MS)

    async def image_ids(self) -> list[str]:
        """Return the pictures in the strip's order."""
        await expect(self.at("thumb").first).to_be_visible()
        thumbs = await self.at("thumb").all()
        return [await thumb.get_attribute("data-image-id") or "" for thumb in thumbs]

    async def pass_picture(self, image_id: str) -> None:
        """Look at a picture and pass it."""
        await self.thumb(image_id).click()
        await expect(
            self.page.locator(f'[data-test="viewer"][data-image-id="{image_id}"] img').first
        ).to_be_visible()
        await self.at("verdict-pass").click()
        await self._judged(image_id, "passed")

    async def return_picture(self, image_id: str, reason: str) -> None:
        """Return a picture for a canned reason."""
        await self.thumb(image_id).click()
        await self.at("verdict-return").click()
        await self.page.locator(f'[data-test="reason"][data-code="{reason}"]').click()
        await self.at("reason-confirm").click()
        await self._judged(image_id, "returned")

    async def uncover(self, image_id: str) -> None:
        """Look at a covered picture, say why, and see all of it."""
        await self.thumb(image_id).click()
        await self.at("uncover").click()
        await self.at("reason-open").click()
        await expect(self.at("usual")).to_be_visible()

    async def cover(self, image_id: str) -> None:
        """Draw a box on a picture; it is covered from then on."""
        await self.thumb(image_id).click()
        await self.at("cover").click()
        box = await self.picture(image_id).bounding_box()
        assert box is not None
        await self.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
        await self.page.mouse.down()
        await self.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=4)
        await self.page.mouse.up()
        await expect(self.at("clear-covers")).to_be_visible()
        await expect(self.at("uncover")).to_be_visible()

    async def open_original(self, image_id: str, registration_system: str, member: StaffMember) -> None:
        """Open an original with a code that was not used yet, and a reason."""
        await self.thumb(image_id).click()
        await self.at("original").click()
        for _ in range(CODES):
            await self.at("reason-totp").fill(await self._code(registration_system, member))
            await self.at("reason-open").click()
            try:
                await expect(self.at("usual")).to_be_visible(timeout=CODE_MS)
            except AssertionError:
                continue
            return
        raise AssertionError("no code was good for the original")

    def picture(self, image_id: str) -> Locator:
        """Return the big picture."""
        return self.page.locator(f'[data-test="viewer"][data-image-id="{image_id}"] img.big').first

    async def conclude(self) -> None:
        """Send the conclusion; confirm where the desk asks once more."""
        await self.at("conclude").click()
        await expect(self.at("concluded").or_(self.at("conclude-confirm"))).to_be_visible()
        if await self.at("conclude-confirm").is_visible():
            await self.at("conclude-confirm").click()
        await expect(self.at("concluded")).to_be_visible(timeout=SETTLED_MS)

    async def back_to_queue(self) -> None:
        """Return to the queue."""
        await self.at("back-to-queue").click()
        await expect(self.at("queue")).to_be_visible()

    async def _code(self, registration_system: str, member: StaffMember) -> str:
        """Return what the device of a staff member shows now."""
        codes = await self.page.context.new_page()
        await codes.goto(f"{registration_system}/staff")
        code = await codes.locator(f'[data-test="totp-{member.username}"]').inner_text()
        await codes.close()
        return code

    async def _judged(self, image_id: str, verdict: str) -> None:
        await expect(self.thumb(image_id)).to_have_attribute("data-verdict", verdict)
