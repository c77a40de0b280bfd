"""The one engine of every deletion: its record first, then keys, objects, personal data and the audit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from services.uploads.deletion import Cause, Deletion, erase
from services.uploads.errors import ContendedError
from services.uploads.model import Dossier
from services.uploads.ports import Dossiers, Fingerprints, Objects, Registrations
from services.uploads.retention import Purge, due_step
from services.uploads.storage_ports import Audit, AuditEntry, Deletions, LegalHolds, ObjectRecords, ViewLog
from services.uploads.use_cases.rulebook import Rulebook
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import TransientError
from shared.ids import derived_id

PAGE = 20
TRIES = 10
AT_ONCE = 8
# How long a deletion belongs to the instance that took it; killed, another one goes on after that.
TAKEN = timedelta(minutes=1)
HELD = timedelta(days=1)
BUSY = timedelta(minutes=10)

DELETED = Counter("kaoshen_objects_deleted", "Stored objects deleted for good", ["cause"])
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunDeletions:
    """Carry out what is due; killed anywhere, it goes on, and by two instances it happens once.

    Keys go before objects: from then on nobody reads what the store may still hold, and pages say that it was
    deleted by rule. The deletion itself names the objects until they are gone.
    """

    deletions: Deletions
    dossiers: Dossiers
    registrations: Registrations
    records: ObjectRecords
    objects: Objects
    holds: LegalHolds
    audit: Audit
    views: ViewLog
    rulebook: Rulebook
    clock: Clock
    fingerprints: Fingerprints

    async def __call__(self) -> int:
        """Return how many deletions were done."""
        now = self.clock.now()
        done = 0
        for deletion in await self.deletions.due(now, PAGE):
            try:
                if await self.deletions.take(deletion, now + TAKEN):
                    done += await self._carry_out(deletion, now)
            except TransientError as error:
                # One that is not possible now must not keep the others waiting; it is due again soon.
                log.warning("deletion.postponed", deletion=deletion.id, code=error.code)
        return done

    async def _carry_out(self, deletion: Deletion, now: datetime) -> bool:
        if await self.holds.among([deletion.registration_id]):
            await self.deletions.postpone(deletion.id, now + HELD, "legal_hold")
            return False
        crashpoint("uploads.after_deletion_taken")
        if deletion.is_whole:
            closed = await self._close_dossier(deletion, now)
            if closed is None:
                return False
            deletion = closed
        views = await self._forget_views(deletion)
        await self._destroy_keys(deletion)
        crashpoint("uploads.after_keys_destroyed")
        await self._delete_objects(deletion.objects)
        crashpoint("uploads.after_objects_deleted")
        if deletion.is_whole:
            await self.fingerprints.forget(deletion.registration_id)
            await self.registrations.erase(deletion.registration_id)
            crashpoint("uploads.after_registration_erased")
        await self.audit.record(_entry(deletion, now, views))
        crashpoint("uploads.after_deletion_audited")
        await self.deletions.finish(deletion, now)
        DELETED.labels(deletion.cause).inc(len(deletion.objects))
        log.info("deletion.done", deletion=deletion.id, cause=deletion.cause, objects=len(deletion.objects))
        return True

    async def _close_dossier(self, deletion: Deletion, now: datetime) -> Deletion | None:
        """Close the dossier for good once the deletion names all its objects; none if that must wait."""
        for _ in range(TRIES):
            dossier = await self.dossiers.find(deletion.registration_id)
            if dossier is None or dossier.erased is not None:
                return deletion
            if await self._must_wait(deletion, dossier, now):
                return None
            named = await self.records.named_by([deletion.registration_id])
            deletion = await self.deletions.include(deletion, {stored.key for stored in named})
            crashpoint("uploads.after_objects_named")
            step = erase(dossier, await self.rulebook.of(dossier), deletion.cause, now)
            if await self.dossiers.erase(dossier, step):
                return deletion
        raise ContendedError

    async def _must_wait(self, deletion: Deletion, dossier: Dossier, now: datetime) -> bool:
        if dossier.hold is not None or dossier.is_processing:
            await self.deletions.postpone(deletion.id, now + BUSY, "review" if dossier.hold else "processing")
            return True
        policy = self.rulebook.policies.version(dossier.policy_version)
        is_due = isinstance(due_step(dossier, policy.retention, now), Purge)
        if deletion.cause is Cause.RETENTION and not is_due:
            await self.deletions.forget(deletion.id)
            return True
        return False

    async def _destroy_keys(self, deletion: Deletion) -> None:
        if deletion.is_whole or (deletion.objects and deletion.cause is not Cause.ORPHAN):
            objects = None if deletion.is_whole else deletion.objects
            await self.records.destroy_keys(deletion.registration_id, objects)
            await self.records.forget_measured(deletion.registration_id)

    async def _forget_views(self, deletion: Deletion) -> int:
        if deletion.before is None:
            return 0
        return await self.views.forget(deletion.registration_id, deletion.before)

    async def _delete_objects(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), AT_ONCE):
            await asyncio.gather(*(self.objects.drop(key) for key in keys[start : start + AT_ONCE]))
            crashpoint("uploads.after_some_objects")


def _entry(deletion: Deletion, now: datetime, views: int) -> AuditEntry:
    act = "dossier_erased" if deletion.is_whole else "objects_deleted"
    return AuditEntry(
        id=derived_id("audit", deletion.id),
        act="views_forgotten" if deletion.before else act,
        registration_id=deletion.registration_id,
        by=deletion.by,
        at=now,
        reason=deletion.reason,
        cause=deletion.cause,
        objects=len(deletion.objects),
        views=views,
    )
