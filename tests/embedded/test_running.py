"""The real servers under the supervisor: killed, frozen, stopped, and nothing left behind."""

import asyncio
import json
import os
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPChannelError
from minio import Minio
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.embedded import System, system
from deploy.embedded.leftovers import is_gone, marked

pytestmark = pytest.mark.real

SERVERS = ("broker", "database", "objects", "gateway")


async def test_killed_servers_come_back_with_their_data_and_stopped_ones_leave_nothing(
    tmp_path: Path,
) -> None:
    async with system(tmp_path, parts=SERVERS) as running:
        await leave_something(running)
        for name in SERVERS:
            await kill_and_wait(running, name)
        await find_it_again(running)
        pids = [running.pid(name) for name in (*SERVERS, "port-mapper")]

    assert all(pid is not None and is_gone(pid) for pid in pids)
    assert marked(tmp_path) == []

    async with system(tmp_path, parts=SERVERS) as running:
        await find_it_again(running)


async def kill_and_wait(running: System, name: str) -> None:
    before = running.pid(name)
    await running.kill(name)
    await running.until_ready(name)
    assert running.pid(name) not in {None, before}


async def leave_something(running: System) -> None:
    async with AsyncMongoClient[dict[str, object]](running.mongo_url("uploads")) as client:
        await client["kaoshen_uploads"]["things"].insert_one({"_id": "kept"})
    async with await aio_pika.connect(running.broker_url("uploads")) as connection:
        channel = await connection.channel(on_return_raises=True)
        queue = await channel.declare_queue(
            "uploads.kept", durable=True, arguments={"x-queue-type": "quorum"}
        )
        # This broker forgets a queue that was declared less than half a second before it is killed.
        await asyncio.sleep(1.5)
        message = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, queue.name)
    await asyncio.to_thread(objects(running).make_bucket, "kept")


async def find_it_again(running: System) -> None:
    async with AsyncMongoClient[dict[str, object]](running.mongo_url("uploads")) as client:
        assert await client["kaoshen_uploads"]["things"].count_documents({"_id": "kept"}) == 1
    async with await aio_pika.connect(running.broker_url("uploads")) as connection:
        queue = await (await connection.channel()).get_queue("uploads.kept", ensure=False)
        message = await first_message(queue)
        assert message.body == b"kept"
        await message.nack(requeue=True)
    assert await asyncio.to_thread(objects(running).bucket_exists, "kept")


async def first_message(queue: AbstractQueue) -> AbstractIncomingMessage:
    """Return what is in the queue; right after a start it may seem empty until its leader stands."""
    async with asyncio.timeout(10):
        while (message := await queue.get(fail=False)) is None:  # noqa: ASYNC110 - the broker doesn't tell
            await asyncio.sleep(0.1)
    return message


def objects(running: System) -> Minio:
    accounts = running.plan.accounts
    return Minio(
        f"127.0.0.1:{running.plan.ports.objects}",
        access_key=accounts.objects_access,
        secret_key=accounts.objects_secret,
        secure=False,
    )


async def test_no_account_reaches_another_services_data(tmp_path: Path) -> None:
    async with system(tmp_path, parts={"broker", "database"}) as running:
        async with AsyncMongoClient[dict[str, object]](running.mongo_url("review")) as client:
            with pytest.raises(OperationFailure):
                await client["kaoshen_uploads"]["things"].find_one()
        async with await aio_pika.connect(running.broker_url("review")) as connection:
            channel = await connection.channel()
            with pytest.raises(AMQPChannelError, match="ACCESS_REFUSED"):
                await channel.declare_queue("uploads.parked", durable=True)


async def test_the_status_file_names_the_processes_that_a_test_may_kill(tmp_path: Path) -> None:
    async with system(tmp_path, parts={"objects"}) as running:
        status = json.loads((tmp_path / "status.json").read_text())
        pid = status["parts"]["objects"]["pid"]
        os.kill(pid, 9)
        while not is_gone(pid):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        while running.state("objects") != "ready" or running.pid("objects") in {None, pid}:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)

        again = json.loads((tmp_path / "status.json").read_text())

    assert again["parts"]["objects"]["starts"] == 2
    assert "password" not in json.dumps(again)


async def test_a_part_can_be_stopped_started_restarted_and_frozen(tmp_path: Path) -> None:
    async with system(tmp_path, parts={"objects"}) as running:
        await running.stop_part("objects")
        assert running.pid("objects") is None

        await running.start_part("objects")
        await running.restart("objects", {"CRASH_AT": "nowhere"})
        assert running.env_for("objects")["CRASH_AT"] == "nowhere"

        await running.pause("objects")
        assert running.state("objects") == "paused"
        await running.resume("objects")
        assert running.state("objects") == "ready"
