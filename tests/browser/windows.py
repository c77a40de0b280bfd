"""Windows of the right size for each person, and the screenshots that are kept."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from deploy.embedded import System
from deploy.embedded.layout import ROOT

SCREENSHOTS: Final = ROOT / ".run" / "screenshots"
_PHONE: Final = ViewportSize(width=390, height=844)
_DESK: Final = ViewportSize(width=1440, height=900)
_PATIENCE_MS: Final = 30_000


@dataclass
class Windows:
    """Every window that a test has opened; no slots, as Playwright notes something on whoever listens."""

    system: System
    browser: Browser
    test: str
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _shots: int = 0

    async def phone(self) -> Page:
        """Open the candidate's phone."""
        return await self._page(
            await self.browser.new_context(
                viewport=_PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, locale="zh-CN"
            )
        )

    async def desk(self) -> Page:
        """Open a reviewer's desktop."""
        return await self._page(await self.browser.new_context(viewport=_DESK, locale="zh-CN"))

    async def shoot(self, page: Page, name: str, *, whole: bool = True) -> Path:
        """Keep a screenshot, numbered in the order of the test."""
        self._shots += 1
        path = SCREENSHOTS / self.test / f"{self._shots:02d}-{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=path, full_page=whole)
        return path

    async def close(self) -> None:
        """Close everything."""
        for context in self._contexts:
            await context.close()

    async def _page(self, context: BrowserContext) -> Page:
        self._contexts.append(context)
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url.split('#')[0]}: {error}"))
        page.on("console", self._hear)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused request is logged as an error by the browser itself; the pages are meant to handle those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")
