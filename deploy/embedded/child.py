"""One supervised process: started, asked until it answers, restarted whenever it ends, stopped as a group."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from deploy.embedded.layout import Layout
from deploy.embedded.leftovers import MARK, is_gone
from deploy.embedded.parts import Part, StartError

State = Literal["waiting", "starting", "ready", "paused", "restarting", "stopping", "stopped", "failed"]

_PASSED_ON = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0)
_STEADY = 10.0
_PROBE_EVERY = 0.1
_LOOK_EVERY = 0.02
_TRIES_TO_START = 6


class Child:
    """Keeps one part running from `start` to `stop`, whatever ends it in between."""

    def __init__(
        self,
        part: Part,
        layout: Layout,
        changed: Callable[[], None],
        delays: Sequence[float] = _DELAYS,
    ) -> None:
        self.part = part
        self.state: State = "stopped"
        self.starts = 0
        self.extra: Mapping[str, str] = {}
        self._layout = layout
        self._changed = changed
        self._delays = delays
        self._begun = asyncio.Event()
        self._answering = asyncio.Event()
        self._wanted = False
        self._keeper: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ever_ready = False

    @property
    def pid(self) -> int | None:
        """The process to kill when the part shall die: not a wrapper around it."""
        process = self._process
        if process is None or process.returncode is not None:
            return None
        if self.part.pid_file is not None:
            with suppress(OSError, ValueError):
                return int(self.part.pid_file.read_text())
        return process.pid

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the process."""
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {
            "HOME": str(self._layout.home),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            MARK: str(self._layout.home),
            **passed_on,
            **self.part.environment,
            **self.extra,
        }

    def start(self) -> None:
        """Begin to keep the part running; does nothing when it is kept already."""
        if self._keeper is None or self._keeper.done():
            self._wanted = True
            self._begun.set()
            self._keeper = asyncio.create_task(self._keep())

    async def until_begun(self) -> None:
        """Wait until the part has been started once."""
        await self._begun.wait()

    async def until_ready(self, patience: float = 60.0) -> None:
        """Wait until the part answers.

        Raises:
            StartError: it does not, in time or at all.
        """
        answering = asyncio.create_task(self._answering.wait())
        waited_for = {answering} | ({self._keeper} if self._keeper is not None else set())
        try:
            await asyncio.wait(waited_for, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answering.cancel()
        if self._keeper is not None and self._keeper.done() and not self._keeper.cancelled():
            self._keeper.result()
        if not self._answering.is_set():
            raise StartError(self.part.name, f"is {self.state} and does not answer after {patience:.0f} s")

    async def stop(self) -> None:
        """Ask the process to end, insist after a while, and leave nothing of its group."""
        self._wanted = False
        self._set("stopping")
        if self._process is not None and self._process.returncode is None:
            await self._end(self._process)
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError, StartError):
                await self._keeper
        self._answering.clear()
        self._set("stopped")

    async def kill(self) -> None:
        """Kill the process as it stands (`kill -9`) and return when it is gone; it will be started anew."""
        pid, process = self.pid, self._process
        if pid is None or process is None:
            return
        self._answering.clear()
        os.kill(pid, signal.SIGKILL)
        while not is_gone(pid) or process.returncode is None:  # noqa: ASYNC110 - not always our own child
            await asyncio.sleep(_LOOK_EVERY)

    def pause(self) -> None:
        """Freeze the part with everything in its group."""
        self._signal_group(signal.SIGSTOP)
        self._set("paused")

    def resume(self) -> None:
        """Let a frozen part go on."""
        self._signal_group(signal.SIGCONT)
        self._set("ready" if self._answering.is_set() else "starting")

    async def _keep(self) -> None:
        failures = 0
        while self._wanted:
            began = time.monotonic()
            self._ever_ready = False
            await self._run_once()
            failures = 0 if time.monotonic() - began > _STEADY or self._ever_ready else failures + 1
            if not self._wanted:
                return
            if failures >= _TRIES_TO_START and self.starts == failures:
                self._set("failed")
                raise StartError(self.part.name, f"ended {failures} times before it answered once")
            self._set("restarting")
            await asyncio.sleep(self._delays[min(failures, len(self._delays) - 1)])

    async def _run_once(self) -> None:
        """Start the process and wait for its end; what is left of its group ends with it."""
        self._set("starting")
        if self.part.pid_file is not None:
            self.part.pid_file.unlink(missing_ok=True)
        self.starts += 1
        process = self._process = await self._spawn()
        asking = asyncio.create_task(self._ask_until_answered())
        try:
            await process.wait()
        finally:
            asking.cancel()
            self._answering.clear()
            self._signal_group(signal.SIGKILL)

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._layout.log_of(self.part.name).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self.part.command,
                cwd=self.part.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _ask_until_answered(self) -> None:
        while not await self.part.probe():  # noqa: ASYNC110 - nothing tells us when another process is ready
            await asyncio.sleep(_PROBE_EVERY)
        self._ever_ready = True
        self._answering.set()
        self._set("ready")

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            process.terminate()
        self._signal_group(signal.SIGCONT)
        try:
            await asyncio.wait_for(process.wait(), self.part.stop_patience)
        except TimeoutError:
            self._signal_group(signal.SIGKILL)
            await process.wait()
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _set(self, state: State) -> None:
        self.state = state
        self._changed()
