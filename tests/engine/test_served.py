"""The engine as it is served: what its differences might have broken, asked over the wire."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bson import Binary, Int64
from pymongo import ASCENDING, AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, OperationFailure, WriteError

from deploy.embedded import System
from shared.ids import new_id

pytestmark = pytest.mark.real

Things = AsyncCollection[dict[str, Any]]


@pytest.fixture
async def things(servers: System) -> AsyncIterator[Things]:
    """Return a collection of the test's own with two documents."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(servers.mongo_url("admin"))
    async with client:
        collection = client[f"test_{new_id()[-12:]}"]["things"]
        await collection.insert_many([{"_id": name, "ticket": name, "n": 1} for name in ("a", "b")])
        yield collection


async def test_an_index_created_while_running_holds_at_once(things: Things) -> None:
    await things.update_one({"_id": "a"}, {"$set": {"n": 2}})
    await things.create_index("n")
    await things.create_index("ticket", unique=True)

    await things.update_one({"_id": "a"}, {"$set": {"n": 3}})

    assert [found["_id"] async for found in things.find({"n": 3})] == ["a"]
    assert await things.count_documents({"n": 2}) == 0
    with pytest.raises((DuplicateKeyError, WriteError)) as refused:
        await things.update_one({"_id": "a"}, {"$set": {"ticket": "b"}})
    assert refused.value.code == 11000
    assert (await things.find_one({"_id": "a"}) or {})["ticket"] == "a"


async def test_an_index_dropped_while_running_holds_no_longer(things: Things) -> None:
    name = await things.create_index("ticket", unique=True)
    await things.update_one({"_id": "a"}, {"$set": {"ticket": "c"}})
    await things.drop_index(name)

    await things.update_one({"_id": "a"}, {"$set": {"ticket": "b"}})

    assert await things.count_documents({"ticket": "b"}) == 2


async def test_a_collection_dropped_and_made_anew_has_nothing_of_the_old_one(things: Things) -> None:
    await things.create_index("ticket", unique=True)
    await things.drop()
    await things.insert_many([{"_id": "a", "ticket": "c"}, {"_id": "b", "ticket": "d"}])

    await things.update_one({"_id": "a"}, {"$set": {"ticket": "d"}})

    assert await things.count_documents({"ticket": "d"}) == 2
    assert set(await things.index_information()) == {"_id_"}


async def test_a_unique_key_is_free_again_once_its_document_has_another(things: Things) -> None:
    await things.create_index([("ticket", ASCENDING)], unique=True, sparse=True)
    await things.update_one({"_id": "a"}, {"$unset": {"ticket": ""}})

    await things.update_one({"_id": "b"}, {"$set": {"ticket": "a"}})

    with pytest.raises(DuplicateKeyError):
        await things.insert_one({"_id": "c", "ticket": "a"})


async def test_a_write_sent_again_is_done_once_and_answered_alike(things: Things) -> None:
    command = {
        "update": "things",
        "updates": [{"q": {"_id": "a"}, "u": {"$inc": {"n": 1}}}],
        "lsid": {"id": Binary(uuid.uuid4().bytes, 4)},
        "txnNumber": Int64(1),
    }

    answers = [await things.database.command(dict(command)) for _ in range(2)]

    assert [(answer["n"], answer["nModified"]) for answer in answers] == [(1, 1), (1, 1)]
    assert (await things.find_one({"_id": "a"}) or {})["n"] == 2


async def test_a_transaction_is_seen_when_committed_and_never_when_aborted(things: Things) -> None:
    await things.create_index("n")
    async with things.database.client.start_session() as session:
        async with await session.start_transaction():
            await things.update_one({"_id": "a"}, {"$set": {"n": 5}}, session=session)
            assert await things.count_documents({"n": 5}) == 0
        await session.start_transaction()
        await things.update_one({"_id": "b"}, {"$set": {"n": 6}}, session=session)
        await session.abort_transaction()

    assert [await things.count_documents({"n": n}) for n in (1, 5, 6)] == [1, 1, 0]


async def test_a_change_stream_is_refused_in_words(things: Things) -> None:
    with pytest.raises(OperationFailure, match="only supported on replica sets"):
        await things.watch()
