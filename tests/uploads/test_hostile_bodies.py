"""Bodies that lie, never end or never come, on sockets of a real server over fakes (rows C10, C13)."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.uploads.app import build_app
from services.uploads.use_cases.body import BodiesInFlight, Patience
from shared.runtime import serving
from shared.settings import HttpSettings
from shared.web.identity import ACCESS_COOKIE, TokenReader, TokenSigner
from tests.uploads.builders import REGISTRATION
from tests.uploads.conftest import ORIGIN, OWNER, Uploads
from tests.uploads.pictures import jpeg

LIMIT = 204_800
PIECE = b"\xff\xd8" * 8_192
QUICK = Patience(chunk_seconds=0.3, body_seconds=0.6, least_per_second=1_000_000)
PATH = f"/api/uploads/dossiers/{REGISTRATION}/images?category=diploma"
LONGEST_SECONDS = 6.0


@dataclass
class Wire:
    """A server to which requests are written byte by byte."""

    port: int
    cookie: str
    uploads: Uploads = field(default_factory=Uploads)

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a new connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    def head(self, *lines: str, key: str = "key-00000001") -> bytes:
        """Return a request's head with further lines."""
        fixed = (
            f"POST {PATH} HTTP/1.1",
            "Host: kaoshen.example",
            f"Origin: {ORIGIN}",
            f"Cookie: {self.cookie}",
            f"Idempotency-Key: {key}",
        )
        return "\r\n".join((*fixed, *lines, "", "")).encode()


@asynccontextmanager
async def wired(uploads: Uploads, patience: Patience = QUICK) -> AsyncIterator[Wire]:
    """Serve uploads as its process does, on a port of its own."""
    key = Ed25519PrivateKey.generate()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    http = HttpSettings(host="127.0.0.1", port=port, internal_port=port, origins=(ORIGIN,))
    cases = uploads.use_cases
    patient = replace(cases.accept_image.accept_image, patience=patience)
    cases = replace(cases, accept_image=replace(cases.accept_image, accept_image=patient))
    await cases.open_dossier(REGISTRATION, OWNER.candidate_id)
    application = build_app(cases, http, TokenReader((key.public_key(),), uploads.clock))
    async with serving(application, http):
        yield Wire(port, f"{ACCESS_COOKIE}={TokenSigner(key, uploads.clock).access(OWNER)}", uploads)


async def answered(reader: asyncio.StreamReader) -> tuple[int, Any]:
    """Return status and content of an answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length:")[2].partition("\r\n")[0])
    return int(head.split()[1]), json.loads(await reader.readexactly(length))


async def sent_until_closed(writer: asyncio.StreamWriter, frame: Callable[[bytes], bytes]) -> None:
    """Send pieces until the other side has had enough."""
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(frame(PIECE))
            await writer.drain()
            await asyncio.sleep(0.01)


def chunked(piece: bytes) -> bytes:
    """Return a piece as one chunk."""
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def nothing_is_left(uploads: Uploads) -> bool:
    """Tell whether the attempt left no trace."""
    return uploads.raw.objects == {} and uploads.dossier.items == ()


async def test_c10_chunks_without_a_length_are_taken_in(uploads: Uploads) -> None:
    async with wired(uploads) as wire:
        reader, writer = await wire.opened()
        writer.write(wire.head("Transfer-Encoding: chunked") + chunked(jpeg(1)) + b"0\r\n\r\n")

        status, answer = await answered(reader)

    assert (status, answer["size_bytes"]) == (202, len(jpeg(1)))


@pytest.mark.parametrize(
    ("line", "frame", "declared"),
    [("Transfer-Encoding: chunked", chunked, 0), (f"Content-Length: {LIMIT}0", bytes, LIMIT * 10)],
    ids=["chunked", "declared"],
)
async def test_c10_a_body_without_end_is_refused_at_the_limit_and_the_connection_closes(
    uploads: Uploads, line: str, frame: Callable[[bytes], bytes], declared: int
) -> None:
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head(line))
        sending = asyncio.create_task(sent_until_closed(writer, frame))

        status, problem = await answered(reader)
        await sending

    assert (status, problem["code"], problem["allowed_bytes"]) == (413, "image_too_large", LIMIT)
    assert problem["measured_bytes"] <= max(LIMIT + 65_536, declared)
    assert nothing_is_left(uploads)


async def test_c10_a_length_that_promises_too_much_is_refused_before_the_first_byte(uploads: Uploads) -> None:
    async with wired(uploads) as wire:
        reader, writer = await wire.opened()
        writer.write(wire.head("Content-Length: 10000000000"))

        status, problem = await answered(reader)

        assert (status, problem["measured_bytes"]) == (413, 10_000_000_000)
        async with asyncio.timeout(LONGEST_SECONDS):
            assert await reader.read() == b""


async def test_c10_a_length_that_promises_more_than_comes_ends_as_stalled(uploads: Uploads) -> None:
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head(f"Content-Length: {len(jpeg(1)) + 500}") + jpeg(1))

        status, problem = await answered(reader)

        assert (status, problem["code"]) == (422, "upload_stalled")
        assert problem["received_bytes"] == len(jpeg(1))
        writer.close()
    assert nothing_is_left(uploads)


async def test_c10_a_length_that_promises_less_than_comes_cuts_the_picture(uploads: Uploads) -> None:
    content = jpeg(1)
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head(f"Content-Length: {len(content) - 100}") + content)

        first = await reader.readline()

    assert first.split()[1] in {b"400", b"422"}
    assert nothing_is_left(uploads)


@pytest.mark.parametrize("length", ["-1", "abc", "1e5", "0x10", "5, 6", "99999999999999999999999"])
async def test_c10_a_length_that_is_none_is_no_request(uploads: Uploads, length: str) -> None:
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head(f"Content-Length: {length}") + b"x")

        first = await reader.readline()

    assert first.split()[1] in {b"400", b"413"}
    assert nothing_is_left(uploads)


@pytest.mark.parametrize(
    "chunk", [b"zz\r\nxx\r\n", b"ffffffffffffffffffff\r\n", b"5\r\nabcdefgh\r\n", b"-5\r\nabcde\r\n"]
)
async def test_c10_broken_chunks_are_refused(uploads: Uploads, chunk: bytes) -> None:
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head("Transfer-Encoding: chunked") + chunk)

        first = await reader.readline()

    assert first.split()[1].startswith(b"4")
    assert nothing_is_left(uploads)


async def test_c13_a_body_that_stands_still_is_given_up_and_its_connection_closed(uploads: Uploads) -> None:
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head("Content-Length: 5000") + b"\xff\xd8")

        status, problem = await answered(reader)

        assert (status, problem["code"], problem["received_bytes"]) == (422, "upload_stalled", 2)
        assert "2 字节（共 5000 字节）" in problem["detail"]
        assert await reader.read() == b""


async def test_c13_a_body_that_drips_is_given_up_and_others_are_served_meanwhile(uploads: Uploads) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"\xff")
            await asyncio.sleep(0.05)

    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head("Content-Length: 5000"))
        dripping = asyncio.create_task(drip(writer))
        other, sender = await wire.opened()
        sender.write(wire.head(f"Content-Length: {len(jpeg(1))}", key="key-00000002") + jpeg(1))

        assert (await answered(other))[0] == 202
        status, problem = await answered(reader)
        dripping.cancel()
        writer.close()

    assert (status, problem["code"]) == (422, "upload_stalled")


async def test_c13_a_slow_body_that_keeps_the_least_speed_is_taken_in(uploads: Uploads) -> None:
    slow = Patience(chunk_seconds=1, body_seconds=0.2, least_per_second=len(jpeg(1)) // 4)
    content = jpeg(1)
    async with wired(uploads, slow) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        writer.write(wire.head(f"Content-Length: {len(content)}"))
        for at in range(0, len(content), len(content) // 5 + 1):
            writer.write(content[at : at + len(content) // 5 + 1])
            await asyncio.sleep(0.1)

        assert (await answered(reader))[0] == 202


@pytest.mark.real  # ten seconds long, as the server's own setting is
async def test_c13_a_head_that_drips_is_cut_off_after_ten_seconds(uploads: Uploads) -> None:
    async with wired(uploads) as wire, asyncio.timeout(15):
        reader, writer = await wire.opened()
        with contextlib.suppress(ConnectionError):
            for byte in wire.head("X-Padding: " + "a" * 1_000):
                if reader.at_eof():
                    break
                writer.write(bytes([byte]))
                await asyncio.sleep(0.1)

        assert await reader.read() == b""


async def test_c13_bodies_in_flight_are_bounded_and_freed_again() -> None:
    uploads = Uploads(bodies=BodiesInFlight(2))
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        held = [await wire.opened() for _ in range(2)]
        for number, (_, writer) in enumerate(held):
            writer.write(wire.head("Content-Length: 5000", key=f"key-0000001{number}") + b"\xff\xd8")
        await asyncio.sleep(0.1)
        reader, writer = await wire.opened()
        writer.write(wire.head(f"Content-Length: {len(jpeg(1))}") + jpeg(1))

        status, problem = await answered(reader)
        assert (status, problem["code"]) == (503, "overloaded")
        assert [(await answered(waiting))[0] for waiting, _ in held] == [422, 422]
        for _, stalled in held:
            stalled.close()

        reader, writer = await wire.opened()
        writer.write(wire.head(f"Content-Length: {len(jpeg(1))}") + jpeg(1))
        assert (await answered(reader))[0] == 202


@pytest.mark.parametrize(
    "name", [b"a\0.jpg", b"a\rb.jpg", b"a\n.jpg", "毕业证.jpg".encode(), b"\xff\xfe.jpg"]
)
async def test_c12_raw_bytes_in_a_name_are_a_label_or_no_request(uploads: Uploads, name: bytes) -> None:
    async with wired(uploads) as wire, asyncio.timeout(LONGEST_SECONDS):
        reader, writer = await wire.opened()
        head = wire.head(f"Content-Length: {len(jpeg(1))}").removesuffix(b"\r\n")
        writer.write(head + b"X-File-Name: " + name + b"\r\n\r\n" + jpeg(1))

        first = await reader.readline()

    assert first.split()[1] in {b"202", b"400"}
