"""Retention: walking over all dossiers, announcing and planning what is due; holds, requests, the preview."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from services.uploads.announcing import Step
from services.uploads.deletion import Cause, of_dossier, of_objects, of_views
from services.uploads.errors import DossierNotFoundError
from services.uploads.model import DeadVersion, Dossier
from services.uploads.ports import Dossiers, Policies
from services.uploads.retention import (
    Erasure,
    Notice,
    Purge,
    due_step,
    erasures_due,
    purge_time,
)
from services.uploads.storage_ports import (
    Archive,
    Audit,
    AuditEntry,
    Cursors,
    Deletions,
    LegalHold,
    LegalHolds,
    ViewLog,
)
from shared.clock import Clock
from shared.errors import TransientError
from shared.events.uploads import PurgeAnnounced
from shared.ids import new_id
from shared.policy.retention import LOGS_KEPT

PAGE = 50
WALK = "retention"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What retention has in store for a dossier."""

    dossier: Dossier
    purge_at: datetime
    step: Notice | Purge | None
    erasures: tuple[Erasure, ...]
    is_held: bool
    views_before: datetime | None = None

    @property
    def name(self) -> str:
        """Return whose dossier it is."""
        return self.dossier.registration_id


@dataclass(frozen=True, slots=True)
class PreviewRetention:
    """Say what retention would do at an instant, without doing it: the dry run."""

    archive: Archive
    policies: Policies
    holds: LegalHolds
    views: ViewLog

    async def __call__(self, now: datetime) -> AsyncIterator[Outlook]:
        """Yield every dossier's outlook."""
        after: str | None = None
        while page := await self.archive.dossiers(after, PAGE):
            for outlook in await self.of(page, now):
                yield outlook
            after = page[-1].registration_id

    async def of(self, page: Sequence[Dossier], now: datetime) -> list[Outlook]:
        """Return the outlooks of some dossiers; one whose policy is not known here is left for later."""
        ids = [dossier.registration_id for dossier in page]
        held, histories = await self.holds.among(ids), await self.archive.histories(ids)
        oldest = await self.views.oldest(ids, now - LOGS_KEPT)
        outlooks = []
        for dossier in page:
            name = dossier.registration_id
            try:
                outlook = self._outlook(dossier, histories.get(name, ()), now, oldest.get(name))
                outlooks.append(replace(outlook, is_held=name in held))
            except TransientError as error:
                log.warning("retention.postponed", registration=dossier.registration_id, code=error.code)
        return outlooks

    def _outlook(
        self, dossier: Dossier, history: Sequence[DeadVersion], now: datetime, viewed: datetime | None
    ) -> Outlook:
        policy = self.policies.version(dossier.policy_version)
        before = now - policy.retention.views
        return Outlook(
            dossier=dossier,
            purge_at=purge_time(dossier, policy.retention, now),
            step=due_step(dossier, policy.retention, now),
            erasures=erasures_due(dossier, history, policy, now),
            is_held=False,
            views_before=before if viewed is not None and viewed < before else None,
        )


@dataclass(frozen=True, slots=True)
class PlanRetention:
    """Walk a page further over all dossiers: announce purges, plan deletions; held ones are left alone."""

    preview: PreviewRetention
    dossiers: Dossiers
    deletions: Deletions
    cursors: Cursors
    clock: Clock

    async def __call__(self) -> None:
        """Handle one page; behind the last one the walk begins anew."""
        after, now = await self.cursors.read(WALK), self.clock.now()
        page = await self.preview.archive.dossiers(after, PAGE)
        for outlook in await self.preview.of(page, now):
            try:
                if not outlook.is_held:
                    await self._plan(outlook, now)
            except TransientError as error:
                # The next walk looks again; one dossier must not stop this one.
                log.warning("retention.postponed", registration=outlook.name, code=error.code)
        await self.cursors.move(WALK, after, page[-1].registration_id if len(page) == PAGE else None)

    async def _plan(self, outlook: Outlook, now: datetime) -> None:
        dossier = outlook.dossier
        for erasure in outlook.erasures:
            await self.deletions.plan(
                of_objects(erasure.cause, dossier.registration_id, erasure.objects, now)
            )
        if outlook.views_before is not None:
            await self.deletions.plan(of_views(dossier.registration_id, outlook.views_before, now))
        match outlook.step:
            case Purge():
                await self.deletions.plan(of_dossier(Cause.RETENTION, dossier, now))
            case Notice() as notice:
                await self._announce(dossier, notice, now)
            case None:
                pass

    async def _announce(self, dossier: Dossier, notice: Notice, now: datetime) -> None:
        """Announce it once; if the dossier changed meanwhile, the next walk looks again."""
        after = replace(dossier, version=dossier.version + 1, purge_notices=(*dossier.purge_notices, now))
        event = PurgeAnnounced(notice=1 if notice.number == 1 else 2, purge_at=notice.purge_at)
        if await self.dossiers.save(dossier, Step(after, (event,))):
            log.info("retention.announced", registration=dossier.registration_id, notice=notice.number)


@dataclass(frozen=True, slots=True)
class HoldLegally:
    """Keep everything of a registration from being deleted, on whatever ground, until the hold is lifted.

    Raises:
        DossierNotFoundError: there is no such dossier.
    """

    dossiers: Dossiers
    deletions: Deletions
    holds: LegalHolds
    audit: Audit
    clock: Clock

    async def put(self, registration_id: str, by: str, reason: str) -> None:
        """Hold it."""
        if await self.dossiers.find(registration_id) is None:
            raise DossierNotFoundError
        now = self.clock.now()
        await self.audit.record(_act("legal_hold_put", registration_id, by, reason, now))
        await self.holds.put(LegalHold(registration_id, by, reason, now))

    async def lift(self, registration_id: str, by: str, reason: str) -> bool:
        """Lift it, and let what waited for that go on; tell whether there was a hold."""
        now = self.clock.now()
        await self.audit.record(_act("legal_hold_lifted", registration_id, by, reason, now))
        if not await self.holds.lift(registration_id):
            return False
        for deletion in await self.deletions.open_of(registration_id):
            await self.deletions.postpone(deletion.id, now, "")
        return True


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """Plan the deletion of a whole dossier because the person asked for it; the engine does it at once.

    Raises:
        DossierNotFoundError: there is no such dossier.
    """

    dossiers: Dossiers
    deletions: Deletions
    audit: Audit
    clock: Clock

    async def __call__(self, registration_id: str, by: str, reason: str) -> bool:
        """Plan it; tell whether that was new."""
        dossier = await self.dossiers.find(registration_id)
        if dossier is None:
            raise DossierNotFoundError
        now = self.clock.now()
        await self.audit.record(_act("erasure_requested", registration_id, by, reason, now))
        return await self.deletions.plan(of_dossier(Cause.REQUEST, dossier, now, by=by, reason=reason))


def _act(act: str, registration_id: str, by: str, reason: str, now: datetime) -> AuditEntry:
    return AuditEntry(new_id(), act, registration_id, by, now, reason)
