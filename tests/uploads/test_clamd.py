"""The malware gate's scanner: a real clamd, and servers that say what clamd says on a bad day."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import AnyUrl

from services.uploads.clamd import PIECE_BYTES, Clamd, ScannerUnavailableError
from services.uploads.ports import Infection
from tests.support.clamd import LONGEST_STREAM, MARKER, SIGNATURE, clamd
from tests.uploads.pictures import jpeg

READ_BYTES = 1 << 20


@asynccontextmanager
async def a_server(reply: bytes | None, *, hangs_up: bool = False) -> AsyncIterator[Clamd]:
    """Answer every connection the same, once its stream has ended; `None` never answers."""
    told = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not hangs_up:
            received = b""
            while not received.endswith(bytes(4)):
                received += await reader.read(READ_BYTES)
            if reply is None:
                await told.wait()
            else:
                writer.write(reply)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Clamd(AnyUrl(f"tcp://127.0.0.1:{port}"), 0.5 if reply is None else 10.0)
    finally:
        told.set()
        server.close()
        await server.wait_closed()


async def test_a_picture_is_streamed_in_pieces_each_after_its_length() -> None:
    received = asyncio.get_running_loop().create_future()
    content = bytes(range(256)) * (PIECE_BYTES // 256) + b"the rest"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        pieces = []
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            pieces.append(await reader.readexactly(length))
        received.set_result((command, pieces))
        writer.write(b"stream: OK\0")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await Clamd(AnyUrl(f"tcp://127.0.0.1:{port}"), 10.0).scan(content)

    assert found is None
    assert await received == (b"zINSTREAM\0", [content[:PIECE_BYTES], b"the rest"])


@pytest.mark.parametrize(
    "reply",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"stream: OK FOUND OK\0",
        b"stream: OK",
        b"\0",
        b"\xff\xfe\0",
        b"x" * 100_000,
        None,
    ],
)
async def test_whatever_is_no_verdict_leaves_the_picture_unscanned(reply: bytes | None) -> None:
    async with a_server(reply) as scanner:
        with pytest.raises(ScannerUnavailableError):
            await scanner.scan(jpeg(1))


async def test_a_scanner_that_hangs_up_or_is_not_there_leaves_the_picture_unscanned(tmp_path: Path) -> None:
    async with a_server(b"", hangs_up=True) as scanner:
        with pytest.raises(ScannerUnavailableError):
            await scanner.scan(b"x" * 5_000_000)
    with pytest.raises(ScannerUnavailableError):
        await scanner.scan(jpeg(1))
    with pytest.raises(ScannerUnavailableError):
        await Clamd(AnyUrl(f"unix://{tmp_path}/nobody.sock"), 1.0).ping()


@pytest.mark.real
async def test_a_real_clamd_judges_over_tcp_and_over_its_socket(tmp_path: Path) -> None:
    async with clamd(tmp_path) as addresses:
        for address in addresses:
            scanner = Clamd(address, 20.0)

            assert await scanner.scan(jpeg(1, (1600, 1200))) is None
            assert await scanner.scan(b"") is None
            assert await scanner.scan(jpeg(1, comment=b"see " + MARKER)) == Infection(SIGNATURE)
            assert await scanner.scan(jpeg(1) + MARKER) == Infection(SIGNATURE)
            with pytest.raises(ScannerUnavailableError):
                await scanner.scan(bytes(LONGEST_STREAM + 1))
    with pytest.raises(ScannerUnavailableError):
        await scanner.ping()
