"""Small questions that tell whether a part answers; each returns false instead of failing."""

import asyncio
from collections.abc import Awaitable, Callable

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from deploy.embedded.ports import LOOPBACK

Probe = Callable[[], Awaitable[bool]]

_PATIENCE = 2.0


async def _ask(port: int, question: bytes) -> bytes:
    """Send some bytes and return the first line or chunk of the answer; nothing when there is none."""
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(question)
                await writer.drain()
                return await reader.read(64)
            finally:
                writer.close()
    except OSError:  # includes the time-out
        return b""


def amqp(port: int) -> Probe:
    """Ask a broker to begin a connection."""

    async def probe() -> bool:
        return (await _ask(port, b"AMQP\x00\x00\x09\x01")).startswith(b"\x01")

    return probe


def http(port: int, path: str = "/", *, only_ok: bool = True) -> Probe:
    """Ask for a page; any answer will do, or only a good one."""
    question = f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nConnection: close\r\n\r\n".encode()

    async def probe() -> bool:
        answer = await _ask(port, question)
        return answer.startswith(b"HTTP/1.1 200" if only_ok else b"HTTP/1.1 ")

    return probe


def listening(port: int) -> Probe:
    """Ask whether anybody accepts connections."""

    async def probe() -> bool:
        try:
            async with asyncio.timeout(_PATIENCE):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:  # includes the time-out
            return False
        writer.close()
        return True

    return probe


def mongo(port: int) -> Probe:
    """Ask a database for a ping."""

    async def probe() -> bool:
        if not await listening(port)():
            return False
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
            LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=int(_PATIENCE * 1000)
        )
        try:
            await client.admin.command("ping")
        except PyMongoError:
            return False
        finally:
            await client.close()
        return True

    return probe
