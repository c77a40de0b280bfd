"""The real servers for tests that need them, started once, and a fresh database for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from deploy.embedded import System, plan_for, started
from deploy.embedded.ports import free_ports
from shared.ids import new_id
from shared.mongo import Database, database_at
from shared.object_store import ObjectStore
from shared.settings import BrokerSettings, MongoSettings, ObjectSettings

# A property holds or not, however busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the broker, the database and the object store for the whole session."""
    plan = plan_for(tmp_path_factory.mktemp("servers"), ports=free_ports())
    with started(plan, {"broker", "database", "objects"}) as running:
        yield running


@pytest.fixture
async def mongo_database(servers: System) -> AsyncIterator[Database]:
    """Return a database of the test's own."""
    settings = MongoSettings(url=SecretStr(servers.mongo_url("admin")), database=f"test_{new_id()[-12:]}")
    async with database_at(settings) as database:
        yield database


@pytest.fixture(params=["fakes", pytest.param("real", marks=pytest.mark.real)])
def maybe_database(request: pytest.FixtureRequest) -> Database | None:
    """Return a database, or nothing where the fakes show that they keep the same contract.

    It is asked for by name, since the fakes need no server.
    """
    if request.param == "fakes":
        return None
    found: Database = request.getfixturevalue("mongo_database")
    return found


@pytest.fixture
async def object_store(servers: System) -> AsyncIterator[ObjectStore]:
    """Return a bucket of the test's own."""
    store = ObjectStore(object_settings(servers))
    await store.ensure_bucket()
    yield store
    await store.close()


@pytest.fixture
def broker_settings(servers: System) -> BrokerSettings:
    """Return the broker's administrator account, which may declare what a test needs."""
    return BrokerSettings(url=SecretStr(servers.broker_url("admin")))


def object_settings(servers: System) -> ObjectSettings:
    """Return the settings of a fresh bucket."""
    accounts = servers.plan.accounts
    return ObjectSettings(
        endpoint=f"127.0.0.1:{servers.plan.ports.objects}",
        access_key=SecretStr(accounts.objects_access),
        secret_key=SecretStr(accounts.objects_secret),
        bucket=f"test-{new_id()[-12:]}",
        secure=False,
    )
