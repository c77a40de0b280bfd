"""Asking clamd whether bytes are malware: its INSTREAM command, one connection per picture."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

import structlog
from pydantic import AnyUrl

from services.uploads.ports import Infection
from shared.errors import TransientError

PORT = 3_310
PIECE_BYTES = 65_536
LENGTH_BYTES = 4
REPLY_BYTES = 4_096
END = b"\0"
CLEAN = "stream: OK"
FOUND = re.compile(r"stream: (\S{1,200}) FOUND")

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
log = structlog.get_logger()


class ScannerUnavailableError(TransientError):
    """The scanner gave no verdict; whatever was asked about stays unscanned."""

    code: ClassVar[str] = "scanner_unavailable"
    title: ClassVar[str] = "图片安全检查暂时不可用，请稍后再试"


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd at `tcp://host:port` or `unix:///path`; a verdict takes so many seconds at most."""

    url: AnyUrl
    seconds: float

    async def scan(self, content: bytes) -> Infection | None:
        """Return what was found in the bytes, or nothing where they are clean.

        Raises:
            ScannerUnavailableError: no verdict; clamd is away, too slow, or refuses to look.
        """
        reply = await self._ask(b"zINSTREAM\0", content)
        if reply == CLEAN:
            return None
        if found := FOUND.fullmatch(reply):
            return Infection(found[1])
        # Its words are about sizes and limits, never about the content.
        log.error("scanner.refused", reply=reply)
        raise ScannerUnavailableError

    async def ping(self) -> None:
        """Answer when clamd does.

        Raises:
            ScannerUnavailableError: it does not.
        """
        if await self._ask(b"zPING\0") != "PONG":
            raise ScannerUnavailableError

    async def _ask(self, command: bytes, content: bytes | None = None) -> str:
        try:
            async with asyncio.timeout(self.seconds), self._connected() as (reader, writer):
                writer.write(command)
                if content is not None:
                    # One that is refused half-way has its answer waiting: it says more than the broken pipe.
                    with contextlib.suppress(ConnectionError):
                        await _send(writer, content)
                reply = await reader.readuntil(END)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            log.warning("scanner.unavailable", cause=type(error).__name__)
            raise ScannerUnavailableError from error
        return reply.removesuffix(END).decode(errors="replace").strip()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        reader, writer = await self._open()
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _open(self) -> Connection:
        if self.url.scheme == "unix":
            return await asyncio.open_unix_connection(self.url.path, limit=REPLY_BYTES)
        return await asyncio.open_connection(self.url.host, self.url.port or PORT, limit=REPLY_BYTES)


async def _send(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Send bytes in pieces, each after its length; a piece of no length ends them."""
    for start in range(0, len(content), PIECE_BYTES):
        piece = content[start : start + PIECE_BYTES]
        writer.write(len(piece).to_bytes(LENGTH_BYTES, "big") + piece)
        await writer.drain()
    writer.write(bytes(LENGTH_BYTES))
    await writer.drain()
