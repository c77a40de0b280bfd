"""The owner's pictures: asked for each time, gone when they are gone, and never an empty answer."""

import contextlib
import random
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from services.uploads.errors import ImageNotFoundError
from services.uploads.model import Item
from tests.uploads.builders import CANDIDATE, REGISTRATION
from tests.uploads.conftest import Browser, Uploads
from tests.uploads.pictures import jpeg

DOSSIER = f"/dossiers/{REGISTRATION}"


async def a_ready_picture(browser: Browser, uploads: Uploads) -> Item:
    """Upload a diploma and let the workers finish it."""
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=diploma")
    await uploads.work()
    return uploads.dossier.items[-1]


async def test_d2_a_browser_asks_each_time_and_gets_no_bytes_that_it_has(
    browser: Browser, uploads: Uploads
) -> None:
    path = f"/images/{(await a_ready_picture(browser, uploads)).image_id}/copy"
    first = await browser.call("GET", path)
    uploads.raw.is_down = True

    again = await browser.call("GET", path, If_None_Match=f'"other", {first.headers["ETag"]}')

    assert (first.status, await first.read()) == (200, b"copy")
    assert (first.headers["Cache-Control"], first.headers["Vary"]) == ("private, no-cache", "Cookie")
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


async def test_d2_a_picture_that_was_deleted_is_gone_also_for_who_has_it_in_the_cache(
    browser: Browser, uploads: Uploads
) -> None:
    item = await a_ready_picture(browser, uploads)
    path = f"/images/{item.image_id}/copy"
    tag = (await browser.call("GET", path)).headers["ETag"]
    await browser.call("DELETE", f"{DOSSIER}/images/{item.image_id}")

    status, problem = await browser.refusal(await browser.call("GET", path, If_None_Match=tag))

    assert (status, problem["code"]) == (404, "image_not_found")


async def test_a_picture_that_was_replaced_is_gone_for_its_owner(browser: Browser, uploads: Uploads) -> None:
    old = await a_ready_picture(browser, uploads)
    answer = await browser.upload(jpeg(2), f"category=diploma&replaces={old.image_id}", "key-00000002")
    await uploads.work()

    assert (await browser.call("GET", f"/images/{old.image_id}/thumbnail")).status == 404
    new = (await answer.json())["image_id"]
    assert (await browser.call("GET", f"/images/{new}/thumbnail")).status == 200


@pytest.mark.parametrize("kind", ["copy", "thumbnail"])
@pytest.mark.parametrize("damage", ["missing", "changed", "empty"])
async def test_b16_a_lost_picture_is_named_and_alarmed(
    browser: Browser, uploads: Uploads, kind: str, damage: str
) -> None:
    item = await a_ready_picture(browser, uploads)
    assert item.derivatives is not None
    key = getattr(item.derivatives, kind).key
    content = uploads.raw.objects.pop(key)
    if damage != "missing":
        uploads.raw.objects[key] = bytes(byte ^ 1 for byte in content) if damage == "changed" else b""
    before = REGISTRY.get_sample_value("kaoshen_pictures_lost_total") or 0

    with capture_logs() as logs:
        response = await browser.call("GET", f"/images/{item.image_id}/{kind}")

    status, problem = await browser.refusal(response)
    assert (status, problem["code"]) == (410, "image_lost")
    assert problem["detail"] == (
        "图片文件在存储中丢失或损坏，已通知管理员；考生可重新上传这一张，不能上传时请联系考点"
    )
    assert REGISTRY.get_sample_value("kaoshen_pictures_lost_total") == before + 1
    alarms = [(entry["event"], entry["image_id"]) for entry in logs if entry["log_level"] == "error"]
    assert alarms == [("picture.lost", item.image_id)]


async def test_b5_a_store_that_does_not_answer_is_no_lost_picture(browser: Browser, uploads: Uploads) -> None:
    item = await a_ready_picture(browser, uploads)
    uploads.raw.is_down = True

    response = await browser.call("GET", f"/images/{item.image_id}/copy")

    assert (response.status, "Retry-After" in response.headers) == (503, True)
    assert (await response.json())["code"] == "object_store_unavailable"


async def test_d2_ten_thousand_neighbouring_guesses_hit_nothing(browser: Browser, uploads: Uploads) -> None:
    item, chance = await a_ready_picture(browser, uploads), random.Random(2)
    digits = list(item.image_id)
    show = uploads.use_cases.show_image

    hits = 0
    for _ in range(10_000):
        guess = digits.copy()
        for place in chance.sample(
            [n for n, digit in enumerate(digits) if digit != "-"], chance.randint(1, 3)
        ):
            guess[place] = chance.choice("0123456789abcdef")
        if guess == digits:
            continue
        with contextlib.suppress(ImageNotFoundError):
            await show("".join(guess), CANDIDATE, "copy")
            hits += 1

    assert hits == 0
    assert UUID(item.image_id).version == 5
