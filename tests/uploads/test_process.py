"""The service as processes on real servers: one picture's way, with a process killed at every step."""

import io

import pytest
from PIL import Image

from shared.events.uploads import DossierChanged, ImageReady
from shared.settings import BrokerSettings
from tests.support.broker import eventually, taken
from tests.uploads.builders import REGISTRATION, a_claim, a_registration_event
from tests.uploads.machine import LISTENER, Machine
from tests.uploads.pictures import jpeg

pytestmark = pytest.mark.real
ANEW = "1d2c3b4a-0000-5000-8000-000000000002"
CRASH_POINTS = {
    "api": (
        "uploads.after_receive",
        "uploads.after_put",
        "uploads.after_record",
        "uploads.after_history",
        "uploads.after_hold",
    ),
    "worker": ("worker.after_decode", "worker.after_put", "worker.after_record"),
}


async def heard(settings: BrokerSettings) -> dict[str, str]:
    """Return what uploads said, by event id."""
    events: dict[str, str] = {}
    while (message := await taken(settings, LISTENER.name)) is not None:
        events[message.message_id or ""] = message.type or ""
    return events


@pytest.mark.parametrize("role", list(CRASH_POINTS))
async def test_b1_a_picture_s_way_survives_a_kill_at_every_step_of(machine: Machine, role: str) -> None:
    """Each point kills once, so that the step after it is reached by a process that starts anew."""
    await heard(machine.broker)
    crash_at = ",".join(CRASH_POINTS[role])
    async with (
        machine.supervised("api", crash_at if role == "api" else ""),
        machine.supervised("worker", crash_at if role == "worker" else ""),
        machine.supervised("scheduler"),
    ):
        await machine.say("auth", a_registration_event())
        await eventually(lambda: _answers(machine), within=60)
        original = jpeg(1, (640, 480))
        first = await machine.upload(original, "")
        await eventually(lambda: _ready(machine, first["image_id"]), within=60)
        await _is_watermarked(machine, first["image_id"], original)
        second = await machine.upload(jpeg(2, (640, 480)), f"&replaces={first['image_id']}")
        await eventually(lambda: _ready(machine, second["image_id"]), within=60)
        await eventually(lambda: _is_put_forward(machine), within=60)
        await machine.say("review", a_claim(1))
        await eventually(lambda: _is_held(machine), within=60)
        await eventually(lambda: _outbox_is_empty(machine), within=60)

    # States come as often as they may, and what is passing dies with its process.
    said = sorted(
        kind
        for kind in (await heard(machine.broker)).values()
        if kind not in {DossierChanged.type, ImageReady.type}
    )
    crashed = {path.name for path in (machine.folder / "crashed").iterdir()}
    assert crashed == set(CRASH_POINTS[role])
    assert said == [
        "uploads.dossier.locked",
        "uploads.image.received",
        "uploads.image.received",
    ]
    assert await machine.database["parked"].count({}) == 0


async def test_b1_re_registration_brings_a_picture_once_though_its_worker_dies_with_the_copy(
    machine: Machine,
) -> None:
    await heard(machine.broker)
    async with (
        machine.supervised("api"),
        machine.supervised("worker", "worker.after_copy"),
        machine.supervised("scheduler"),
    ):
        await machine.say("auth", a_registration_event())
        await eventually(lambda: _answers(machine), within=60)
        old = await machine.upload(jpeg(1, (640, 480)), "")
        await eventually(lambda: _ready(machine, old["image_id"]), within=60)
        anew = a_registration_event(registration_id=ANEW, supersedes=REGISTRATION)
        await machine.say("auth", anew, ANEW)
        await eventually(lambda: _answers(machine, ANEW), within=60)
        await eventually(lambda: _has_copy(machine), within=60)
        await eventually(lambda: _outbox_is_empty(machine, 2), within=60)
        old_page = await machine.page()

    [copy] = await machine.database["dossiers"].find({"_id": ANEW}, limit=1)
    [source] = await machine.database["dossiers"].find({"_id": REGISTRATION}, limit=1)
    keys = [document["items"][0]["original"]["key"] for document in (copy, source)]
    assert old_page["stage"] == "closed"
    assert keys[0] != keys[1]
    assert {path.name for path in (machine.folder / "crashed").iterdir()} == {"worker.after_copy"}
    said = [*(await heard(machine.broker)).values()]
    assert said.count("uploads.copies.wanted") == said.count("uploads.dossier.closed") == 1
    assert said.count("uploads.image.ready") == 2
    assert await machine.database["parked"].count({}) == 0


async def _answers(machine: Machine, registration: str = REGISTRATION) -> bool:
    return bool((await machine.page(registration))["categories"])


async def _has_copy(machine: Machine) -> bool:
    page = await machine.page(ANEW)
    images = [image for category in page["categories"] for image in category["images"]]
    return page["copying"] == 0 and [(image["status"], image["carried"]) for image in images] == [
        ("ready", {"session": "2020", "approved": False})
    ]


async def _ready(machine: Machine, image_id: str) -> bool:
    return [(image["image_id"], image["status"]) for image in await machine.images()] == [(image_id, "ready")]


async def _is_put_forward(machine: Machine) -> bool:
    return bool((await machine.page())["stage"] == "submitted")


async def _is_held(machine: Machine) -> bool:
    return bool((await machine.page())["locked_reason"] == "review_in_progress")


async def _outbox_is_empty(machine: Machine, dossiers: int = 1) -> bool:
    return await machine.database["dossiers"].count({"outbox": []}) == dossiers


async def _is_watermarked(machine: Machine, image_id: str, original: bytes) -> None:
    status, content = await machine.ask("GET", f"/images/{image_id}/copy")
    assert status == 200
    copy = Image.open(io.BytesIO(content))
    assert copy.size == (640, 480)
    assert content != original
