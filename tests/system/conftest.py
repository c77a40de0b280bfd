"""One system with two upload instances for the tests that only look from outside."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from deploy.embedded import System
from tests.support.demo_system import demo_system
from tests.support.gateway_client import opened_session


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh demo system."""
    with demo_system(tmp_path_factory.mktemp("system"), uploads_instances=2) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open connections."""
    async with opened_session() as opened:
        yield opened
