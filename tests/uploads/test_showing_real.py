"""Pictures on real servers: a store whose files are damaged, a log that can't be written (B16, E7)."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.embedded import System
from services.uploads.app import Ports, build_use_cases
from services.uploads.model import Item, StoredObject
from services.uploads.object_crypto import EncryptedObjects
from services.uploads.ports import Grant
from services.uploads.view_repository import MongoViews
from shared.mongo import Database
from shared.object_store import ObjectStore
from tests.support.broker import eventually
from tests.uploads.builders import REGISTRATION
from tests.uploads.conftest import REVIEWER, Browser, Uploads, browsing
from tests.uploads.fakes import a_wrapper
from tests.uploads.pictures import jpeg

pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Scene:
    """A ready picture in a real store, its owner's browser, and a log of views in a real database."""

    ports: Ports
    browser: Browser
    item: Item
    folder: Path

    async def is_lost(self, path: str) -> bool:
        """Ask for a picture that the store has no more."""
        response = await self.browser.call("GET", path, X_View_Grant="good")
        assert response.status in {410, 503}
        return bool((await response.json())["code"] == "image_lost")

    def file_of(self, stored: StoredObject) -> Path:
        """Return the file in which the store keeps an object."""
        (found,) = self.folder.rglob(stored.key.rpartition("/")[2])
        return found


@pytest.fixture
async def scene(
    servers: System, uploads: Uploads, object_store: ObjectStore, mongo_database: Database
) -> AsyncIterator[Scene]:
    objects = EncryptedObjects(object_store, a_wrapper())
    views = MongoViews(mongo_database["audit"], uploads.ports.cipher)
    ports = replace(uploads.ports, objects=objects, views=views)
    async with browsing(build_use_cases(ports), uploads.clock) as browser:
        await browser.json("GET", f"/dossiers/{REGISTRATION}")
        await browser.upload(jpeg(1), "category=diploma")
        item = uploads.dossier.items[0]
        worker = uploads.watermark_image
        real = replace(worker, objects=objects, make=replace(worker.make, objects=objects))
        await real(REGISTRATION, item.image_id)
        uploads.grants.grants["good"] = Grant(
            REVIEWER.staff_id, REVIEWER.session_id, frozenset({item.image_id}), "review"
        )
        yield Scene(ports, browser, uploads.dossier.items[0], servers.plan.layout.data / "objects")


def one_byte_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [one_byte_flipped, emptied, Path.unlink], ids=["one byte flipped", "emptied", "deleted"]
)
async def test_b16_a_file_that_the_store_lost_or_changed_is_never_an_empty_answer(
    scene: Scene, servers: System, damage: Callable[[Path], None]
) -> None:
    assert scene.item.derivatives is not None
    path = f"/images/{scene.item.image_id}/copy"
    assert (await scene.browser.call("GET", path)).status == 200

    damage(scene.file_of(scene.item.derivatives.copy))
    # The stand-in remembers its folders for minutes; this makes it look again.
    os.kill(servers.pid("objects") or 0, signal.SIGHUP)

    for caller in (scene.browser.caller, REVIEWER):
        scene.browser.caller = caller
        await eventually(lambda: scene.is_lost(path), within=10)


@asynccontextmanager
async def stopped(servers: System, part: str) -> AsyncIterator[None]:
    """Stop a server's process as long as the block lasts."""
    await servers.pause(part)
    try:
        yield
    finally:
        await servers.resume(part)


async def test_e7_a_view_that_cannot_be_written_down_is_refused(
    scene: Scene, servers: System, mongo_database: Database
) -> None:
    scene.browser.caller = REVIEWER
    path = f"/images/{scene.item.image_id}/copy"

    async with stopped(servers, "database"):
        refused = await scene.browser.call("GET", path, X_View_Grant="good")
        problem = await refused.json()
    shown = await scene.browser.call("GET", path, X_View_Grant="good")

    assert (refused.status, problem["code"], "Retry-After" in refused.headers) == (
        503,
        "store_unavailable",
        True,
    )
    assert shown.status == 200
    assert await mongo_database["audit"].count({"image_id": scene.item.image_id}) >= 1
