"""A fresh system and Debian's browser."""

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, async_playwright

from deploy.embedded import System
from tests.browser.windows import Windows
from tests.support.demo_system import demo_system

_OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none")


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh demo system."""
    with demo_system(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Start the machine's browser; none is ever downloaded."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("chromium is not installed: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        yield browser
        await browser.close()


@pytest.fixture
async def windows(
    system: System, chromium: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Windows]:
    """Open windows for the people of a test; whatever a page complains about fails the test."""
    opened = Windows(system, chromium, request.node.name)
    yield opened
    await opened.close()
    assert opened.complaints == [], "\n".join(opened.complaints)
