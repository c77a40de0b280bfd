"""The composition of what keeps the stored pictures in order: keys, sweeps, deletions, retention."""

from dataclasses import dataclass
from pathlib import Path

from services.uploads.key_repository import MongoRotations, MongoWrappedKeys
from services.uploads.object_crypto import KeyWrapper
from services.uploads.use_cases.rotating import RetireKey, RotateKeys
from shared.clock import Clock
from shared.master_keys import MasterKeys
from shared.mongo import Database

# Every collection whose records name stored objects; a record's id or `registration_id` says whose.
OBJECT_RECORDS = ("dossiers", "image_versions")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One field per use case, as in `UseCases`."""

    master_keys: MasterKeys
    wrapped_keys: MongoWrappedKeys
    rotations: MongoRotations
    rotate_keys: RotateKeys
    retire_key: RetireKey


def master_keys_in(directory: Path) -> MasterKeys:
    """Return the master keys of the stored objects."""
    return MasterKeys(directory, "objects")


def build_upkeep(database: Database, master_keys: MasterKeys, clock: Clock) -> Upkeep:
    """Wire every use case."""
    wrapped_keys = MongoWrappedKeys([database[name] for name in OBJECT_RECORDS])
    rotations = MongoRotations(database["rotations"])
    rotate = RotateKeys(master_keys, KeyWrapper(master_keys), wrapped_keys, rotations, clock)
    return Upkeep(
        master_keys=master_keys,
        wrapped_keys=wrapped_keys,
        rotations=rotations,
        rotate_keys=rotate,
        retire_key=RetireKey(rotate),
    )
