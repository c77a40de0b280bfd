"""E3, E6, B16: the disks tell nothing, after a purge nothing is left, and what is lost is named."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from deploy.embedded import System
from services.uploads.model import Item
from tests.support.broker import eventually
from tests.uploads.builders import (
    REGISTRATION,
    a_claim,
    a_dossier,
    a_registration_event,
    a_sent_back,
    an_object,
)
from tests.uploads.machine import Machine
from tests.uploads.pictures import a_picture, encoded

pytestmark = pytest.mark.real

PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
PLANTED = "planted-byte-string-4711"
CANARIES = (
    "欧阳䶮样例",
    "370199198906089876",
    "13987654321",
    "章丘市中医院",
    "章盖得太淡，看不清编号",
    PLANTED,
)
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gbk")
CRASHES = (
    "uploads.after_deletion_taken",
    "uploads.after_objects_named",
    "uploads.after_keys_destroyed",
    "uploads.after_some_objects",
    "uploads.after_objects_deleted",
    "uploads.after_registration_erased",
    "uploads.after_deletion_audited",
)


def a_planted_picture(seed: int, kind: str) -> bytes:
    """Return a picture with words in its metadata."""
    picture = a_picture(seed, (320, 240))
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x010E] = PLANTED
        return encoded(picture, kind, comment=PLANTED.encode(), exif=exif)
    words = PngInfo()
    words.add_text("Comment", PLANTED)
    return encoded(picture, kind, pnginfo=words)


async def a_person_with_papers(machine: Machine) -> list[str]:
    """Have a registration and two finished pictures, one of them returned in a reviewer's words."""
    name, id_number, phone, employer, words, _ = CANARIES
    private = {"name": name, "id_number": id_number, "phone": phone}
    attributes = {"attributes": {"route": "degree", "employer_type": "other", "employer": employer}}
    event = a_registration_event()
    event = event.model_copy(update={"private": event.private.model_copy(update=private | attributes)})
    await machine.say("auth", event)
    await eventually(lambda: _answers(machine), within=60)
    ids = []
    for number, (category, kind) in enumerate((("diploma", "JPEG"), ("id_proof", "PNG"))):
        status, answer = await machine.ask(
            "POST",
            f"/dossiers/{REGISTRATION}/images?category={category}",
            a_planted_picture(number + 1, kind),
            Idempotency_Key=f"key-{number:08d}",
        )
        assert status == 202, answer
        ids.append(json.loads(answer)["image_id"])
    await eventually(lambda: _all_ready(machine, 2), within=60)
    await machine.say("review", a_claim(1))
    await eventually(lambda: _is(machine, "review_in_progress"), within=60)
    live = [_an_item(image_id, "diploma") for image_id in ids]
    await machine.say("review", a_sent_back(live, ids[:1], text=words))
    await eventually(lambda: _is(machine, None), within=60)
    return ids


async def test_e3_the_folders_of_store_and_database_tell_nothing(machine: Machine, servers: System) -> None:
    async with machine.supervised("api"), machine.supervised("worker"):
        await a_person_with_papers(machine)
        page = (await machine.ask("GET", f"/dossiers/{REGISTRATION}"))[1].decode()
    data = servers.plan.layout.data
    bucket = data / "objects" / machine.environment["UPLOADS_OBJECTS__BUCKET"]

    # What is looked for was really there, and the scan finds what lies open.
    assert CANARIES[4] in page
    assert list(_hits(data / "database", [REGISTRATION]))
    assert len([path for path in bucket.rglob("*") if path.is_file()]) == 4
    assert list(_hits(bucket, CANARIES)) == []
    assert list(_hits(data / "database", CANARIES)) == []
    assert list(_pictures(data / "objects")) + list(_pictures(data / "database")) == []


async def test_e6_a_purge_killed_at_every_step_leaves_nothing_but_the_audit(
    machine: Machine, servers: System
) -> None:
    async with (
        machine.supervised("api"),
        machine.supervised("worker"),
        machine.supervised("scheduler", ",".join(CRASHES)),
    ):
        ids = await a_person_with_papers(machine)
        words = ("--by", "clerk-1", "--reason", "requested by the person")
        assert (await machine.command("retention", "erase", REGISTRATION, *words))[0] == 0
        clock_moving = asyncio.create_task(_move(machine))
        try:
            await eventually(lambda: _is_done(machine), within=120)
        finally:
            clock_moving.cancel()
        gone = await machine.ask_once("GET", f"/dossiers/{REGISTRATION}")
        picture = await machine.ask_once("GET", f"/images/{ids[0]}/copy")
        reconciled = await machine.command("images", "reconcile", "--read")

    crashed = {path.name for path in (machine.folder / "crashed").iterdir()}
    acts = [each["act"] for each in await machine.database["audit"].find({})]
    bucket = servers.plan.layout.data / "objects" / machine.environment["UPLOADS_OBJECTS__BUCKET"]
    assert crashed == set(CRASHES)
    assert sorted(acts) == ["dossier_erased", "erasure_requested"]
    assert [path for path in bucket.rglob("*") if path.is_file()] == []
    assert await _texts_under_keys(machine) == {"audit.reason", "deletions.reason"}
    assert (gone[0], json.loads(gone[1])["code"]) == (410, "dossier_erased")
    assert (picture[0], json.loads(picture[1])["code"]) == (410, "image_erased")
    assert reconciled[0] == 0, reconciled[1]


async def test_b16_reconcile_names_what_is_missing_or_was_changed_and_sweeps_what_nobody_names(
    machine: Machine, servers: System
) -> None:
    bucket = servers.plan.layout.data / "objects" / machine.environment["UPLOADS_OBJECTS__BUCKET"]
    async with machine.supervised("api"), machine.supervised("worker"), machine.supervised("scheduler"):
        ids = await a_person_with_papers(machine)
        clean = await machine.command("images", "reconcile")
        stray = bucket / REGISTRATION / "stray" / "object"
        stray.parent.mkdir()
        stray.write_bytes(b"what a killed upload left")
        _make_old(stray)
        lost, flipped = sorted(path for path in (bucket / REGISTRATION / ids[0]).iterdir())[:2]
        lost.unlink()
        content = flipped.read_bytes()
        flipped.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        _look_anew(servers)

        code, said = await machine.command("images", "reconcile", "--read")
        await eventually(lambda: _is_gone(stray), within=30)

    assert clean[0] == 0, clean[1]
    assert code == 2
    assert f"missing  {lost.relative_to(bucket)}" in said
    assert f"broken  {flipped.relative_to(bucket)}: the content was changed" in said
    assert f"orphan  {stray.relative_to(bucket)}" in said


def _hits(folder: Path, words: tuple[str, ...] | list[str]) -> Iterator[str]:
    """Yield the files in which a word stands, in any encoding."""
    wanted = {
        word.encode(encoding): word for word in words for encoding in ENCODINGS if _can_be(word, encoding)
    }
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield from (f"{path.name}: {word}" for text, word in wanted.items() if text in content)


def _can_be(word: str, encoding: str) -> bool:
    try:
        word.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _pictures(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and path.read_bytes().startswith(PICTURE_STARTS):
            yield path.name


async def _texts_under_keys(machine: Machine) -> set[str]:
    """Return the fields that hold anything encrypted or any wrapped key, by collection."""
    names = ("dossiers", "registrations", "image_versions", "audit", "deletions", "legal_holds", "parked")
    return {
        f"{name}.{place}"
        for name in names
        for document in await machine.database[name].find({})
        for place in _under_keys(document)
    }


def _under_keys(node: object, place: str = "") -> Iterator[str]:
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = [("[]", child) for child in node]
    elif isinstance(node, str) and node.startswith("k1."):
        yield place
    for name, child in children:
        yield from _under_keys(child, f"{place}.{name}" if place else str(name))


def _look_anew(servers: System) -> None:
    """Have the store forget what it remembers of its folders, which were changed behind its back."""
    pid = servers.pid("objects")
    assert pid is not None
    os.kill(pid, signal.SIGHUP)


def _make_old(path: Path) -> None:
    then = path.stat().st_mtime - timedelta(days=2).total_seconds()
    os.utime(path, (then, then))


def _an_item(image_id: str, category: str) -> Item:
    return Item(image_id, category, None, "0" * 64, 1, a_dossier().opened_at, original=an_object())


async def _move(machine: Machine) -> None:
    """Let a minute and more pass again and again: what a killed process had taken is due again."""
    while True:
        await asyncio.sleep(1.5)
        machine.clock.advance(timedelta(minutes=2))


async def _answers(machine: Machine) -> bool:
    return bool((await machine.page())["categories"])


async def _all_ready(machine: Machine, number: int) -> bool:
    return [image["status"] for image in await machine.images()] == ["ready"] * number


async def _is(machine: Machine, reason: str | None) -> bool:
    page = await machine.page()
    return bool(page["locked_reason"] == reason)


async def _is_done(machine: Machine) -> bool:
    return await machine.database["deletions"].count({"done_at": {"$ne": None}}) == 1


async def _is_gone(path: Path) -> bool:
    return not await asyncio.to_thread(path.exists)
