"""The composition of what keeps the stored pictures in order: keys, sweeps, deletions, retention."""

from dataclasses import dataclass
from pathlib import Path

from services.uploads.deletion_repository import (
    MongoArchive,
    MongoAudit,
    MongoCursors,
    MongoDeletions,
    MongoLegalHolds,
    MongoViewLog,
)
from services.uploads.object_crypto import KeyWrapper
from services.uploads.object_records import MongoObjectRecords, MongoRotations
from services.uploads.ports import Dossiers, Fingerprints, Objects, Policies, Registrations, TextCipher
from services.uploads.storage_ports import LegalHolds, Listing
from services.uploads.use_cases.deleting import RunDeletions
from services.uploads.use_cases.reconciling import Reconcile
from services.uploads.use_cases.retaining import (
    HoldLegally,
    PlanRetention,
    PreviewRetention,
    RequestErasure,
)
from services.uploads.use_cases.rotating import RetireKey, RotateKeys
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock, SystemClock
from shared.master_keys import MasterKeys
from shared.mongo import Database

# Beside the dossiers, every collection whose records name stored objects; `registration_id` says whose.
OBJECT_RECORDS = ("image_versions",)


@dataclass(frozen=True, slots=True)
class UpkeepPorts:
    """What of the service's ports it is built on."""

    dossiers: Dossiers
    registrations: Registrations
    objects: Objects
    policies: Policies
    cipher: TextCipher
    fingerprints: Fingerprints
    clock: Clock


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One field per use case, as in `UseCases`, and what commands look at."""

    master_keys: MasterKeys
    records: MongoObjectRecords
    holds: LegalHolds
    rotate_keys: RotateKeys
    retire_key: RetireKey
    reconcile: Reconcile
    deletions: MongoDeletions
    run_deletions: RunDeletions
    preview_retention: PreviewRetention
    plan_retention: PlanRetention
    hold_legally: HoldLegally
    request_erasure: RequestErasure


def master_keys_in(directory: Path) -> MasterKeys:
    """Return the master keys of the stored objects."""
    return MasterKeys(directory, "objects")


def build_upkeep(database: Database, listing: Listing, master_keys: MasterKeys, ports: UpkeepPorts) -> Upkeep:
    """Wire every use case."""
    dossiers, clock, cipher = ports.dossiers, ports.clock, ports.cipher
    records = MongoObjectRecords(database["dossiers"], [database[name] for name in OBJECT_RECORDS])
    deletions = MongoDeletions(database["deletions"], cipher)
    holds, audit = MongoLegalHolds(database["legal_holds"], cipher), MongoAudit(database["audit"], cipher)
    archive = MongoArchive(database["dossiers"], database["image_versions"])
    cursors, rotations = MongoCursors(database["walks"]), MongoRotations(database["rotations"])
    rotate = RotateKeys(master_keys, KeyWrapper(master_keys), records, rotations, clock)
    views = MongoViewLog(database["audit"])
    preview = PreviewRetention(archive, ports.policies, holds, views)
    rulebook = Rulebook(ports.registrations, ports.policies)
    return Upkeep(
        master_keys=master_keys,
        records=records,
        holds=holds,
        rotate_keys=rotate,
        retire_key=RetireKey(rotate),
        reconcile=Reconcile(listing, records, deletions, ports.objects, cursors, clock, SystemClock()),
        deletions=deletions,
        run_deletions=RunDeletions(
            deletions,
            dossiers,
            ports.registrations,
            records,
            ports.objects,
            holds,
            audit,
            views,
            rulebook,
            clock,
            ports.fingerprints,
        ),
        preview_retention=preview,
        plan_retention=PlanRetention(preview, dossiers, deletions, cursors, clock),
        hold_legally=HoldLegally(dossiers, deletions, holds, audit, clock),
        request_erasure=RequestErasure(dossiers, deletions, audit, clock),
    )
