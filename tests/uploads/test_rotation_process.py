"""E3: the master key is rotated while uploads and views go on, the command killed on its way."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field

import pytest

from shared.mongo import Database
from tests.support.broker import eventually
from tests.uploads.builders import REGISTRATION, a_registration_event
from tests.uploads.machine import Machine
from tests.uploads.pictures import jpeg

pytestmark = pytest.mark.real
CRASHES = ("uploads.after_master_key", "uploads.after_rewrapped_page")


@dataclass
class Candidate:
    """Replaces one picture again and again and looks at the others; every answer is written down."""

    machine: Machine
    statuses: list[tuple[str, int]] = field(default_factory=list)
    current: str = ""

    async def replace_once(self, number: int) -> None:
        """Put a picture in the place of the last one."""
        replaces = f"&replaces={self.current}" if self.current else ""
        path = f"/dossiers/{REGISTRATION}/images?category=diploma{replaces}"
        status, answer = await self.machine.ask_once(
            "POST", path, jpeg(number), Idempotency_Key=f"key-{number:08d}"
        )
        self.statuses.append(("upload", status))
        if status == 202:
            self.current = json.loads(answer)["image_id"]

    async def look(self) -> None:
        """Look at every picture that is ready."""
        for image in await self.machine.images():
            if image["status"] == "ready":
                status, _ = await self.machine.ask_once("GET", f"/images/{image['image_id']}/copy")
                # Replaced between the page and the picture, it is gone for the candidate.
                self.statuses.append(("view", 200 if status == 404 else status))

    async def go_on(self, until: asyncio.Event) -> None:
        """Upload and look until told to stop."""
        for number in itertools.count(1):
            await self.replace_once(number)
            await self.look()
            if until.is_set():
                return


async def test_e3_the_master_key_is_rotated_under_load_without_one_failure(machine: Machine) -> None:
    async with machine.supervised("api"), machine.supervised("worker"):
        await machine.say("auth", a_registration_event())
        await eventually(lambda: _answers(machine), within=60)
        candidate, stop = Candidate(machine), asyncio.Event()
        load = asyncio.create_task(candidate.go_on(stop))
        await eventually(lambda: _versions(machine.database, 5), within=60)

        for point in CRASHES:
            code, _ = await machine.command("keys", "rotate", crash_at=point)
            assert code == -9, point
        code, said = await machine.command("keys", "rotate")

        assert (code, "current k2" in said) == (0, True), said
        await eventually(lambda: _versions(machine.database, 12), within=60)
        stop.set()
        await load
        await eventually(lambda: _is_ready(machine), within=60)
        (machine.folder / "keys" / "uploads" / "objects.key").unlink()
        await candidate.look()
        listed = await machine.command("keys", "list")
        checked = await machine.command("images", "check", REGISTRATION)

    assert {status for status in candidate.statuses if status[1] >= 300} == set()
    assert {"upload", "view"} == {what for what, _ in candidate.statuses}
    assert listed[1].startswith("k2  current")
    assert "k1" not in listed[1]
    assert checked[0] == 0


async def test_e3_without_its_key_a_picture_waits_for_it_and_the_operator_reads_which(
    machine: Machine,
) -> None:
    async with machine.supervised("api"), machine.supervised("worker"):
        await machine.say("auth", a_registration_event())
        await eventually(lambda: _answers(machine), within=60)
        candidate = Candidate(machine)
        await candidate.replace_once(1)
        await eventually(lambda: _is_ready(machine), within=60)
        file = machine.folder / "keys" / "uploads" / "objects.key"
        key = file.read_bytes()

        file.unlink()
        await candidate.look()
        code, said = await machine.command("images", "check", REGISTRATION)
        file.write_bytes(key)
        await candidate.look()

    assert candidate.statuses == [("upload", 202), ("view", 503), ("view", 200)]
    reported = [line for line in said.splitlines() if line.startswith(REGISTRATION)]
    assert (code, len(reported)) == (2, 3), said
    assert {"master key k1 of objects is missing" in line for line in reported} == {True}


async def _answers(machine: Machine) -> bool:
    return bool((await machine.page())["categories"])


async def _versions(database: Database, number: int) -> bool:
    return await database["image_versions"].count({}) >= number


async def _is_ready(machine: Machine) -> bool:
    images = await machine.images()
    return bool(images) and all(image["status"] == "ready" for image in images)
