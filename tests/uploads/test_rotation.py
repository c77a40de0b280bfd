"""Rotating master keys: every record once, killed or not, with uploads behind the walk's back."""

from collections.abc import Collection as Group
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from services.uploads.errors import KeyStillNeededError
from services.uploads.object_crypto import EncryptedObjects, KeyWrapper
from services.uploads.object_records import MongoObjectRecords, MongoRotations, stored_objects
from services.uploads.rotation import IN_FLIGHT, Rotation
from services.uploads.storage_ports import KeyRecord, WrappedKey
from services.uploads.use_cases.rotating import PAGE, RetireKey, RotateKeys, count_by_key
from shared.keys import init_keys
from shared.master_keys import MasterKeys
from shared.mongo import Collection, Database, Document
from tests.support.clocks import StandingClock
from tests.uploads.fakes import InMemoryRawObjects


@dataclass
class InMemoryWrappedKeys:
    """Records by collection; one can be made to come in late."""

    records: dict[str, dict[str, KeyRecord]]
    late: list[KeyRecord] = field(default_factory=list)

    @property
    def sources(self) -> Sequence[str]:
        """Return the collections."""
        return list(self.records)

    async def count(self) -> int:
        """Return how many records there are."""
        return sum(map(len, self.records.values()))

    async def page(self, source: str, after: str | None, limit: int) -> list[KeyRecord]:
        """Return a page."""
        found = sorted(key for key in self.records[source] if after is None or key > after)
        return [self.records[source][key] for key in found[:limit]]

    async def exchange(self, record: KeyRecord, fresh: Sequence[WrappedKey]) -> bool:
        """Put fresh keys in place; what comes in late does so now."""
        now = self.records[record.source][record.id]
        new = {old.wrapped_key: each for old, each in zip(record.keys, fresh, strict=True)}
        keys = tuple(new.get(each.wrapped_key, each) for each in now.keys)
        self.records[record.source][record.id] = KeyRecord(record.source, record.id, keys)
        while self.late:
            late = self.late.pop()
            self.records[late.source][late.id] = late
        return True


@dataclass
class InMemoryRotations:
    """One rotation."""

    rotation: Rotation | None = None

    async def find(self) -> Rotation | None:
        """Return it."""
        return self.rotation

    async def keep(self, rotation: Rotation) -> None:
        """Keep it."""
        self.rotation = rotation


class KilledError(Exception):
    """The process was killed."""


@dataclass
class Vault:
    """Real key files and real wrapping over records in memory."""

    files: MasterKeys
    clock: StandingClock = field(default_factory=StandingClock)
    rotations: InMemoryRotations = field(default_factory=InMemoryRotations)
    records: InMemoryWrappedKeys = field(
        default_factory=lambda: InMemoryWrappedKeys({"dossiers": {}, "image_versions": {}})
    )
    progress: list[tuple[int, int]] = field(default_factory=list)

    @property
    def rotate(self) -> RotateKeys:
        """Return the use case."""
        wrapper = KeyWrapper(self.files)
        return RotateKeys(self.files, wrapper, self.records, self.rotations, self.clock)

    def a_record(self, source: str, number: int, *, objects: int = 3) -> KeyRecord:
        """Return a record whose keys are wrapped with the key in use."""
        wrapper = KeyWrapper(self.files)
        names = [f"{source}/{number:04d}/{index}" for index in range(objects)]
        keys = tuple(WrappedKey(name, wrapper.wrap(name.encode().ljust(32), name)) for name in names)
        return KeyRecord(source, f"{number:04d}", keys)

    def fill(self, dossiers: int, versions: int = 0) -> None:
        """Have records."""
        for source, number in (("dossiers", dossiers), ("image_versions", versions)):
            made = [self.a_record(source, each) for each in range(number)]
            self.records.records[source].update({record.id: record for record in made})

    def show(self, rotation: Rotation, total: int) -> None:
        """Note the progress."""
        self.progress.append((rotation.seen, total))

    def opened(self) -> set[bytes]:
        """Return every data key, unwrapped."""
        wrapper = KeyWrapper(self.files)
        return {
            wrapper.unwrap(each.wrapped_key, each.object_key)
            for records in self.records.records.values()
            for record in records.values()
            for each in record.keys
        }


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    init_keys(tmp_path)
    return Vault(MasterKeys(tmp_path / "uploads", "objects"))


async def test_every_data_key_is_wrapped_anew_and_the_old_key_opens_nothing(vault: Vault) -> None:
    vault.fill(PAGE + 3, 5)
    before = vault.opened()

    rotation = await vault.rotate(vault.show)

    assert rotation.rewrapped == (PAGE + 8) * 3
    assert await count_by_key(vault.records) == {"k2": (PAGE + 8) * 3}
    vault.files.retire("k1")
    assert vault.opened() == before
    assert vault.progress[0] == (PAGE, PAGE + 8)


async def test_what_is_recorded_behind_the_walk_s_back_is_found_by_the_next_walk(vault: Vault) -> None:
    vault.fill(3, 1)
    vault.records.late.append(vault.a_record("dossiers", 0, objects=1))

    rotation = await vault.rotate(vault.show)

    assert rotation.walk == 3
    assert set(await count_by_key(vault.records)) == {"k2"}


async def test_a_killed_rotation_goes_on_where_it_was_under_the_same_key(vault: Vault) -> None:
    vault.fill(3 * PAGE)

    def killed(_: Rotation, __: int) -> None:
        raise KilledError

    for walked in (1, 2):
        with pytest.raises(KilledError):
            await vault.rotate(killed)
        assert (await count_by_key(vault.records))["k2"] == walked * PAGE * 3
    rotation = await vault.rotate(vault.show)

    assert (rotation.key_id, rotation.rewrapped) == ("k2", 3 * PAGE * 3)
    assert vault.progress[0][0] == 3 * PAGE


async def test_a_key_that_was_made_and_spread_before_is_the_one_that_is_used(vault: Vault) -> None:
    vault.fill(1)
    vault.files.add()

    rotation = await vault.rotate(vault.show)

    assert rotation.key_id == "k2"
    assert (await vault.rotate(vault.show)).key_id == "k3"


async def test_a_data_key_that_does_not_open_is_counted_and_keeps_nothing_waiting(vault: Vault) -> None:
    vault.fill(2)
    broken = KeyRecord("dossiers", "0000", (WrappedKey("x", "k1.AAAA"),))
    vault.records.records["dossiers"]["0000"] = broken

    rotation = await vault.rotate(vault.show)

    assert rotation.broken == 1
    assert await count_by_key(vault.records) == {"k1": 1, "k2": 3}
    vault.clock.advance(timedelta(minutes=10))
    with pytest.raises(KeyStillNeededError) as caught:
        await RetireKey(vault.rotate)("k1", vault.show)
    assert "1 records" in caught.value.detail


async def test_an_old_key_is_retired_once_nothing_can_be_on_its_way_under_it(vault: Vault) -> None:
    vault.fill(2)
    late = vault.a_record("image_versions", 7)
    retire = RetireKey(vault.rotate)
    await vault.rotate(vault.show)
    with pytest.raises(KeyStillNeededError):
        await retire("k1", vault.show)
    vault.records.records["image_versions"][late.id] = late
    vault.clock.advance(timedelta(minutes=10))

    await retire("k1", vault.show)

    assert vault.files.ids() == ("k2",)
    assert await count_by_key(vault.records) == {"k2": 9}


async def test_a_key_that_came_into_use_late_retires_the_old_one_as_late(vault: Vault) -> None:
    vault.fill(2)
    await vault.rotations.keep(Rotation(vault.files.add(), vault.clock.now()))
    # Killed before the new key was in use: the old one wraps for another hour.
    vault.clock.advance(timedelta(hours=1))

    rotation = await vault.rotate(vault.show)

    assert rotation.retires_at() == vault.clock.now() + IN_FLIGHT
    with pytest.raises(KeyStillNeededError):
        await RetireKey(vault.rotate)("k1", vault.show)


@pytest.mark.parametrize("key_id", ["k1", "k7"])
async def test_the_key_in_use_and_one_that_never_was_are_not_retired(vault: Vault, key_id: str) -> None:
    with pytest.raises(KeyStillNeededError):
        await RetireKey(vault.rotate)(key_id, vault.show)


def test_a_stored_object_is_found_wherever_in_a_record_it_stands() -> None:
    def an_object(key: str) -> dict[str, object]:
        return {"key": key, "wrapped_key": f"k1.{key}", "nonce": "", "sha256": "", "size_bytes": 1}

    document = {
        "items": [{"original": an_object("a"), "derivatives": {"copy": an_object("b")}}, {"original": None}],
        "item": {"original": an_object("c")},
        "erased": {**an_object("d"), "wrapped_key": ""},
        "deep": [{"more": [an_object("e")]}],
    }

    assert {each.stored.key for each in stored_objects(document)} == {"a", "b", "c", "e"}


@pytest.mark.real
async def test_keys_are_exchanged_in_place_wherever_they_stand_and_nothing_else_is(
    mongo_database: Database,
) -> None:
    def an_object(key: str) -> dict[str, object]:
        return {"key": key, "wrapped_key": f"k1.{key}", "nonce": "", "sha256": "", "size_bytes": 1}

    document = {
        "_id": "r1",
        "version": 7,
        "items": [
            {
                "original": an_object("a"),
                "derivatives": {"copy": an_object("b"), "thumbnail": an_object("b")},
            },
            {"original": an_object("c"), "derivatives": None},
        ],
        "single": {"original": an_object("d")},
        "deep": [{"more": [an_object("e"), an_object("f")]}],
    }
    collection = mongo_database["dossiers"]
    await collection.insert_one(document)
    records = MongoObjectRecords(collection, [])
    (record,) = await records.page("dossiers", None, 10)
    # A candidate replaces a picture meanwhile: the others move on.
    await collection.update_one({"_id": "r1"}, {"$pull": {"items": {"original.key": "c"}}})

    fresh = [WrappedKey(each.object_key, each.wrapped_key.replace("k1", "k2")) for each in record.keys]
    whole = await records.exchange(record, fresh)

    after = await collection.find_one({"_id": "r1"})
    assert after is not None
    assert not whole
    assert after["version"] == 7
    assert sorted(each.stored.wrapped_key for each in stored_objects(after)) == [
        "k2.a",
        "k2.b",
        "k2.b",
        "k2.d",
        "k2.e",
        "k2.f",
    ]


class RotatedMeanwhile(MongoObjectRecords):
    """Records of which a rotation exchanges the keys between a deletion's reading and its writing."""

    @override
    async def _documents_of(self, registrations: Group[str]) -> list[tuple[Collection, Document]]:
        found = await super()._documents_of(registrations)
        (record,) = await self.page("dossiers", None, 10)
        fresh = [
            WrappedKey(each.object_key, each.wrapped_key.replace("k1", "k2"))
            for each in record.keys
            if each.wrapped_key.startswith("k1")
        ]
        old = tuple(each for each in record.keys if each.wrapped_key.startswith("k1"))
        await self.exchange(replace(record, keys=old), fresh)
        return found


@pytest.mark.real
async def test_a_key_is_destroyed_also_when_a_rotation_exchanges_it_meanwhile(
    mongo_database: Database,
) -> None:
    stored = {"key": "a", "wrapped_key": "k1.a", "nonce": "", "sha256": "", "size_bytes": 1}
    collection = mongo_database["dossiers"]
    await collection.insert_one({"_id": "r1", "items": [{"original": stored}]})

    await RotatedMeanwhile(collection, []).destroy_keys("r1", None)

    after = await collection.find_one({"_id": "r1"})
    assert after is not None
    assert after["items"][0]["original"]["wrapped_key"] == ""


@pytest.mark.real
async def test_a_rotation_is_kept_with_all_it_says(mongo_database: Database) -> None:
    rotations = MongoRotations(mongo_database["rotations"])
    now = StandingClock().now()

    assert await rotations.find() is None
    for rotation in (Rotation("k2", now, after="x", seen=5), Rotation("k2", now, finished_at=now)):
        await rotations.keep(rotation)
        assert await rotations.find() == rotation


async def test_an_object_kept_before_and_after_reads_under_the_new_key_alone(vault: Vault) -> None:
    objects = EncryptedObjects(InMemoryRawObjects(), KeyWrapper(vault.files))
    before = await objects.keep("a", b"before")
    vault.records.records["dossiers"]["r"] = KeyRecord(
        "dossiers", "r", (WrappedKey(before.key, before.wrapped_key),)
    )

    await vault.rotate(vault.show)

    after = await objects.keep("b", b"after")
    assert after.wrapped_key.startswith("k2.")
    assert await objects.read(before) == b"before"
