"""E6 on a real database and a real store: a draft and a decided dossier through all their time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.uploads.announcing import Step
from services.uploads.app import Ports, build_use_cases, build_worker, upkeep_ports
from services.uploads.deletion_repository import DELETION_INDEXES
from services.uploads.object_crypto import EncryptedObjects, KeyWrapper
from services.uploads.registration_repository import MongoRegistrations
from services.uploads.repository import INDEXES, MongoDossiers
from services.uploads.resemblance import STRANGERS
from services.uploads.upkeep import Upkeep, build_upkeep, master_keys_in
from services.uploads.use_cases.intake import Upload
from services.uploads.use_cases.malware_gate import MalwareGate
from services.uploads.use_cases.reconciling import Findings
from shared.events.writer import EventWriter
from shared.keys import init_keys
from shared.messaging.outbox import Outbox
from shared.mongo import Database
from shared.object_store import ObjectStore
from tests.support.keys import a_cipher, a_sealer
from tests.uploads.builders import CANDIDATE, REGISTRATION, a_registration_event
from tests.uploads.conftest import Uploads
from tests.uploads.fakes import QuickWorkshop
from tests.uploads.pictures import jpeg
from tests.uploads.test_repository import Silent

pytestmark = pytest.mark.real
DAY = timedelta(days=1)


@dataclass
class Archive:
    """The service's own adapters on real servers, with a clock that a test moves."""

    uploads: Uploads
    ports: Ports
    upkeep: Upkeep
    database: Database
    store: ObjectStore

    async def upload(self, seed: int, category: str) -> str:
        """Upload a picture and have it finished."""

        async def pieces() -> AsyncIterator[bytes]:
            yield jpeg(seed)

        upload = Upload(REGISTRATION, CANDIDATE, f"key-{seed:08d}", category)
        receipt = await build_use_cases(self.ports).accept_image(upload, pieces())
        worker = build_worker(self.ports, QuickWorkshop(), QuickWorkshop(STRANGERS), MalwareGate())
        await worker.watermark_image(REGISTRATION, receipt.image_id)
        return receipt.image_id

    async def pass_days(self, *days: int) -> None:
        """Let days pass, and after each leap let the scheduler do what it does all the time."""
        for leap in days:
            self.uploads.clock.advance(leap * DAY)
            await self.upkeep.plan_retention()
            await self.upkeep.run_deletions()

    async def keys(self) -> list[str]:
        """Return what lies in the store."""
        return [listed.key for listed in await self.store.list("", 100)]

    async def said(self) -> list[str]:
        """Return what waits to be said about the dossier."""
        document = await self.database["dossiers"].find_one({"_id": REGISTRATION})
        return [event["type"] for event in (document or {}).get("outbox", ())]

    async def reconcile(self) -> Findings:
        """Compare everything."""
        return await self.upkeep.reconcile.whole(lambda _: None, read=True)


@pytest.fixture
async def archive(
    uploads: Uploads,
    mongo_database: Database,
    object_store: ObjectStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Archive:
    await mongo_database.declare({**INDEXES, **DELETION_INDEXES})
    folder = tmp_path_factory.mktemp("keys")
    init_keys(folder)
    keys = master_keys_in(folder / "uploads")
    dossiers = mongo_database["dossiers"]
    writer = EventWriter("uploads", uploads.clock, a_sealer("uploads"))
    ports = replace(
        uploads.ports,
        dossiers=MongoDossiers(
            dossiers, mongo_database["image_versions"], writer, Outbox(dossiers, Silent())
        ),
        registrations=MongoRegistrations(mongo_database["registrations"], a_cipher()),
        objects=EncryptedObjects(object_store, KeyWrapper(keys)),
    )
    upkeep = build_upkeep(mongo_database, object_store, keys, upkeep_ports(ports))
    use_cases = build_use_cases(ports)
    await use_cases.follow_registration(a_registration_event(), 1)
    await use_cases.open_dossier(REGISTRATION, CANDIDATE)
    return Archive(uploads, ports, upkeep, mongo_database, object_store)


async def test_e6_a_draft_is_announced_twice_and_purged(archive: Archive) -> None:
    removed = await archive.upload(1, "diploma")
    await archive.upload(2, "probation_proof")
    await build_use_cases(archive.ports).remove_image(REGISTRATION, CANDIDATE, removed)
    assert len(await archive.keys()) == 4

    await archive.pass_days(16)
    assert len(await archive.keys()) == 2
    await archive.pass_days(44, 23)
    assert (await archive.said()).count("uploads.dossier.purge-announced") == 2
    assert len(await archive.keys()) == 2
    await archive.pass_days(7)

    dossier = await archive.ports.dossiers.find(REGISTRATION)
    assert dossier is not None
    assert dossier.erased is not None
    assert await archive.keys() == []
    assert await archive.ports.registrations.find(REGISTRATION) is None
    assert (await archive.reconcile()).is_clean
    acts = await archive.database["audit"].find({}, sort=[("at", 1)])
    assert [(act["cause"], act["objects"]) for act in acts] == [("removed", 2), ("retention", 2)]


async def test_e5_nothing_that_was_measured_stays_of_a_picture_that_is_erased_live_or_dead(
    archive: Archive,
) -> None:
    removed = await archive.upload(1, "diploma")
    await archive.upload(2, "probation_proof")
    await build_use_cases(archive.ports).remove_image(REGISTRATION, CANDIDATE, removed)
    (dead,) = await archive.database["image_versions"].find({})
    (dossier,) = await archive.database["dossiers"].find({})
    for version in (dead["item"], dossier["items"][0]):
        assert version["derivatives"]["traits"] is not None
        assert version["derivatives"]["camera"] is not None

    await archive.upkeep.request_erasure(REGISTRATION, "clerk", "asked")
    await archive.pass_days(1)

    (dead,) = await archive.database["image_versions"].find({})
    (dossier,) = await archive.database["dossiers"].find({})
    for version in (dead["item"], dossier["items"][0]):
        assert version["derivatives"]["copy"]["wrapped_key"] == ""
        assert (version["derivatives"]["traits"], version["derivatives"]["camera"]) == (None, None)


async def test_e5_a_decided_dossier_loses_its_originals_and_is_otherwise_kept(archive: Archive) -> None:
    image_id = await archive.upload(1, "diploma")
    before = await archive.ports.dossiers.find(REGISTRATION)
    assert before is not None
    now = archive.uploads.clock.now()
    passed = replace(before, stage="passed", decided=True, decided_at=now, version=before.version + 1)
    assert await archive.ports.dossiers.save(before, Step(passed, ()))

    await archive.pass_days(29)
    assert len(await archive.keys()) == 2
    await archive.pass_days(2)

    copies = before.items[0].derivatives
    assert copies is not None
    assert await archive.keys() == [copies.copy.key]
    picture = await build_use_cases(archive.ports).show_image(image_id, CANDIDATE, "copy")
    assert picture.content == b"copy"
    assert (await archive.reconcile()).is_clean
    after = await archive.ports.dossiers.find(REGISTRATION)
    assert after is not None
    assert (after.version, after.revision) == (passed.version, passed.revision)


async def test_e6_a_legal_hold_stops_the_clock_s_work_and_lifting_it_lets_it_go_on(archive: Archive) -> None:
    await archive.upload(1, "diploma")
    hold = archive.upkeep.hold_legally
    await hold.put(REGISTRATION, "counsel", "court case")
    await archive.upkeep.request_erasure(REGISTRATION, "clerk", "asked")

    await archive.pass_days(100, 100, 100)

    assert len(await archive.keys()) == 2
    assert "uploads.dossier.purge-announced" not in await archive.said()
    found = [each async for each in archive.upkeep.preview_retention(archive.uploads.clock.now())]
    assert [each.is_held for each in found] == [True]
    await hold.lift(REGISTRATION, "counsel", "closed")
    await archive.upkeep.run_deletions()
    assert await archive.keys() == []
