"""The composition of uploads: what is built from what, opened and closed in one place."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import Gauge

from services.uploads.attempt_book import ATTEMPT_INDEXES, MongoAttempts, keeping
from services.uploads.batch_repository import BATCH_INDEXES, MongoBatches
from services.uploads.clamd import Clamd
from services.uploads.consumers import WATERMARK_IMAGE, subscriptions, worker_subscriptions
from services.uploads.deletion_repository import DELETION_INDEXES
from services.uploads.fingerprint_repository import FINGERPRINT_INDEXES, MongoFingerprints
from services.uploads.grants import SignedGrants
from services.uploads.object_crypto import EncryptedObjects, KeyWrapper
from services.uploads.picture_routes import USE_CASES, picture_routes
from services.uploads.ports import (
    Attempts,
    Batches,
    Calendars,
    Dossiers,
    Fingerprints,
    Grants,
    Objects,
    Policies,
    Registrations,
    RevokedSessions,
    TextCipher,
    ViewCounts,
    Views,
    Workshop,
)
from services.uploads.registration_repository import MongoCalendars, MongoRegistrations
from services.uploads.repository import INDEXES, MongoDossiers
from services.uploads.routes import routes
from services.uploads.settings import MalwareSettings, UploadsSettings
from services.uploads.upkeep import Upkeep, UpkeepPorts, build_upkeep, master_keys_in
from services.uploads.use_cases import UseCases
from services.uploads.use_cases.backlog import Backlog
from services.uploads.use_cases.body import BodiesInFlight
from services.uploads.use_cases.carrying import CarryPlan, CopyImages
from services.uploads.use_cases.closing import FollowCalendars, RunDue
from services.uploads.use_cases.confirming import ConfirmImage
from services.uploads.use_cases.covering import ClearCovers, CoverImage
from services.uploads.use_cases.duplicates import FindDuplicates
from services.uploads.use_cases.evidence import AcceptImageOnRecord, ShowAttempts
from services.uploads.use_cases.following import CatchUp, FollowRegistration, NoteRevocation
from services.uploads.use_cases.handshake import (
    ApplyDecision,
    ExtendSendBack,
    LockForReview,
    OpenSendBack,
    ReleaseHold,
    ReviewCommands,
    WithdrawSendBack,
)
from services.uploads.use_cases.history import ReadHistory, ReadImageHistory
from services.uploads.use_cases.intake import AcceptImage
from services.uploads.use_cases.making import MakeDerivatives
from services.uploads.use_cases.malware_gate import MalwareGate
from services.uploads.use_cases.opening import OpenDossier
from services.uploads.use_cases.picture_facts import ShowFactsToStaff
from services.uploads.use_cases.portrait import CheckPortrait
from services.uploads.use_cases.preparing import PrepareOriginal
from services.uploads.use_cases.rescanning import RescanImage
from services.uploads.use_cases.returned_shots import ReturnedShots
from services.uploads.use_cases.rewatermarking import PicturesInHand, WorkOnBatches
from services.uploads.use_cases.rulebook import Rulebook
from services.uploads.use_cases.showing import PictureShelf, ShowImage
from services.uploads.use_cases.staff_views import (
    OpenOriginal,
    ShowImageToStaff,
    StaffGate,
    UncoverImage,
)
from services.uploads.use_cases.stamping import StampedPictures
from services.uploads.use_cases.submission import (
    AnswerSendBack,
    RemoveImage,
    SubmitDossier,
    WithdrawDossier,
)
from services.uploads.use_cases.watermarking import WatermarkImage
from services.uploads.view_repository import MongoViewCounts, MongoViews
from services.uploads.workshop import COMPARING_CHILD, tried, workshop
from shared.clock import Clock
from shared.messaging.consumer import consuming
from shared.messaging.depth import QueueDepth
from shared.messaging.outbox import Outbox, relaying
from shared.object_store import ObjectStore
from shared.runtime import Runtime, every, inner, running, serving, until_stopped
from shared.settings import BrokerSettings, HttpSettings
from shared.web.application import new_application
from shared.web.health import Check
from shared.web.identity import TokenReader
from shared.web.revocations import REREAD_SECONDS, RevocationList

DUE_SECONDS = 1.0
BUCKET_SECONDS = 30.0
# The calendars change with the process; what fails at its start is tried again.
CALENDAR_SECONDS = 60.0
DELETIONS_SECONDS = 5.0
# One page each time: what is due is counted in days.
RETENTION_SECONDS = 15.0
RECONCILE_SECONDS = 60.0
COMPARING_SLOTS = 1
BATCH_SECONDS = 2.0
BACKLOG_SECONDS = 1.0
# A picture may wait a moment, somebody before a page should not: workers step back on a busy machine.
NICENESS = 5
# How many portraits wait for the one child that checks them.
PORTRAITS = 8

WAITING = Gauge("kaoshen_pictures_waiting", "Pictures that were received and wait for a worker")


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the use cases are built on."""

    clock: Clock
    policies: Policies
    dossiers: Dossiers
    calendars: Calendars
    registrations: Registrations
    objects: Objects
    cipher: TextCipher
    grants: Grants
    views: Views
    view_counts: ViewCounts
    workshop: Workshop
    revoked_sessions: RevokedSessions
    fingerprints: Fingerprints
    bodies: BodiesInFlight
    stamped_bytes: int
    batches: Batches
    backlog: Backlog
    darkroom: Workshop
    attempts: Attempts


def build_use_cases(ports: Ports) -> UseCases:
    """Wire every use case of the `api` and `scheduler` roles."""
    dossiers, clock = ports.dossiers, ports.clock
    rulebook = Rulebook(ports.registrations, ports.policies)
    catch_up = CatchUp(dossiers, rulebook, ports.cipher, clock)
    carry_plan = CarryPlan(dossiers, ports.registrations, catch_up)
    commands = ReviewCommands(dossiers, rulebook, catch_up)
    shelf = PictureShelf(dossiers, ports.objects)
    gate = StaffGate(shelf, ports.grants, ports.policies, ports.views, ports.view_counts, clock)
    stamped = StampedPictures(shelf, ports.workshop, clock, ports.stamped_bytes)
    return UseCases(
        open_dossier=OpenDossier(
            dossiers, ports.registrations, rulebook, ports.cipher, catch_up, carry_plan, clock
        ),
        accept_image=AcceptImageOnRecord(
            AcceptImage(dossiers, ports.objects, rulebook, clock, bodies=ports.bodies, backlog=ports.backlog),
            ports.attempts,
            clock,
        ),
        show_attempts=ShowAttempts(ports.registrations, ports.attempts),
        remove_image=RemoveImage(dossiers, rulebook, clock),
        confirm_image=ConfirmImage(dossiers, rulebook, clock),
        submit_dossier=SubmitDossier(dossiers, rulebook, clock),
        answer_send_back=AnswerSendBack(dossiers, rulebook, clock),
        withdraw_dossier=WithdrawDossier(dossiers, rulebook, clock),
        check_portrait=CheckPortrait(
            ports.registrations, rulebook, ports.darkroom, BodiesInFlight(PORTRAITS, most_each=1)
        ),
        show_image=ShowImage(shelf),
        read_history=ReadHistory(dossiers),
        read_image_history=ReadImageHistory(gate, dossiers),
        show_image_to_staff=ShowImageToStaff(gate, stamped),
        uncover_image=UncoverImage(gate, stamped),
        open_original=OpenOriginal(gate, stamped, dossiers, clock),
        cover_image=CoverImage(gate, dossiers),
        clear_covers=ClearCovers(gate, dossiers),
        show_facts_to_staff=ShowFactsToStaff(gate, ports.cipher),
        lock_for_review=LockForReview(commands, clock),
        release_hold=ReleaseHold(commands),
        open_send_back=OpenSendBack(commands, ports.cipher, clock),
        apply_decision=ApplyDecision(commands, clock),
        withdraw_send_back=WithdrawSendBack(commands, clock),
        extend_send_back=ExtendSendBack(commands, clock),
        follow_registration=FollowRegistration(ports.registrations, catch_up),
        note_revocation=NoteRevocation(ports.revoked_sessions),
        run_due=RunDue(dossiers, rulebook, clock),
        follow_calendars=FollowCalendars(dossiers, ports.calendars, rulebook, clock),
    )


@dataclass(frozen=True, slots=True)
class Worker:
    """What the `worker` role does: new pictures, and behind them those to be marked or scanned anew."""

    watermark_image: WatermarkImage
    work_on_batches: WorkOnBatches
    find_duplicates: FindDuplicates
    copy_images: CopyImages
    in_hand: PicturesInHand


def build_worker(ports: Ports, workshop: Workshop, comparing: Workshop, gate: MalwareGate) -> Worker:
    """Wire the use cases of the `worker` role."""
    rulebook = Rulebook(ports.registrations, ports.policies)
    make = MakeDerivatives(ports.objects, workshop, ports.cipher, ports.clock)
    in_hand = PicturesInHand()
    rescan = RescanImage(ports.batches, ports.dossiers, ports.objects, rulebook, gate, ports.clock)
    return Worker(
        WatermarkImage(
            ports.dossiers,
            ports.registrations,
            ports.objects,
            PrepareOriginal(workshop),
            make,
            ReturnedShots(ports.dossiers, ports.objects, comparing),
            rulebook,
            ports.cipher,
            ports.clock,
            gate,
        ),
        WorkOnBatches(ports.batches, ports.objects, rulebook, make, rescan, in_hand, ports.clock),
        FindDuplicates(
            ports.dossiers,
            ports.registrations,
            ports.objects,
            comparing,
            ports.fingerprints,
            rulebook,
            ports.cipher,
            ports.clock,
        ),
        CopyImages(ports.dossiers, ports.objects, rulebook, ports.clock),
        in_hand,
    )


def build_app(use_cases: UseCases, http: HttpSettings, reader: TokenReader) -> web.Application:
    """Return the public application; it opens nothing."""
    application = new_application("uploads", (*routes, *picture_routes), http, reader)
    application[USE_CASES] = use_cases
    return application


@dataclass(frozen=True, slots=True)
class Composed:
    """The service put together."""

    runtime: Runtime
    ports: Ports
    use_cases: UseCases
    upkeep: Upkeep
    revoked: RevocationList
    store: ObjectStore

    def checks(self) -> dict[str, Check]:
        """Return what readiness depends on."""
        return {**self.runtime.checks(), "objects": self.store.ping}


@asynccontextmanager
async def composed(settings: UploadsSettings, role: str) -> AsyncIterator[Composed]:
    """Open what uploads needs; on leaving, what it has written is sent."""
    async with (
        running(settings, "uploads", role) as runtime,
        workshop(settings.viewing.slots) as stamps,
        workshop(1) as darkroom,
    ):
        database = runtime.database
        more = {
            "fingerprints": FINGERPRINT_INDEXES,
            "batches": BATCH_INDEXES,
            "attempts": ATTEMPT_INDEXES,
        }
        await database.declare({**INDEXES, **DELETION_INDEXES, **more})
        outbox = Outbox(database["dossiers"], runtime.publisher)
        store = ObjectStore(settings.objects)
        master_keys = master_keys_in(settings.keys.directory)
        revoked = RevocationList(database["revoked_sessions"])
        attempts = MongoAttempts(database["attempts"])
        ports = Ports(
            clock=runtime.clock,
            policies=runtime.policies,
            dossiers=MongoDossiers(database["dossiers"], database["image_versions"], runtime.writer, outbox),
            calendars=MongoCalendars(database["calendars"]),
            registrations=MongoRegistrations(database["registrations"], runtime.cipher),
            objects=EncryptedObjects(store, KeyWrapper(master_keys)),
            cipher=runtime.cipher,
            grants=SignedGrants(runtime.keys.verifying("grants"), runtime.clock),
            views=MongoViews(database["audit"], runtime.cipher),
            view_counts=MongoViewCounts(database["view_counts"]),
            workshop=stamps,
            revoked_sessions=revoked,
            fingerprints=MongoFingerprints(database["fingerprints"]),
            bodies=BodiesInFlight(settings.intake.bodies, most_bytes=settings.intake.body_bytes),
            backlog=Backlog(settings.intake.processing),
            darkroom=darkroom,
            attempts=attempts,
            stamped_bytes=settings.viewing.cache_bytes,
            batches=MongoBatches(database["batches"], database["dossiers"]),
        )
        try:
            async with relaying([outbox]), keeping(attempts):
                upkeep = build_upkeep(database, store, master_keys, upkeep_ports(ports))
                yield Composed(runtime, ports, build_use_cases(ports), upkeep, revoked, store)
        finally:
            await store.close()


def upkeep_ports(ports: Ports) -> UpkeepPorts:
    """Return what the upkeep shares with the service."""
    return UpkeepPorts(
        dossiers=ports.dossiers,
        registrations=ports.registrations,
        objects=ports.objects,
        policies=ports.policies,
        cipher=ports.cipher,
        fingerprints=ports.fingerprints,
        clock=ports.clock,
    )


@asynccontextmanager
async def watching(backlog: Backlog, broker: BrokerSettings) -> AsyncIterator[None]:
    """Tell the backlog every second how many pictures wait for a worker."""
    depth = QueueDepth(broker, "uploads.api", WATERMARK_IMAGE.name)

    async def look() -> None:
        backlog.tell(await depth.read(), time.monotonic())
        WAITING.set(backlog.waiting)

    try:
        async with every(BACKLOG_SECONDS, look):
            yield
    finally:
        await depth.close()


async def run_api(settings: UploadsSettings) -> None:
    """Serve candidates and pictures and follow the other services, until told to stop."""
    async with composed(settings, "api") as service:
        runtime = service.runtime
        reader = TokenReader(runtime.keys.verifying("tokens"), runtime.clock, service.revoked)
        await service.revoked.reread()
        async with (
            every(BUCKET_SECONDS, service.store.ensure_bucket),
            every(REREAD_SECONDS, service.revoked.reread),
            watching(service.ports.backlog, settings.broker),
            consuming(
                subscriptions(service.use_cases),
                settings.broker,
                runtime.publisher,
                runtime.sealer,
                readers=[runtime.parked.reader()],
            ),
            serving(build_app(service.use_cases, settings.http, reader), settings.http),
            inner(settings.http, service.checks()),
        ):
            await until_stopped()


async def run_worker(settings: UploadsSettings) -> None:
    """Make watermarked copies until told to stop."""
    os.nice(NICENESS)
    async with (
        composed(settings, "worker") as service,
        workshop(settings.worker.slots) as slots,
        workshop(COMPARING_SLOTS, COMPARING_CHILD) as comparing,
    ):
        await tried(slots)
        await tried(comparing)
        # Rarely needed, so it is started anew when it is.
        await comparing.stop()
        runtime, scanner = service.runtime, _scanner(settings.malware)
        worker = build_worker(service.ports, slots, comparing, MalwareGate(scanner))
        checks = service.checks() if scanner is None else {**service.checks(), "scanner": scanner.ping}
        async with (
            consuming(
                worker_subscriptions(
                    worker.watermark_image, worker.find_duplicates, worker.copy_images, worker.in_hand
                ),
                settings.broker,
                runtime.publisher,
                runtime.sealer,
            ),
            every(BATCH_SECONDS, worker.work_on_batches),
            inner(settings.http, checks),
        ):
            await until_stopped()


def _scanner(settings: MalwareSettings) -> Clamd | None:
    return None if settings.clamd is None else Clamd(settings.clamd, settings.seconds)


async def run_scheduler(settings: UploadsSettings) -> None:
    """Do what time brings about, until told to stop."""
    async with (
        composed(settings, "scheduler") as service,
        every(CALENDAR_SECONDS, service.use_cases.follow_calendars),
        every(DUE_SECONDS, service.use_cases.run_due),
        every(DELETIONS_SECONDS, service.upkeep.run_deletions),
        every(RETENTION_SECONDS, service.upkeep.plan_retention),
        every(RECONCILE_SECONDS, service.upkeep.reconcile.slice),
        inner(settings.http, service.checks()),
    ):
        await until_stopped()
