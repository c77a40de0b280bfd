"""The systems that the story is played on."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from deploy.embedded import System
from deploy.embedded.layout import ROOT
from tests.support.demo_system import demo_system
from tests.support.gateway_client import opened_session


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh demo system."""
    with demo_system(tmp_path_factory.mktemp("story")) as running:
        yield running


@pytest.fixture
def guide_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh system under the policy that is exactly the guide S0."""
    policy = ROOT / "deploy" / "policies" / "shandong-2020.yaml"
    with demo_system(tmp_path_factory.mktemp("guide"), (policy,)) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open connections for the story's browsers."""
    async with opened_session() as opened:
        yield opened
