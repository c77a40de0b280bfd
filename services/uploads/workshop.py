"""The workers' slots: each one killable child process, replaced when it dies or takes too long."""

import asyncio
import contextlib
import json
import os
import signal
import struct
import sys
import zlib
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import structlog
from prometheus_client import Counter

from services.uploads.imaging_wire import HEADER_BYTES, Tray, message
from services.uploads.tasks import Finish, Made, Task, Unreadable
from shared.errors import TransientError

TRIES = 2
MOST_WORDS = 1 << 20
DYING_SECONDS = 1.0
CHILD = (sys.executable, "-m", "services.uploads.imaging_child")
COMPARING_CHILD = (sys.executable, "-m", "services.uploads.likeness_child")
DAMAGED = "image_damaged"
# A picture's planes stay with the child: giving them back and taking them anew costs 2 ms for each picture.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
LOSS = (OSError, EOFError, ValueError, KeyError, TypeError)

LOST = Counter("kaoshen_image_children_lost", "Child processes that died or were killed", ["cause"])
log = structlog.get_logger()


class WorkshopUnavailableError(TransientError):
    """No child process can be started now."""

    code: ClassVar[str] = "workshop_unavailable"
    title: ClassVar[str] = "图片处理暂时不可用"


class UnfitWorkshopError(RuntimeError):
    """The children can't do their work at all: a missing font, a broken library."""


class ChildLostError(Exception):
    """The child died or was killed while it worked."""


def _smallest_png() -> bytes:
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\xff")),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


SAMPLE = Finish(_smallest_png(), "考审")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a child may hang over a picture or its start; its work it limits itself."""

    wall_seconds: float = 60.0
    start_seconds: float = 30.0


class Slot:
    """One child process, started when it is needed."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._command = command
        self._limits = limits
        self._child: Process | None = None
        self._tray: Tray | None = None

    async def work(self, task: Task[Made]) -> Made | Unreadable:
        """Have the child do one task; a picture that takes too long is damaged, and its child is ended.

        Raises:
            ChildLostError: the child died.
            WorkshopUnavailableError: no child can be started.
        """
        child = await self._ready()
        try:
            return await self._ask(child, task, self._limits.wall_seconds)
        except TimeoutError:
            LOST.labels("timeout").inc()
            return Unreadable(DAMAGED)
        except LOSS:
            if child.returncode == -signal.SIGXCPU:
                LOST.labels("timeout").inc()
                return Unreadable(DAMAGED)
            LOST.labels("death").inc()
            raise ChildLostError from None

    async def stop(self) -> None:
        """Kill the child."""
        child, self._child = self._child, None
        tray, self._tray = self._tray, None
        if tray is not None:
            tray.close()
        if child is not None:
            await _ended(child)

    async def _ready(self) -> Process:
        """Return the child; a fresh one has shown on a picture of ours that it works."""
        if self._child is not None and self._child.returncode is None:
            return self._child
        try:
            child = await self._started()
            shown = await self._ask(child, SAMPLE, self._limits.start_seconds)
        except LOSS as error:
            LOST.labels("start").inc()
            raise WorkshopUnavailableError from error
        if isinstance(shown, Unreadable):
            await self.stop()
            raise WorkshopUnavailableError
        return child

    async def _started(self) -> Process:
        """Start a child; the last word of its command is the number of the memory that it shares."""
        if self._tray is not None:
            self._tray.close()
        self._tray = tray = Tray.new()
        os.set_inheritable(tray.number, True)
        self._child = await asyncio.create_subprocess_exec(
            *(*self._command, str(tray.number)),
            stdin=PIPE,
            stdout=PIPE,
            env=_environment(),
            pass_fds=(tray.number,),
        )
        return self._child

    async def _ask(self, child: Process, task: Task[Made], seconds: float) -> Made | Unreadable:
        is_sound = False
        try:
            async with asyncio.timeout(seconds):
                made = await self._exchange(child, task)
            is_sound = True
        finally:
            # Also when this task is cancelled: a conversation broken off can't be taken up again.
            if not is_sound:
                await self.stop()
        return made

    async def _exchange(self, child: Process, task: Task[Made]) -> Made | Unreadable:
        if child.stdin is None or child.stdout is None or self._tray is None:
            raise EOFError
        given = self._tray.lay_down(task.blobs())
        child.stdin.write(message({"op": task.op, "params": task.params(), "pictures": given}))
        await child.stdin.drain()
        answer = json.loads(await _words(child.stdout))
        made = self._tray.take_up(answer["pictures"]) if answer["readable"] else []
        self._tray.tidy()
        return task.read(answer["values"], made) if answer["readable"] else Unreadable(DAMAGED)


class ChildWorkshop:
    """Has tasks done by children.

    A picture that costs two children their life is damaged, and one that takes too long at once: its slot
    is everybody's.
    """

    def __init__(self, slots: int, command: Sequence[str] = CHILD, limits: Limits | None = None) -> None:
        self._free: asyncio.Queue[Slot] = asyncio.Queue()
        self._slots = [Slot(command, limits or Limits()) for _ in range(slots)]
        for slot in self._slots:
            self._free.put_nowait(slot)

    async def do(self, task: Task[Made]) -> Made | Unreadable:
        """Return what a child made of the task's pictures."""
        slot = await self._free.get()
        try:
            for attempt in range(TRIES):
                try:
                    return await slot.work(task)
                except ChildLostError:
                    log.warning("image.child_lost", attempt=attempt)
        finally:
            self._free.put_nowait(slot)
        return Unreadable(DAMAGED)

    async def stop(self) -> None:
        """Stop every child."""
        for slot in self._slots:
            await slot.stop()


@asynccontextmanager
async def workshop(slots: int, command: Sequence[str] = CHILD) -> AsyncIterator[ChildWorkshop]:
    """Hold a workshop; on leaving, its children end."""
    made = ChildWorkshop(slots, command)
    try:
        yield made
    finally:
        await made.stop()


async def tried(slots: ChildWorkshop) -> None:
    """Make sure that a child can read a picture and draw Chinese text.

    Raises:
        UnfitWorkshopError: it can't; every honest picture would be refused.
    """
    try:
        is_fit = not isinstance(await slots.do(SAMPLE), Unreadable)
    except WorkshopUnavailableError:
        is_fit = False
    if not is_fit:
        raise UnfitWorkshopError("the child processes can't process a sound picture")


async def _ended(child: Process) -> None:
    """End a child; one that is dying is let, as a kill that comes too late hides what it died of."""
    if child.stdout is not None and child.stdout.at_eof():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DYING_SECONDS):
                await child.wait()
                return
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.wait()


async def _words(stream: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await stream.readexactly(HEADER_BYTES), "big")
    if length > MOST_WORDS:
        raise ValueError("an answer that no picture has")
    return await stream.readexactly(length)


def _environment() -> dict[str, str]:
    """Return nothing but what Python needs: the child decodes hostile bytes and must know no secret."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LANG": "C.UTF-8",
        **ALLOCATOR,
    }
