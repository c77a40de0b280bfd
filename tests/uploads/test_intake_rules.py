"""Intake by the rules of a place: two limits, hints in the receipt, and a way out with every refusal."""

import pytest

from services.uploads.model import Awaits
from services.uploads.routes import post_image
from services.uploads.use_cases.body import BodiesInFlight
from shared.errors import DomainError, InvalidError
from shared.policy.candidate import ImageSettings
from shared.policy.category import ImageRules, MaterialCategory, Slot
from shared.policy.model import Policy
from shared.policy.values import ImageRule, Severity
from shared.web.openapi import description_of
from tests.uploads.builders import DEMO, REGISTRATION
from tests.uploads.conftest import Browser, Uploads
from tests.uploads.pictures import jpeg

DOSSIER = f"/dossiers/{REGISTRATION}"
LIMIT = 8_000
PORTRAIT = ImageRules(min_width=100, max_width=120, min_height=140)
POLICY = DEMO.model_copy(
    update={
        "image": ImageSettings(max_bytes=LIMIT, accept_max_bytes=3 * LIMIT),
        "categories": (
            MaterialCategory(
                code="photos",
                name="照片",
                max_images=2,
                slots=(Slot(code="portrait", name="证件照", image=PORTRAIT), Slot(code="any", name="其他")),
            ),
            MaterialCategory(
                code="diploma",
                name="毕业证书",
                max_images=3,
                image=ImageRules(min_width=2000, on_violation={ImageRule.PIXELS: Severity.HINT}),
            ),
            MaterialCategory(code="extra", name="其他材料", max_images=3, image=ImageRules(max_bytes=99)),
        ),
    }
)


@pytest.fixture
def uploads() -> Uploads:
    """Return the service under a policy with rules per category and slot."""
    assert isinstance(POLICY, Policy)
    return Uploads(policy=POLICY)


def padded(content: bytes, size: int) -> bytes:
    """Return a picture's file of an exact size."""
    return content.ljust(size, b"\0")


@pytest.mark.parametrize(
    ("size", "status", "awaits"),
    [
        (LIMIT, 202, None),
        (LIMIT + 1, 202, Awaits.SHRUNK),
        (3 * LIMIT, 202, Awaits.SHRUNK),
        (3 * LIMIT + 1, 413, None),
    ],
)
async def test_c10_a_picture_is_kept_made_smaller_or_refused_by_its_size(
    browser: Browser, uploads: Uploads, size: int, status: int, awaits: Awaits | None
) -> None:
    await browser.json("GET", DOSSIER)

    response = await browser.upload(padded(jpeg(), size), "category=diploma")

    assert response.status == status
    assert [item.awaits for item in uploads.dossier.items] == ([awaits] if status == 202 else [])


async def test_a_refusal_by_size_names_the_limit_as_received(browser: Browser) -> None:
    await browser.json("GET", DOSSIER)

    _, problem = await browser.refusal(await browser.upload(padded(jpeg(), 90_000), "category=diploma"))

    assert problem["allowed_bytes"] == 3 * LIMIT
    assert problem["hint"].startswith("请在本页选原图")


async def test_a_hint_comes_with_the_receipt_and_stands_with_the_image(
    browser: Browser, uploads: Uploads
) -> None:
    await browser.json("GET", DOSSIER)

    receipt = await (await browser.upload(jpeg(), "category=diploma")).json()
    again = await (await browser.upload(jpeg(), "category=diploma")).json()

    await uploads.work()
    page = await browser.json("GET", DOSSIER)
    image = next(c for c in page["categories"] if c["code"] == "diploma")["images"][0]
    assert [hint["code"] for hint in receipt["hints"]] == ["image_pixels_not_accepted"]
    assert image["hints"] == receipt["hints"] == again["hints"]


async def test_a_slot_with_rules_of_its_own_is_judged_by_them_also_when_it_was_not_named(
    browser: Browser, uploads: Uploads
) -> None:
    await browser.json("GET", DOSSIER)

    refused = await browser.upload(jpeg(1), "category=photos")
    accepted = await browser.upload(jpeg(2, (112, 160)), "category=photos", "key-00000002")
    other = await browser.upload(jpeg(3), "category=photos", "key-00000003")

    assert (await browser.refusal(refused))[1]["code"] == "image_pixels_not_accepted"
    assert (accepted.status, other.status) == (202, 202)
    assert [item.slot for item in uploads.dossier.items] == ["portrait", "any"]


async def test_a_category_has_its_own_limit(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)

    assert (await browser.upload(jpeg(), "category=extra")).status == 202
    assert [item.awaits for item in uploads.dossier.items] == [Awaits.SHRUNK]


async def test_the_bytes_in_memory_are_bounded_not_only_the_number_of_bodies(uploads: Uploads) -> None:
    uploads.bodies = BodiesInFlight(64, most_bytes=100)

    with uploads.bodies.place_for("a", 60):
        with pytest.raises(DomainError), uploads.bodies.place_for("b", 60):
            pass
        with uploads.bodies.place_for("b", 40):
            pass
    with uploads.bodies.place_for("b", 100):
        pass


def test_every_refusal_of_a_picture_says_how_to_go_on() -> None:
    described = description_of(post_image)
    assert described is not None
    generic = {InvalidError}

    silent = [problem for problem in described.problems if not problem.hint and problem not in generic]

    assert silent == []
