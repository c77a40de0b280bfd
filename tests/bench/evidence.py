"""Looks for itself what the stores and the queues hold: no code of the services is asked."""

import asyncio
from typing import Any

import urllib3
from minio import Minio
from pymongo import AsyncMongoClient

from deploy.embedded import System
from deploy.rabbitmq.topology import all_queues
from shared.messaging.publisher import connect
from shared.messaging.topology import RETRY_TIERS, parked_queue
from shared.settings import BrokerSettings
from tests.bench.verdict import Found, Kept

BUCKET = "kaoshen-images"
SERVICES = ("auth", "uploads", "review", "notify")


async def found_in(system: System) -> Found:
    """Return everything that is there now."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.mongo_url("admin"))
    async with client:
        database = client[system.mongo_database("uploads")]
        dossiers = await database["dossiers"].find().to_list()
        versions = await database["image_versions"].find().to_list()
    live = [_kept(item, dossier["_id"], is_live=True) for dossier in dossiers for item in dossier["items"]]
    dead = [_kept(version["item"], version["registration_id"], is_live=False) for version in versions]
    return Found(
        images=[*live, *dead],
        objects=await asyncio.to_thread(_objects, system),
        queues=await _queues(system),
        waiting_events=sum(len(dossier.get("outbox", ())) for dossier in dossiers),
    )


def _kept(item: dict[str, Any], registration_id: str, *, is_live: bool) -> Kept:
    made = item["derivatives"] or {}
    named = {item["original"]["key"], *(made[part]["key"] for part in ("copy", "thumbnail") if part in made)}
    return Kept(
        image_id=item["image_id"],
        registration_id=registration_id,
        sha256=item["sha256"],
        is_ready=item["status"] == "ready",
        is_live=is_live,
        objects=tuple(sorted(named)),
    )


def _objects(system: System) -> set[str]:
    accounts = system.plan.accounts
    store = Minio(
        endpoint=f"127.0.0.1:{system.plan.ports.objects}",
        access_key=accounts.objects_access,
        secret_key=accounts.objects_secret,
        secure=False,
        region="us-east-1",
        http_client=urllib3.PoolManager(timeout=urllib3.Timeout(60.0)),
    )
    listed = store.list_objects(bucket_name=BUCKET, recursive=True)
    return {str(each.object_name) for each in listed}


async def _queues(system: System) -> dict[str, int]:
    names = [queue.name for queue in all_queues()]
    names += [name for name, _ in RETRY_TIERS] + [parked_queue(service) for service in SERVICES]
    connection = await connect(BrokerSettings.model_validate({"url": system.broker_url("admin")}), "bench")
    try:
        channel = await connection.channel()
        declared = [await channel.declare_queue(name, passive=True) for name in names]
    finally:
        await connection.close()
    return {queue.name: queue.declaration_result.message_count or 0 for queue in declared}
