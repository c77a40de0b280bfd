"""Requests that two servers could read differently are read by neither (row C14)."""

import asyncio

import pytest
from aiohttp import http_parser

from deploy.embedded import System

pytestmark = pytest.mark.real

BODY = "0\r\n\r\n"
SMUGGLED = {
    "length and chunks": f"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n{BODY}X",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "unknown coding": f"Transfer-Encoding: xchunked\r\n\r\n{BODY}",
    "blank before the colon": f"Transfer-Encoding : chunked\r\n\r\n{BODY}",
    "two hosts": "Host: elsewhere.example\r\nContent-Length: 0\r\n\r\n",
    "negative length": "Content-Length: -1\r\n\r\n",
}


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED.keys())
async def test_c14_an_ambiguous_request_is_refused_by_the_service(system: System, rest: str) -> None:
    port = int(system.env_for("auth")["AUTH_HTTP__PORT"])

    assert await status_of(port, rest) == 400


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED.keys())
async def test_c14_an_ambiguous_request_never_becomes_two_at_the_gateway(system: System, rest: str) -> None:
    answers = await answers_of(system.plan.ports.gateway, rest)

    assert answers.count("HTTP/1.1 ") <= 1
    assert "HTTP/1.1 2" not in answers


def test_c14_the_services_run_on_the_strict_parser() -> None:
    assert http_parser.HttpRequestParser.__module__ == "aiohttp._http_parser"


async def status_of(port: int, rest: str) -> int:
    """Send a sign-in with these headers; return the status of the answer."""
    answers = await answers_of(port, rest)
    return int(answers.split(" ", 2)[1])


async def answers_of(port: int, rest: str) -> str:
    """Send a sign-in with these headers; return everything that comes back until the peer closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"POST /api/auth/sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://evil.example\r\n"
        writer.write((head + rest).encode())
        await writer.drain()
        async with asyncio.timeout(15):
            return (await reader.read(4096)).decode(errors="replace")
    finally:
        writer.close()
