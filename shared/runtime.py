"""Running a service: open what it needs, serve until told to stop, close in reverse."""

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import uvloop
from aiohttp import web
from prometheus_client import Gauge

from shared.clock import Clock, SharedOffsetClock, SystemClock
from shared.errors import TransientError
from shared.events.envelope import ServiceName
from shared.events.writer import EventWriter
from shared.keys import KeyRing
from shared.logs import configure_logs
from shared.messaging.parked import PARKED_INDEXES, ParkedMessages
from shared.messaging.publisher import BrokerPublisher, publishing
from shared.mongo import Database, StoreUnavailableError, database_at
from shared.policy import PolicyArchive, PolicyBook
from shared.sealing import FieldCipher, Sealer
from shared.settings import ClockSettings, HttpSettings, ServiceSettings
from shared.web.health import Check, inner_application

STOP_SECONDS = 20.0
KEEPALIVE_SECONDS = 10.0
# How long the rest of a refused body is read and thrown away, so that an honest sender sees the refusal.
LINGER_SECONDS = 2.0
WAIT_SECONDS = 0.5
LAG_EVERY_SECONDS = 0.25
COLLECT_AFTER = (20_000, 20, 20)

LOOP_LAG = Gauge("kaoshen_event_loop_lag_seconds", "How late the event loop last came back")
log = structlog.get_logger()


def run_service(service: Coroutine[object, object, None]) -> None:
    """Run a service to its end, on the quicker of the two event loops.

    What is loaded by now stays: the collector need not look at it again, nor after every 700 objects.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    uvloop.run(service)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every service is composed from."""

    settings: ServiceSettings
    clock: Clock
    database: Database
    publisher: BrokerPublisher
    writer: EventWriter
    sealer: Sealer
    cipher: FieldCipher
    keys: KeyRing
    policies: PolicyBook
    parked: ParkedMessages

    def checks(self) -> dict[str, Check]:
        """Return what readiness depends on."""
        return {"database": self.database.ping, "broker": self.publisher.ping}


@asynccontextmanager
async def running(settings: ServiceSettings, service: ServiceName, role: str) -> AsyncIterator[Runtime]:
    """Open the database, the broker, the keys and the policies of a service."""
    configure_logs(settings.log, service, role)
    clock = clock_of(settings.clock)
    keys = KeyRing(settings.keys.directory)
    sealer, cipher = Sealer.of(service, keys), FieldCipher.of(keys)
    book = PolicyBook.load(settings.policy.files)
    async with (
        database_at(settings.mongo) as database,
        publishing(settings.broker, f"{service}.{role}") as publisher,
    ):
        await _answering(database)
        parked = ParkedMessages(service, database["parked"], cipher, clock)
        await database["parked"].declare(PARKED_INDEXES)
        yield Runtime(
            settings=settings,
            clock=clock,
            database=database,
            publisher=publisher,
            writer=EventWriter(service, clock, sealer),
            sealer=sealer,
            cipher=cipher,
            keys=keys,
            policies=await PolicyArchive(database["policies"]).keep(book),
            parked=parked,
        )
        log.info("service.stopped")


def clock_of(settings: ClockSettings) -> Clock:
    """Return the machine's clock, or the movable one of development."""
    return SystemClock() if settings.file is None else SharedOffsetClock(settings.file)


@asynccontextmanager
async def serving(application: web.Application, http: HttpSettings) -> AsyncIterator[None]:
    """Serve the public application; on leaving, answer what is under way."""
    async with _listening(application, http.host, http.port):
        log.info("service.serving", port=http.port)
        yield


@asynccontextmanager
async def inner(http: HttpSettings, checks: Mapping[str, Check]) -> AsyncIterator[None]:
    """Serve health, readiness and metrics on the internal port, and watch the event loop."""
    async with _listening(inner_application(checks), http.host, http.internal_port):
        watching = asyncio.create_task(_watch_loop())
        try:
            yield
        finally:
            watching.cancel()


@asynccontextmanager
async def every(seconds: float, action: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Repeat an action in the background; what is not possible now is tried again."""

    async def repeat() -> None:
        while True:
            try:
                await action()
            except TransientError as error:
                log.info("schedule.postponed", code=error.code)
            await asyncio.sleep(seconds)

    task = asyncio.create_task(repeat())
    # A bug in a scheduled action must not go unseen: it ends the process, and the supervisor restarts it.
    task.add_done_callback(_stop_on_failure)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    log.info("service.stopping")


@asynccontextmanager
async def _listening(application: web.Application, host: str, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(
        application,
        access_log=None,
        keepalive_timeout=KEEPALIVE_SECONDS,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=STOP_SECONDS,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def _answering(database: Database) -> None:
    """Wait for the database: parts may start in any order."""
    while True:
        try:
            await database.ping()
        except StoreUnavailableError:
            log.info("service.waiting_for_database")
            await asyncio.sleep(WAIT_SECONDS)
        else:
            return


async def _watch_loop() -> None:
    while True:
        started = time.perf_counter()
        await asyncio.sleep(LAG_EVERY_SECONDS)
        LOOP_LAG.set(time.perf_counter() - started - LAG_EVERY_SECONDS)


def _stop_on_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("schedule.failed", exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)
