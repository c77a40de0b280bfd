"""A running system in one's hands; it lives in a thread of its own, so that any event loop can use it."""

import asyncio
import fcntl
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from deploy.embedded.accounts import accounts_in
from deploy.embedded.broker import broker, port_mapper
from deploy.embedded.database import database
from deploy.embedded.environment import database_of, write_environments
from deploy.embedded.layout import Layout
from deploy.embedded.leftovers import end_marked
from deploy.embedded.parts import Part, StartError
from deploy.embedded.plan import (
    DEMO_POLICY,
    DEMO_ROSTER,
    DEMO_STAFF,
    MOST_WORKERS,
    Plan,
    run_to_end,
    worker_part,
)
from deploy.embedded.ports import Ports, free_ports, require_free
from deploy.embedded.servers import gateway, objects
from deploy.embedded.services import all_services, service
from deploy.embedded.status import status_of, write_status
from deploy.embedded.supervisor import Progress, Supervisor, first_cause

T = TypeVar("T")


class AlreadyRunningError(Exception):
    """A supervisor of this home is alive."""


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Hold the home's lock, with our pid in it, and clear away what a killed predecessor has left.

    Raises:
        AlreadyRunningError: another supervisor holds the lock.
    """
    layout.make()
    with layout.lock.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"the system in {layout.home} is running already") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        end_marked(layout.home)
        yield


def _quiet(_: str) -> None:
    """Show nothing."""


class System:
    """One embedded system; every method may be awaited in any event loop."""

    def __init__(self, plan: Plan, parts: Iterable[str] | None, progress: Progress = _quiet) -> None:
        self.plan = plan
        self._parts = _chosen(plan, parts)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="supervisor", daemon=True)
        self._supervisor = Supervisor(plan.layout, self._write_status, progress)

    def __enter__(self) -> Self:
        """Start the parts and wait until all of them answer."""
        self._thread.start()
        starting = None
        try:
            require_free((part.name, port) for part in self._parts for port in part.ports)
            starting = self._submit(self._start_all())
            starting.result()
        except BaseException:
            if starting is not None:
                starting.cancel()
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop everything; nothing of it is left behind."""
        self._close()

    @property
    def url(self) -> str:
        """Where the gateway serves the pages."""
        return self.plan.url

    @property
    def names(self) -> list[str]:
        """The parts there are."""
        return list(self._supervisor.children)

    def pid(self, name: str) -> int | None:
        """Return the process that is a part just now."""
        return self._supervisor.children[name].pid

    def state(self, name: str) -> str:
        """Return how a part is just now."""
        return self._supervisor.children[name].state

    def log(self, name: str) -> Path:
        """Return the log file of a part."""
        return self.plan.layout.log_of(name)

    def env_for(self, name: str) -> dict[str, str]:
        """Return the whole environment that a part runs in."""
        return self._supervisor.children[name].environment

    def mongo_url(self, user: str) -> str:
        """Return the database's address for a service, or for `admin`."""
        return self.plan.mongo_url(user)

    def mongo_database(self, service_name: str) -> str:
        """Return the name of a service's database."""
        return database_of(service_name)

    def broker_url(self, user: str) -> str:
        """Return the broker's address for a service, or for `admin`."""
        return self.plan.broker_url(user)

    async def kill(self, name: str) -> None:
        """Kill a part (`kill -9`) and return when it is gone; it is started anew by itself."""
        await self._run(self._supervisor.kill(name))

    async def until_ready(self, name: str, patience: float = 60.0) -> None:
        """Wait until a part answers."""
        await self._run(self._supervisor.until_ready(name, patience))

    async def restart(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Stop a part in order, start it with these additions to its environment, wait until it answers."""
        await self._run(self._supervisor.restart(name, environment or {}))

    async def stop_part(self, name: str) -> None:
        """Stop a part; it stays down."""
        await self._run(self._supervisor.stop(name))

    async def start_part(self, name: str) -> None:
        """Start a part that was stopped and wait until it answers."""
        await self._run(self._supervisor.start(name))

    async def pause(self, name: str) -> None:
        """Freeze a part: it keeps its connections and says nothing."""
        await self._run(self._supervisor.pause(name))

    async def resume(self, name: str) -> None:
        """Let a frozen part go on."""
        await self._run(self._supervisor.resume(name))

    async def scale_workers(self, number: int) -> None:
        """Run this many watermark workers."""
        for n in range(1, MOST_WORKERS + 1):
            part = worker_part(n)
            known = part.name in self._supervisor.children
            if n <= number and known:
                await self.start_part(part.name)
            elif n <= number:
                await self._run(self._supervisor.add(service(self.plan, part)))
            elif known:
                await self.stop_part(part.name)

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _start_all(self) -> None:
        if any(part.command[1:2] == ("-m",) for part in self._parts):
            await _make_keys(self.plan)
            write_environments(self.plan)
        try:
            await self._supervisor.start_all(self._parts)
        except BaseExceptionGroup as errors:
            raise first_cause(errors) from None

    def _close(self) -> None:
        try:
            self._submit(self._supervisor.stop_all()).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            end_marked(self.plan.layout.home)

    def _write_status(self) -> None:
        write_status(self.plan.layout.status, status_of(self.plan, self._supervisor.children.values()))


def _chosen(plan: Plan, names: Iterable[str] | None) -> list[Part]:
    """Return the parts that were asked for, with the port mapper that the broker cannot do without."""
    builders: list[Callable[[Plan], Part]] = [port_mapper, broker, database, objects, gateway]
    parts = [*(build(plan) for build in builders), *all_services(plan)]
    if names is None:
        return parts
    wanted = set(names)
    if unknown := wanted - {part.name for part in parts}:
        raise ValueError(f"no such part: {', '.join(sorted(unknown))}")
    if "broker" in wanted:
        wanted.add("port-mapper")
    return [part for part in parts if part.name in wanted]


async def _make_keys(plan: Plan) -> None:
    """Create the keys that are not there yet."""
    command = (sys.executable, "-m", "shared.keys", "init", str(plan.layout.keys))
    log = plan.layout.log_of("keys")
    if await run_to_end(command, {"PATH": os.environ.get("PATH", "")}, log) != 0:
        raise StartError("keys", "could not be made")


def plan_for(
    home: Path,
    *,
    ports: Ports,
    policy_files: Sequence[Path] = (DEMO_POLICY,),
    roster: Path = DEMO_ROSTER,
    staff: Path = DEMO_STAFF,
    uploads_instances: int = 1,
    workers: int = 1,
    environment: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """Return the plan of a system in a home; its passwords are made when there are none."""
    layout = Layout(home.resolve())
    layout.make()
    return Plan(
        layout=layout,
        ports=ports,
        accounts=accounts_in(layout.secrets),
        policy_files=tuple(path.resolve() for path in policy_files),
        roster=roster.resolve(),
        staff=staff.resolve(),
        uploads_instances=uploads_instances,
        workers=workers,
        environment=environment or {},
    )


@contextmanager
def started(plan: Plan, parts: Iterable[str] | None = None, progress: Progress = _quiet) -> Iterator[System]:
    """Run a system as long as the block lasts.

    Raises:
        AlreadyRunningError: the home is in use.
        PortTakenError: a port is in use.
        StartError: a part does not come up.
    """
    with only_one(plan.layout), System(plan, parts, progress) as running:
        yield running


@asynccontextmanager
async def system(
    home: Path,
    *,
    ports_from: int | None = None,
    parts: Iterable[str] | None = None,
    policy_files: Sequence[Path] = (DEMO_POLICY,),
    uploads_instances: int = 1,
    workers: int = 1,
    environment: Mapping[str, Mapping[str, str]] | None = None,
) -> AsyncIterator[System]:
    """Run a system of one's own, for tests: in a given home, on free ports unless a base is given."""
    ports = free_ports() if ports_from is None else Ports(ports_from, ports_from + 99)
    plan = plan_for(
        home,
        ports=ports,
        policy_files=policy_files,
        uploads_instances=uploads_instances,
        workers=workers,
        environment=environment,
    )
    block = started(plan, parts)
    running = await asyncio.to_thread(block.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(block.__exit__, None, None, None)
