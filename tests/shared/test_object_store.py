"""The object store: what it keeps, and in whose words it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from shared.object_store import ObjectMissingError, ObjectStore, ObjectStoreUnavailableError
from shared.settings import ObjectSettings

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def a_store_that(talk: Talk) -> AsyncIterator[ObjectStore]:
    """Return the adapter in front of a server that does as it is told."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    store = ObjectStore(
        ObjectSettings(
            endpoint=f"127.0.0.1:{port}",
            access_key=SecretStr("a"),
            secret_key=SecretStr("b"),
            bucket="pictures",
            secure=False,
        )
    )
    try:
        yield store
    finally:
        await store.close()
        server.close()


@pytest.mark.real
async def test_an_object_is_read_whole_and_in_parts_until_it_is_deleted(object_store: ObjectStore) -> None:
    key, content = "r1/图 片+~a/b", bytes(range(256)) * 3000

    await object_store.put(key, content)

    assert await object_store.get(key) == content
    assert await object_store.get(key, 10) == content[10:]
    assert await object_store.get(key, 300_000, 20) == content[300_000:300_020]
    assert await object_store.exists(key)
    await object_store.delete(key)
    assert not await object_store.exists(key)
    await object_store.delete(key)


@pytest.mark.real
async def test_what_is_not_there_is_missing_and_so_is_a_part_behind_the_end(
    object_store: ObjectStore,
) -> None:
    await object_store.put("short", b"0123")

    with pytest.raises(ObjectMissingError):
        await object_store.get("none")
    with pytest.raises(ObjectMissingError):
        await object_store.get("short", 100, 20)


@pytest.mark.real
async def test_many_objects_at_once_come_back_as_they_were_put(object_store: ObjectStore) -> None:
    contents = {f"many/{number}": bytes([number]) * 50_000 for number in range(30)}

    await asyncio.gather(*(object_store.put(key, content) for key, content in contents.items()))

    assert await asyncio.gather(*(object_store.get(key) for key in contents)) == list(contents.values())


async def test_a_connection_that_the_store_has_closed_meanwhile_is_tried_once_more() -> None:
    heard = []

    async def once_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        await reader.readexactly(5)
        if len(heard) > 1:
            writer.write(TAKEN)

    async with a_store_that(once_each) as store:
        await store.put("a", b"bytes")

    assert [each.splitlines()[0] for each in heard] == [b"PUT /pictures/a HTTP/1.1"] * 2


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 404 No\r\nContent-Length: 31\r\n\r\n<Error><Code>NoSuchBucket</Code>",
        b"HTTP/1.1 403 No\r\nContent-Length: 31\r\n\r\n<Error><Code>AccessDenied</Code>",
        b"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly a part of it",
    ],
    ids=["nothing", "no HTTP", "500", "no bucket", "denied", "redirect", "cut short"],
)
async def test_b5_a_store_that_does_not_answer_properly_is_unavailable(said: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async with a_store_that(say) as store:
        with pytest.raises(ObjectStoreUnavailableError):
            await store.get("a")
