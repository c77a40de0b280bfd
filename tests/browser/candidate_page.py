"""The candidate's page as a person uses it: taps, files, what stands there."""

from dataclasses import dataclass

from playwright.async_api import FilePayload, Locator, Page, expect

from tests.support.candidate_client import PASSWORD

SETTLED_MS = 60_000


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """One candidate's phone."""

    page: Page

    def at(self, hook: str) -> Locator:
        """Return what carries a test hook."""
        return self.page.locator(f'[data-test="{hook}"]')

    def category(self, code: str) -> Locator:
        """Return a category's block."""
        return self.page.locator(f'[data-test="category"][data-code="{code}"]')

    async def come_from_card(self, registration_system: str, username: str) -> None:
        """Click 上传相关材料 on the registration card."""
        await self.page.goto(registration_system)
        await self.at(f"upload-materials-{username}").click()

    async def activate(self) -> None:
        """Fill in the activation page."""
        await expect(self.at("activate")).to_be_visible()
        await self.at("activate-password").fill(PASSWORD)
        await self.at("activate-password-again").fill(PASSWORD)
        question = self.at("activate-question")
        if await question.evaluate("element => element.tagName") == "SELECT":
            await question.select_option(index=1)
        else:
            await question.fill("我的小学班主任姓名？")
        await self.at("activate-answer").fill("样例老师")
        await self.page.locator("label.chk").click()
        await self.at("activate-submit").click()
        await expect(self.at("materials")).to_be_visible()

    async def choose(self, add: Locator, file: FilePayload) -> None:
        """Open the dialog and choose a file."""
        await add.click()
        await expect(self.at("dialog")).to_be_visible()
        await self.at("dialog-file-input").set_input_files(file)

    async def upload(self, category: str, file: FilePayload, *, slot: str | None = None) -> None:
        """Upload one file through the dialog."""
        which = f'[data-slot="{slot}"]' if slot else ""
        add = self.category(category).locator(f'[data-test="category-upload"]{which}')
        await self.choose(add, file)
        await self.send()

    async def send(self) -> None:
        """Tap 提交 in the dialog and wait until the picture is acknowledged."""
        await expect(self.at("dialog-chosen")).to_be_visible()
        await self.at("dialog-submit").click()
        await expect(self.at("dialog")).to_be_hidden()

    async def until_copies(self, category: str, number: int) -> None:
        """Wait until a category shows that many watermarked copies, without reloading the page."""
        copies = self.category(category).locator(
            '[data-test="tile"][data-state="uploaded"] [data-test="tile-img"]'
        )
        await expect(copies).to_have_count(number, timeout=SETTLED_MS)

    async def submit(self) -> None:
        """Tap 提交审核 and confirm."""
        await self.at("submit-dossier").click()
        await expect(self.at("confirm-sheet")).to_be_visible()
        await self.at("submit-confirm").click()
        await expect(self.at("confirm-sheet")).to_be_hidden(timeout=SETTLED_MS)

    async def newest_message(self, text: str) -> None:
        """Wait until this stands on top of the messages, without reloading the page."""
        await expect(self.at("message").first).to_contain_text(text, timeout=SETTLED_MS)
