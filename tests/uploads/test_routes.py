"""The endpoints over aiohttp, with fakes behind."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.handshake import send_back
from services.uploads.model import Awaits, Dossier
from services.uploads.routes import routes
from services.uploads.tasks import Unreadable
from shared.web.openapi import description_of
from tests.uploads.builders import (
    NOW,
    REGISTRATION,
    a_registration,
    a_sent_back,
    claimed,
    places_of,
    rules_of,
    with_images,
)
from tests.uploads.conftest import ORIGIN, OTHER, REVIEWER, Browser, Uploads
from tests.uploads.pictures import a_picture, encoded, jpeg, png

DOSSIER = f"/dossiers/{REGISTRATION}"
ID_PROOF = ("front", "back", "handheld")


async def fill(browser: Browser, uploads: Uploads) -> list[str]:
    """Upload what is required and let the workers finish."""
    await browser.json("GET", DOSSIER)
    wanted = [f"category=id_proof&slot={slot}" for slot in ID_PROOF]
    wanted += ["category=diploma", "category=probation_proof", "category=institution_licence"]
    ids = []
    for number, query in enumerate(wanted):
        response = await browser.upload(jpeg(number + 10), query, f"key-{number:08d}")
        assert response.status == 202, await response.text()
        ids.append((await response.json())["image_id"])
    await uploads.work()
    return ids


def category(dossier: dict[str, object], code: str) -> dict[str, object]:
    """Return one category of the page."""
    categories = dossier["categories"]
    assert isinstance(categories, list)
    return next(each for each in categories if each["code"] == code)


async def test_every_route_is_described() -> None:
    assert [route for route in routes if not description_of(route.handler)] == []  # type: ignore[attr-defined]  # all are RouteDefs


async def test_the_dossier_opens_at_first_entry_under_the_policy_of_that_moment(
    browser: Browser, uploads: Uploads
) -> None:
    page = await browser.json("GET", DOSSIER)

    assert (page["stage"], page["locked"], page["can_submit"]) == ("draft", False, True)
    assert page["page"]["heading"] == "报名材料附件"
    assert uploads.dossier.policy_version == uploads.policy.version
    assert uploads.said == ["uploads.dossier.changed"]
    await browser.json("GET", DOSSIER)
    assert uploads.said == ["uploads.dossier.changed"]


async def test_s0_13_the_page_lists_every_category_and_stars_the_required_ones(browser: Browser) -> None:
    page = await browser.json("GET", DOSSIER)

    assert len(page["categories"]) == 12
    starred = [each["code"] for each in page["categories"] if each["required"]]
    assert starred == ["id_proof", "diploma", "probation_proof", "institution_licence"]
    assert page["progress"]["required_total"] == 4
    assert page["progress"]["missing"][0] == {
        "code": "id_proof",
        "name": "身份证明",
        "present": 0,
        "needed": 3,
        "any_of": [],
    }


async def test_s0_16_the_rule_for_files_is_for_every_dialog(browser: Browser) -> None:
    page = (await browser.json("GET", DOSSIER))["page"]

    assert page["hint_in_every_dialog"]
    assert "不超过 200k" in page["file_rule"]
    assert (page["formats"], page["max_bytes"]) == (["jpeg", "png"], 204_800)


async def test_a_foreign_dossier_is_as_if_it_were_not_there(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    browser.caller = OTHER

    for method, path in (
        ("GET", DOSSIER),
        ("DELETE", f"{DOSSIER}/images/x"),
        ("POST", f"{DOSSIER}/submission"),
    ):
        status, problem = await browser.refusal(await browser.call(method, path))
        assert (status, problem["code"]) == (404, "dossier_not_found")
    status, problem = await browser.refusal(await browser.upload(jpeg(), "category=diploma"))
    assert (status, problem["code"]) == (404, "dossier_not_found")
    assert uploads.raw.objects == {}


async def test_nobody_and_staff_have_no_dossier(browser: Browser) -> None:
    for caller, status in ((None, 401), (REVIEWER, 403)):
        browser.caller = caller
        assert (await browser.call("GET", DOSSIER)).status == status


async def test_a_write_from_a_foreign_page_is_refused(browser: Browser) -> None:
    response = await browser.call("POST", f"{DOSSIER}/submission", Origin="https://evil.example")

    assert response.status == 403


async def test_s0_14_an_accepted_picture_is_acknowledged_with_its_digest(
    browser: Browser, uploads: Uploads
) -> None:
    await browser.json("GET", DOSSIER)
    content = jpeg(1)

    response = await browser.upload(content, "category=diploma")

    answer = await response.json()
    assert response.status == 202
    assert answer == {
        "image_id": answer["image_id"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "received_at": "2020-03-12T06:00:00Z",
        "status": "processing",
        "hints": [],
    }
    assert uploads.said[1:] == ["uploads.image.received", "uploads.dossier.changed"]
    image = category(await browser.json("GET", DOSSIER), "diploma")["images"]
    assert isinstance(image, list)
    assert (image[0]["state"], image[0]["open"], image[0]["copy_url"]) == ("processing", True, None)


async def test_the_same_key_with_the_same_bytes_gives_the_same_receipt(
    browser: Browser, uploads: Uploads
) -> None:
    await browser.json("GET", DOSSIER)

    first = await (await browser.upload(jpeg(1), "category=diploma")).json()
    second = await (await browser.upload(jpeg(1), "category=diploma")).json()

    assert first == second
    assert len(uploads.dossier.items) == len(uploads.raw.objects) == 1


async def test_a_repeated_upload_is_known_even_after_it_was_deleted_or_the_dossier_locked(
    browser: Browser, uploads: Uploads
) -> None:
    ids = await fill(browser, uploads)
    await browser.call("DELETE", f"{DOSSIER}/images/{ids[0]}")
    again = await browser.upload(jpeg(10), "category=id_proof&slot=front", "key-00000000")
    assert again.status == 202
    assert uploads.dossier.item(ids[0]) is None

    await browser.upload(jpeg(99), "category=id_proof&slot=front", "key-other")
    await uploads.work()
    await browser.json("POST", f"{DOSSIER}/submission", 201)
    late = await browser.upload(jpeg(13), "category=diploma", "key-00000003")
    assert (late.status, (await late.json())["image_id"]) == (202, ids[3])


async def test_a_key_used_for_other_bytes_is_refused(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=diploma")

    status, problem = await browser.refusal(await browser.upload(jpeg(2), "category=diploma"))

    assert (status, problem["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "short", "with blank in it", "x" * 101])
async def test_an_upload_needs_a_key(browser: Browser, key: str) -> None:
    await browser.json("GET", DOSSIER)

    status, problem = await browser.refusal(await browser.upload(jpeg(1), "category=diploma", key))

    assert (status, problem["code"]) == (422, "idempotency_key_missing")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "image_empty"),
        (b"\xff", 422, "image_damaged"),
        (encoded(a_picture(), "GIF"), 415, "image_type_not_accepted"),
        (jpeg(1)[:-40], 422, "image_damaged"),
        (png(1)[:-4], 422, "image_damaged"),
        (b"x" * 204_801, 413, "image_too_large"),
    ],
)
async def test_s0_15_what_is_no_good_picture_is_refused_at_once_and_leaves_nothing(
    browser: Browser, uploads: Uploads, content: bytes, status: int, code: str
) -> None:
    await browser.json("GET", DOSSIER)

    answer = await browser.refusal(await browser.upload(content, "category=diploma"))

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert uploads.raw.objects == {}
    assert uploads.dossier.items == ()


async def test_c10_exactly_the_limit_is_accepted_and_one_byte_more_is_measured(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    picture = jpeg(1)

    fits = await browser.upload(picture.ljust(204_800, b"\0"), "category=diploma")
    status, problem = await browser.refusal(
        await browser.upload(picture.ljust(205_000, b"\0"), "category=diploma", "key-00000002")
    )

    assert fits.status == 202
    assert status == 413
    assert (problem["measured_bytes"], problem["allowed_bytes"]) == (205_000, 204_800)
    assert "205000 字节" in problem["detail"]


async def test_c10_a_body_without_a_length_is_read_no_further_than_the_limit(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b"\xff" * 65_536

    token = f"__Host-access={browser.signer.access(browser.caller)}" if browser.caller else ""
    headers = {"Origin": ORIGIN, "Cookie": token, "Idempotency-Key": "key-00000001"}
    path = f"/api/uploads{DOSSIER}/images?category=diploma"
    async with browser.client.post(path, data=endless(), headers=headers) as response:
        status, problem = await browser.refusal(response)

    assert (status, problem["code"]) == (413, "image_too_large")
    assert problem["measured_bytes"] <= 204_800 + 65_536


async def test_identical_bytes_are_refused(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=diploma")

    status, problem = await browser.refusal(
        await browser.upload(jpeg(1), "category=student_card", "key-00000002")
    )

    assert (status, problem["code"]) == (409, "identical_image")


async def test_s0_18_a_picture_over_the_category_s_maximum_is_refused(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    for seed in (1, 2):
        await browser.upload(jpeg(seed), "category=diploma", f"key-0000000{seed}")

    status, problem = await browser.refusal(await browser.upload(jpeg(3), "category=diploma", "key-00000003"))

    assert (status, problem["code"]) == (409, "category_full")
    diploma = category(await browser.json("GET", DOSSIER), "diploma")
    assert (diploma["can_add"], diploma["closed_reason"]) == (False, "已有 2 张，不能再添加")


@pytest.mark.parametrize("query", ["category=nothing", "category=id_proof&slot=left"])
async def test_an_unknown_category_or_place_is_refused(browser: Browser, query: str) -> None:
    await browser.json("GET", DOSSIER)

    status, problem = await browser.refusal(await browser.upload(jpeg(1), query))

    assert (status, problem["code"]) == (422, "category_unknown")


async def test_a_query_that_is_wrong_is_refused(browser: Browser) -> None:
    for query in ("", "category=diploma&category=diploma", "category=diploma&more=1"):
        assert (await browser.upload(jpeg(1), query)).status == 422


async def test_s3_26_a_finished_picture_appears_with_its_copy(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=diploma")
    await uploads.work()

    images = category(await browser.json("GET", DOSSIER), "diploma")["images"]
    assert isinstance(images, list)
    image = images[0]
    copy = await browser.call("GET", image["copy_url"].removeprefix("/api/uploads"))

    assert (image["status"], image["state"], image["width"]) == ("ready", "uploaded", 30)
    assert (copy.status, await copy.read()) == (200, b"copy")
    assert copy.content_type == "image/jpeg"
    assert copy.headers["Content-Disposition"] == 'inline; filename="image.jpg"'
    assert copy.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert copy.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert copy.headers["X-Content-Type-Options"] == "nosniff"
    assert copy.headers["Cache-Control"] == "private, no-cache"
    again = await browser.call(
        "GET", image["copy_url"].removeprefix("/api/uploads"), If_None_Match=copy.headers["ETag"]
    )
    assert again.status == 304


async def test_a_picture_is_shown_to_nobody_else(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    image_id = (await (await browser.upload(jpeg(1), "category=diploma")).json())["image_id"]
    assert (await browser.call("GET", f"/images/{image_id}/copy")).status == 404
    await uploads.work()
    assert (await browser.call("GET", f"/images/{image_id}/thumbnail")).status == 200

    for caller, status in ((OTHER, 404), (None, 401), (REVIEWER, 403)):
        browser.caller = caller
        assert (await browser.call("GET", f"/images/{image_id}/copy")).status == status


async def test_s0_19_a_picture_is_deleted_and_another_one_uploaded(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    image_id = (await (await browser.upload(jpeg(1), "category=diploma")).json())["image_id"]

    first = await browser.call("DELETE", f"{DOSSIER}/images/{image_id}")
    again = await browser.call("DELETE", f"{DOSSIER}/images/{image_id}")
    unknown = await browser.call("DELETE", f"{DOSSIER}/images/unknown")
    upload = await browser.upload(jpeg(1), "category=diploma", "key-00000002")

    assert (first.status, again.status, unknown.status, upload.status) == (204, 204, 404, 202)


async def test_s0_22_submitting_locks_and_gives_a_receipt(browser: Browser, uploads: Uploads) -> None:
    ids = await fill(browser, uploads)

    receipt = await browser.json("POST", f"{DOSSIER}/submission", 201)

    page = await browser.json("GET", DOSSIER)
    assert (receipt["images"], receipt["submitted_at"]) == (6, "2020-03-12T06:00:00Z")
    assert (page["stage"], page["locked"], page["locked_reason"]) == ("submitted", True, "submitted")
    assert page["receipt"] == receipt
    states = {image["state"] for each in page["categories"] for image in each["images"]}
    assert states == {"locked"}
    assert uploads.said[-2:] == ["uploads.dossier.submitted", "uploads.dossier.changed"]
    for response in (
        await browser.upload(jpeg(50), "category=diploma", "key-00000050"),
        await browser.call("DELETE", f"{DOSSIER}/images/{ids[0]}"),
        await browser.call("POST", f"{DOSSIER}/submission"),
    ):
        status, problem = await browser.refusal(response)
        assert (status, problem["code"], problem["detail"]) == (
            409,
            "dossier_locked",
            "上报完成，内容已锁定，不能修改",
        )


async def test_s0_33_an_incomplete_dossier_is_refused_by_name(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=diploma")
    await uploads.work()

    status, problem = await browser.refusal(await browser.call("POST", f"{DOSSIER}/submission"))

    assert (status, problem["code"]) == (409, "dossier_incomplete")
    assert problem["detail"] == "还缺少：身份证明、试用期考核合格证明、《医疗机构执业许可证》副本"


async def test_submitting_waits_for_pictures_in_processing(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=diploma")

    status, problem = await browser.refusal(await browser.call("POST", f"{DOSSIER}/submission"))

    assert (status, problem["code"]) == (409, "still_processing")


async def test_overload_is_told_with_a_time_to_come_back(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    with ExitStack() as held:
        for number in range(4):
            held.enter_context(uploads.bodies.place_for(f"candidate-{number}"))
        response = await browser.upload(jpeg(1), "category=diploma")

    assert (response.status, response.headers["Retry-After"]) == (503, "2")
    assert (await response.json())["code"] == "overloaded"
    assert (await browser.upload(jpeg(1), "category=diploma")).status == 202


async def test_b5_without_the_object_store_nothing_is_acknowledged(
    browser: Browser, uploads: Uploads
) -> None:
    await browser.json("GET", DOSSIER)
    uploads.raw.is_down = True
    refused = await browser.upload(jpeg(1), "category=diploma")
    uploads.raw.is_down = False
    accepted = await browser.upload(jpeg(1), "category=diploma")

    assert (refused.status, accepted.status) == (503, 202)
    assert len(uploads.dossier.items) == 1


async def test_uploads_at_once_all_find_their_place(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    queries = ["category=id_proof"] * 3 + ["category=diploma"] * 3 + ["category=probation_proof"] * 4

    responses = []
    for start in range(0, len(queries), 4):
        responses += await asyncio.gather(
            *(
                browser.upload(jpeg(n), query, f"key-{n:08d}")
                for n, query in list(enumerate(queries))[start : start + 4]
            )
        )

    assert sorted(response.status for response in responses) == [202] * 9 + [409]
    assert uploads.dossier.count("id_proof") == 3
    assert len({item.slot for item in uploads.dossier.items if item.category == "id_proof"}) == 3
    assert len(uploads.raw.objects) == 9


def with_send_back(uploads: Uploads, dossier: Dossier) -> Dossier:
    """Return the dossier after its diploma was sent back."""
    rules = rules_of(uploads.policy)
    held = claimed(replace(dossier, stage="submitted"), rules)
    event = a_sent_back(held.items, ["diploma.1"], deadline=NOW + timedelta(hours=24))
    places = [
        replace(
            place,
            reason_label=uploads.ports.cipher.encrypt(place.reason_label, REGISTRATION),
            reason_text=uploads.ports.cipher.encrypt(place.reason_text, REGISTRATION),
        )
        for place in places_of(event)
    ]
    step = send_back(held, rules, event, places, NOW)
    assert step is not None
    return step.dossier


async def test_s0_29_a_returned_picture_is_shown_with_its_reason_and_nothing_else_opens(
    browser: Browser, uploads: Uploads
) -> None:
    rules = rules_of(uploads.policy)
    fresh = Dossier(
        REGISTRATION, a_registration().candidate_id, a_registration().place, uploads.policy.version, NOW
    )
    uploads.put(
        with_send_back(uploads, with_images(fresh, rules, "id_proof.1", "diploma.1", "probation_proof.1"))
    )

    page = await browser.json("GET", DOSSIER)

    assert (page["stage"], page["locked"], page["can_submit"]) == ("returned", False, True)
    assert page["send_back"] == {
        "id": "sb-1",
        "round": 1,
        "level": "site",
        "deadline": "2020-03-13T06:00:00Z",
        "created_at": "2020-03-12T06:00:00Z",
        "items": [
            {
                "category": "diploma",
                "slot": None,
                "image_id": "diploma.1",
                "reason_label": "看不清",
                "text": "毕业证编号无法辨别，请重新上传！",
                "answered_by": None,
                "settled": False,
            }
        ],
    }
    images = {image["image_id"]: image for each in page["categories"] for image in each["images"]}
    assert (images["diploma.1"]["state"], images["diploma.1"]["open"]) == ("returned", True)
    assert images["diploma.1"]["returned"]["text"] == "毕业证编号无法辨别，请重新上传！"
    assert (images["id_proof.1"]["state"], images["id_proof.1"]["open"]) == ("passed", False)
    assert {each["code"] for each in page["categories"] if each["can_add"]} == {"diploma"}

    answer = await browser.upload(jpeg(1), "category=diploma&replaces=diploma.1")
    page = await browser.json("GET", DOSSIER)
    assert answer.status == 202
    assert page["send_back"]["items"][0]["answered_by"] == (await answer.json())["image_id"]
    assert not category(page, "diploma")["can_add"]


async def test_a_refused_picture_is_shown_until_it_is_dismissed(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    image_id = (await (await browser.upload(jpeg(1), "category=diploma")).json())["image_id"]
    uploads.workshop.answer = Unreadable("image_damaged")
    await uploads.work()

    images = category(await browser.json("GET", DOSSIER), "diploma")["images"]
    assert isinstance(images, list)
    assert (images[0]["status"], images[0]["refusal"]["code"]) == ("refused", "image_damaged")
    assert (await browser.call("DELETE", f"{DOSSIER}/images/{image_id}")).status == 204
    assert category(await browser.json("GET", DOSSIER), "diploma")["images"] == []


async def test_a_picture_that_waits_is_shown_with_its_question_and_confirmed_once(
    browser: Browser, uploads: Uploads
) -> None:
    await fill(browser, uploads)
    waiting = replace(uploads.dossier.items[-1], awaits=Awaits.SAME_SHOT)
    uploads.put(replace(uploads.dossier, items=(*uploads.dossier.items[:-1], waiting)))
    page = await browser.json("GET", DOSSIER)
    refused = await browser.json("POST", f"{DOSSIER}/submission", 409)

    statuses = [
        (await browser.call("POST", f"{DOSSIER}/images/{waiting.image_id}/confirmation")).status
        for _ in range(2)
    ]

    image = category(page, waiting.category)["images"][0]  # type: ignore[index]  # JSON
    assert (image["state"], image["awaits"], image["open"]) == ("awaiting", "same_shot", True)
    assert page["progress"]["missing"][0]["code"] == waiting.category
    assert (refused["code"], refused["images"][0]["image_id"]) == ("confirmation_missing", waiting.image_id)
    assert statuses == [204, 204]
    assert (await browser.call("POST", f"{DOSSIER}/submission")).status == 201


async def test_a_picture_that_is_not_there_is_not_confirmed(browser: Browser, uploads: Uploads) -> None:
    await fill(browser, uploads)

    problem = await browser.json("POST", f"{DOSSIER}/images/nobody/confirmation", 404)

    assert problem["code"] == "image_not_found"
