"""`kaoshen images rewatermark` on real servers: new pictures first, and a worker killed on the way."""

import asyncio
import json
from typing import Any

import pytest

from tests.support.broker import eventually
from tests.uploads.builders import REGISTRATION, a_registration_event
from tests.uploads.machine import Machine
from tests.uploads.pictures import jpeg

pytestmark = pytest.mark.real
CRASH_POINTS = ("worker.before_renewal", "worker.after_renewal")
OLD, NEW = range(4), range(10, 13)


async def upload(machine: Machine, number: int, category: str) -> None:
    path = f"/dossiers/{REGISTRATION}/images?category={category}"
    content = jpeg(number, (640, 480))
    status, answer = await machine.ask("POST", path, content, Idempotency_Key=f"key-{number:08d}")
    assert status == 202, json.loads(answer)


async def items(machine: Machine, category: str) -> list[dict[str, Any]]:
    dossier = await machine.database["dossiers"].find_one({"_id": REGISTRATION})
    return [item for item in (dossier or {"items": []})["items"] if item["category"] == category]


async def test_new_pictures_go_first_and_a_killed_worker_loses_none(machine: Machine) -> None:
    async def answers() -> bool:
        return bool((await machine.page())["categories"])

    async def are_ready() -> bool:
        return [item["status"] for item in await items(machine, "assistant_certificates")] == ["ready"] * 4

    async def is_asked() -> bool:
        return await machine.database["batches"].count({"finished_at": None}) == 1

    async with machine.supervised("api"):
        async with machine.supervised("worker"):
            await machine.say("auth", a_registration_event())
            await eventually(answers, within=60)
            for number in OLD:
                await upload(machine, number, "assistant_certificates")
            await eventually(are_ready, within=60)
        before = await items(machine, "assistant_certificates")
        # No worker runs: the new pictures wait at the broker, the batch waits in the database.
        for number in NEW:
            await upload(machine, number, "probation_proof")
        asking = asyncio.create_task(machine.command("images", "rewatermark", "--session", "2020"))
        await eventually(is_asked, within=60)
        async with machine.supervised("worker", ",".join(CRASH_POINTS)):
            code, said = await asking
        shown = [await machine.ask("GET", f"/images/{item['image_id']}/copy") for item in before]

    old, new = await items(machine, "assistant_certificates"), await items(machine, "probation_proof")
    assert (code, "marked anew: 4 pictures of 1 dossiers" in said) == (0, True), said
    assert [status for status, _ in shown] == [200] * len(OLD)
    assert {path.name for path in (machine.folder / "crashed").iterdir()} == set(CRASH_POINTS)
    assert [item["status"] for item in new] == ["ready"] * len(NEW)
    assert max(item["derivatives"]["made_at"] for item in new) <= min(
        item["derivatives"]["made_at"] for item in old
    )
    assert all(
        is_now["derivatives"]["copy"]["key"] != was["derivatives"]["copy"]["key"]
        for was, is_now in zip(before, old, strict=True)
    )
