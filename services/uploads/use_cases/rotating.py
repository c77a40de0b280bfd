"""Changing the master key while everything goes on: only the wrapped data keys in the records change."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from services.uploads.errors import DataKeyBrokenError, KeyStillNeededError
from services.uploads.rotation import Rotation, after_page, after_source, walking_again
from services.uploads.storage_ports import (
    KeyRecord,
    MasterKeyFiles,
    Rewrapper,
    Rotations,
    WrappedKey,
    WrappedKeys,
)
from shared.clock import Clock
from shared.crashpoints import crashpoint

PAGE = 50
Progress = Callable[[Rotation, int], None]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """Wrap new objects with a new master key, then every older object's data key too.

    Killed at any point, the next run goes on where it was. Uploads and views need not wait for it.

    Raises:
        TransientError: the database does not answer, or a master key that is needed is not here.
    """

    files: MasterKeyFiles
    rewrapper: Rewrapper
    records: WrappedKeys
    rotations: Rotations
    clock: Clock

    async def __call__(self, progress: Progress) -> Rotation:
        """Return the finished rotation."""
        return await self._finished(await self._begun(), progress)

    async def again(self, rotation: Rotation, progress: Progress) -> Rotation:
        """Walk over all records once more, for what came in late; return the finished rotation."""
        return await self._finished(walking_again(rotation), progress)

    async def _begun(self) -> Rotation:
        """Return the rotation that was interrupted, or begin one; its key is in use from then on."""
        rotation = await self.rotations.find()
        if rotation is None or rotation.is_finished:
            newest = self.files.ids()[-1]
            key_id = newest if newest != self.files.current_id() else self.files.add()
            crashpoint("uploads.after_master_key")
            rotation = Rotation(key_id, self.clock.now())
            await self.rotations.keep(rotation)
            log.info("keys.rotation_begun", key_id=key_id)
        if self.files.current_id() != rotation.key_id:
            self.files.activate(rotation.key_id)
            # The old key was in use until now, however long ago the rotation was begun.
            rotation = replace(rotation, started_at=self.clock.now())
            await self.rotations.keep(rotation)
        return rotation

    async def _finished(self, rotation: Rotation, progress: Progress) -> Rotation:
        total = await self.records.count()
        while not rotation.is_finished:
            rotation = await self._walked_on(rotation)
            await self.rotations.keep(rotation)
            crashpoint("uploads.after_rewrapped_page")
            progress(rotation, total)
        return rotation

    async def _walked_on(self, rotation: Rotation) -> Rotation:
        source = self.records.sources[rotation.source]
        page = await self.records.page(source, rotation.after, PAGE)
        if not page:
            return after_source(rotation, len(self.records.sources), self.clock.now())
        older = [kept for record in page if (kept := only_older(record, rotation.key_id)).keys]
        done = [await self._rewrap(record) for record in older]
        return after_page(rotation, page[-1].id, len(page), sum(done), done.count(0))

    async def _rewrap(self, record: KeyRecord) -> int:
        """Rewrap one record's keys and return their number; what changed meanwhile is left to the next walk.

        A key that does not open must not keep the others waiting.
        """
        try:
            fresh = [
                WrappedKey(each.object_key, self.rewrapper.rewrap(each.wrapped_key, each.object_key))
                for each in record.keys
            ]
        except DataKeyBrokenError as error:
            log.error("keys.data_key_broken", record=record.id, reason=str(error))  # noqa: TRY400 - expected
            return 0
        await self.records.exchange(record, fresh)
        return len(fresh)


@dataclass(frozen=True, slots=True)
class RetireKey:
    """Destroy a master key that no record names any more.

    Raises:
        KeyStillNeededError: it is in use, something may still be on its way under it, or records name it.
    """

    rotate: RotateKeys

    async def __call__(self, key_id: str, progress: Progress) -> None:
        """Destroy it."""
        files, now = self.rotate.files, self.rotate.clock.now()
        if key_id not in files.ids():
            raise KeyStillNeededError(f"there is no master key {key_id}")
        if key_id == files.current_id():
            raise KeyStillNeededError(f"master key {key_id} is the one in use")
        rotation = await self.rotate.rotations.find()
        allowed_at = rotation.retires_at() if rotation else None
        if rotation is None or allowed_at is None or now < allowed_at:
            when = f"from {allowed_at.isoformat()} on" if allowed_at else "after `kaoshen keys rotate`"
            raise KeyStillNeededError(f"master key {key_id} can be retired {when}")
        done = await self.rotate.again(rotation, progress)
        if done.broken:
            raise KeyStillNeededError(f"{done.broken} records hold data keys that no master key opens")
        files.retire(key_id)
        log.info("keys.retired", key_id=key_id)


async def count_by_key(records: WrappedKeys) -> Mapping[str, int]:
    """Return how many objects are wrapped with each master key."""
    counts: Counter[str] = Counter()
    for source in records.sources:
        after: str | None = None
        while page := await records.page(source, after, PAGE):
            counts.update(key_id_of(each.wrapped_key) for record in page for each in record.keys)
            after = page[-1].id
    return counts


def key_id_of(wrapped_key: str) -> str:
    """Return the id of the master key that a data key is wrapped with."""
    return wrapped_key.partition(".")[0]


def only_older(record: KeyRecord, key_id: str) -> KeyRecord:
    """Return the record with the wrapped keys alone that are not under this master key."""
    older = tuple(each for each in record.keys if key_id_of(each.wrapped_key) != key_id)
    return KeyRecord(record.source, record.id, older)
