"""A network that can be made bad: TCP proxies in front of servers, switched while the system runs."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.embedded.ports import LOOPBACK

_PIECE = 65_536
_LOOK_AGAIN_SECONDS = 0.05


@dataclass(slots=True)
class Weather:
    """How the way to a server is just now.

    `delay` is added to every piece that travels; of the pieces, the share `lost` comes `resent_after`
    seconds later, as a lost segment does. `still` forwards nothing and closes nothing; `deaf` lets requests
    through and loses the answers; `closed` refuses; `answer` is what everybody hears instead of the server.
    """

    delay: float = 0.0
    lost: float = 0.0
    resent_after: float = 0.3
    still: bool = False
    deaf: bool = False
    closed: bool = False
    answer: bytes | None = None


@dataclass(slots=True)
class Way:
    """One proxy: where it listens, and its weather."""

    target: int
    port: int = 0
    weather: Weather = field(default_factory=Weather)
    _chance: random.Random = field(default_factory=lambda: random.Random(7))
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _strandings: int = 0

    @property
    def address(self) -> str:
        """Return host and port of the proxy."""
        return f"{LOOPBACK}:{self.port}"

    def cut(self) -> None:
        """Break every connection that is open."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def strand(self) -> None:
        """Let what is open now hang for ever, closed on neither side; new connections work."""
        self._strandings += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to the server and back."""
        self._open.add(writer)
        try:
            if self.weather.closed:
                return
            if self.weather.answer is not None:
                await self._answer(reader, writer, self.weather.answer)
                return
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target)
            self._open.add(far_writer)
            try:
                await _first_of(
                    self._carry(reader, far_writer, is_answer=False),
                    self._carry(far_reader, writer, is_answer=True),
                )
            finally:
                self._open.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            return
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        opened = self._strandings
        while piece := await reader.read(_PIECE):
            await self._wait(opened)
            if is_answer and self.weather.deaf:
                continue
            writer.write(piece)
            await writer.drain()

    async def _wait(self, opened: int) -> None:
        weather = self.weather
        late = weather.resent_after if self._chance.random() < weather.lost else 0.0
        if weather.delay + late:
            await asyncio.sleep(weather.delay + late)
        while self.weather.still or opened != self._strandings:  # noqa: ASYNC110 - another thread ends it
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes) -> None:
        await reader.read(_PIECE)
        writer.write(answer)
        await writer.drain()


@contextmanager
def ways_to(targets: dict[str, int]) -> Iterator[dict[str, Way]]:
    """Run a proxy in front of each port, in a thread of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="network", daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work returns
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    ways = {name: Way(target) for name, target in targets.items()}
    listening = [run(_listen(way)) for way in ways.values()]
    try:
        yield ways
    finally:
        run(_end(listening))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def bad_weather(way: Way, weather: Weather, *, cut: bool = False) -> Iterator[None]:
    """Let the weather be bad as long as the block lasts; `cut` breaks connections before and after it."""
    way.weather = weather
    if cut:
        way.cut()
    try:
        yield
    finally:
        way.weather = Weather()
        if cut:
            way.cut()


async def _listen(way: Way) -> asyncio.Server:
    server = await asyncio.start_server(way.serve, LOOPBACK, 0)
    way.port = server.sockets[0].getsockname()[1]
    return server


async def _end(listening: Sequence[asyncio.Server]) -> None:
    for server in listening:
        server.close()
    carrying = asyncio.all_tasks() - {asyncio.current_task()}
    for task in carrying:
        task.cancel()
    await asyncio.gather(*carrying, return_exceptions=True)


async def _first_of(*ways: Coroutine[Any, Any, None]) -> None:
    """Run both directions until one ends; the other ends with it."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
