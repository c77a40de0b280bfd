"""Overload on real servers: a full category under fire, and workers that are slow (row B6)."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from minio import Minio

from services.uploads.app import build_worker, composed
from services.uploads.consumers import WATERMARK_IMAGE, worker_subscriptions
from services.uploads.settings import UploadsSettings
from services.uploads.tasks import Made, Task, Unreadable
from services.uploads.use_cases.malware_gate import MalwareGate
from shared.messaging.consumer import consuming
from tests.support.broker import eventually
from tests.uploads.builders import REGISTRATION, a_registration_event
from tests.uploads.fakes import QuickWorkshop
from tests.uploads.machine import Machine
from tests.uploads.pictures import jpeg

pytestmark = pytest.mark.real
IMAGES = f"/dossiers/{REGISTRATION}/images"
MOST = 3
SLOW_SECONDS = 10.0


@dataclass
class SlowWorkshop:
    """Needs ten seconds for a picture, until it is told to hurry; counts what it has in hand."""

    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    quick: QuickWorkshop = field(default_factory=QuickWorkshop)
    in_hand: int = 0
    most_in_hand: int = 0

    async def do(self, task: Task[Made]) -> Made | Unreadable:
        """Return the prepared answer, late."""
        self.in_hand += 1
        self.most_in_hand = max(self.most_in_hand, self.in_hand)
        try:
            await asyncio.wait_for(self.hurry.wait(), SLOW_SECONDS)
        except TimeoutError:
            pass
        finally:
            self.in_hand -= 1
        return cast("Made | Unreadable", await self.quick.do(task))


async def opened(machine: Machine) -> None:
    """Wait until the dossier is there."""
    await machine.say("auth", a_registration_event())

    async def is_open() -> bool:
        return bool((await machine.page())["categories"])

    await eventually(is_open, within=60)


def object_names(machine: Machine) -> set[str]:
    """Return what lies in the bucket."""
    environment = machine.environment
    client = Minio(
        environment["UPLOADS_OBJECTS__ENDPOINT"],
        access_key=environment["UPLOADS_OBJECTS__ACCESS_KEY"],
        secret_key=environment["UPLOADS_OBJECTS__SECRET_KEY"],
        secure=False,
    )
    found = client.list_objects(environment["UPLOADS_OBJECTS__BUCKET"], recursive=True)
    return {str(each.object_name) for each in found}


async def test_fifty_uploads_at_once_leave_three_and_forty_seven_refusals_and_no_orphan(
    machine: Machine,
) -> None:
    async def upload(number: int) -> tuple[int, str]:
        path = f"{IMAGES}?category=military_consent"
        for _ in range(200):
            status, answer = await machine.ask_once(
                "POST", path, jpeg(number), Idempotency_Key=f"key-{number:08d}"
            )
            if status not in {429, 503}:
                return status, json.loads(answer).get("code", "")
            # One candidate has so many connections and no more: the page waits and repeats, as this does.
            await asyncio.sleep(0.1)
        raise TimeoutError(path)

    async with machine.supervised("api"):
        await opened(machine)

        answers = Counter(await asyncio.gather(*(upload(number) for number in range(50))))

        images = await machine.images()
    document = await machine.database["dossiers"].find_one({"_id": REGISTRATION})
    assert document is not None
    assert answers == {(202, ""): MOST, (409, "category_full"): 50 - MOST}
    assert len(images) == MOST
    assert object_names(machine) == {item["original"]["key"] for item in document["items"]}


async def test_b6_slow_workers_hold_two_pictures_and_the_bound_holds_for_the_rest(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded = replace(machine, environment={**machine.environment, "UPLOADS_INTAKE__PROCESSING": "3"})
    slow = SlowWorkshop()
    async with bounded.supervised("api"), slowly_working(bounded, monkeypatch, slow):
        await opened(bounded)
        refusal = await fill(bounded)
        accepted = await bounded.images()
        # Two in the workers' hands, three that wait; what was told a second ago may let two more in.
        assert 3 <= len(accepted) <= 7
        assert refusal["code"] == "overloaded"
        assert 2 <= refusal["retry_after"] <= 60
        assert slow.most_in_hand <= WATERMARK_IMAGE.prefetch == 2
        assert (await bounded.ask("DELETE", f"{IMAGES}/{accepted[-1]['image_id']}"))[0] == 204

        slow.hurry.set()
        await eventually(lambda: _all_ready(bounded), within=60)

        await eventually(lambda: _is_accepted(bounded, 99), within=60)


@asynccontextmanager
async def slowly_working(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, slow: SlowWorkshop
) -> AsyncIterator[None]:
    """Run the worker's subscription in this process, with a workshop that needs ten seconds a picture."""
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    async with composed(UploadsSettings(), "worker") as service:
        worker = build_worker(service.ports, slow, slow, MalwareGate())
        work = worker_subscriptions(
            worker.watermark_image, worker.find_duplicates, worker.copy_images, worker.in_hand
        )
        async with consuming(work, machine.broker, service.runtime.publisher, service.runtime.sealer):
            yield


async def fill(machine: Machine) -> dict[str, Any]:
    """Upload picture after picture until one is sent away; return the refusal."""
    places = [("assistant_certificates", 6), ("probation_proof", 4), ("practice_proof", 4)]
    for number, category in enumerate(name for name, most in places for _ in range(most)):
        status, answer = await machine.ask_once(
            "POST", f"{IMAGES}?category={category}", jpeg(number + 1), Idempotency_Key=f"key-{number:08d}"
        )
        if status == 503:
            return dict(json.loads(answer))
        assert status == 202, answer
    raise AssertionError("nobody was sent away")


async def _all_ready(machine: Machine) -> bool:
    return {image["status"] for image in await machine.images()} == {"ready"}


async def _is_accepted(machine: Machine, number: int) -> bool:
    status, _ = await machine.ask_once(
        "POST", f"{IMAGES}?category=student_card", jpeg(number), Idempotency_Key=f"key-{number:08d}"
    )
    return status == 202
