"""Hints about pictures: told to candidate and staff, never a verdict; the camera's to staff with a grant."""

from dataclasses import replace
from typing import Any

import pytest

from services.uploads.handshake import claim
from services.uploads.model import Derivatives, Dossier, Hold
from services.uploads.ports import Grant
from services.uploads.submission import submit
from services.uploads.tasks import Processed
from services.uploads.traits import Camera, Doubt, Traits
from shared.events.uploads import DossierChanged, DossierLocked
from tests.uploads.builders import NOW, REGISTRATION, a_claim, a_full_dossier, rules_of
from tests.uploads.conftest import REVIEWER, Browser, Uploads
from tests.uploads.fakes import TRAITS
from tests.uploads.pictures import jpeg

DOSSIER = f"/dossiers/{REGISTRATION}"
BLURRED = replace(TRAITS, sharpness=9.0)
CAMERA = Camera("Xiaomi", "M2012K11AC", None, "2020:03:11 08:30:00")


async def uploaded(browser: Browser, uploads: Uploads, traits: Traits = BLURRED) -> str:
    """Take in and finish one picture with these traits; return its id."""
    uploads.workshop.answer = Processed(30, 20, b"copy", b"small", traits, CAMERA)
    await browser.json("GET", DOSSIER)
    answer = await browser.upload(jpeg(1), "category=diploma")
    await uploads.work()
    return str((await answer.json())["image_id"])


async def image(browser: Browser) -> Any:  # noqa: ANN401 - JSON
    page = await browser.json("GET", DOSSIER)
    return next(image for category in page["categories"] for image in category["images"])


@pytest.mark.parametrize(
    ("traits", "doubts"),
    [
        (TRAITS, ()),
        (BLURRED, ("blurred",)),
        (replace(TRAITS, brightness=40.0), ("dark",)),
        (replace(TRAITS, glare=0.05), ("glaring",)),
        (replace(BLURRED, brightness=40.0, glare=0.05), ("blurred", "dark", "glaring")),
    ],
)
def test_measures_make_doubts(traits: Traits, doubts: tuple[Doubt, ...]) -> None:
    assert traits.doubts == doubts


async def test_the_candidate_is_told_while_another_picture_can_be_taken_and_nothing_is_refused(
    browser: Browser, uploads: Uploads
) -> None:
    await uploaded(browser, uploads)

    shown = await image(browser)

    assert (shown["state"], shown["doubts"]) == ("uploaded", ["blurred"])


async def test_what_cannot_be_changed_any_more_is_not_doubted(browser: Browser, uploads: Uploads) -> None:
    await uploaded(browser, uploads)
    uploads.put(replace(uploads.dossier, hold=Hold(1, "site", NOW)))

    assert (await image(browser))["doubts"] == []


def test_the_manifest_carries_the_doubts_and_nothing_about_the_camera() -> None:
    full_dossier = submit(a_full_dossier(rules_of()), rules_of(), NOW).dossier
    made = replace(made_of(full_dossier), traits=BLURRED, camera="f1.sealed")
    first, *others = full_dossier.items
    dossier = replace(full_dossier, items=(replace(first, derivatives=made), *others))

    step = claim(dossier, rules_of(), a_claim(1), NOW, NOW)

    assert step is not None
    locked = next(event for event in step.events if isinstance(event, DossierLocked))
    assert [item.doubts for item in locked.items] == [("blurred",), *[()] * len(others)]
    assert "sealed" not in locked.model_dump_json()


def test_a_submission_says_how_many_pictures_may_be_hard_to_see() -> None:
    draft = a_full_dossier(rules_of())
    blurred = replace(made_of(draft), traits=BLURRED)
    first, *others = draft.items

    step = submit(replace(draft, items=(replace(first, derivatives=blurred), *others)), rules_of(), NOW)

    [state] = [event for event in step.events if isinstance(event, DossierChanged)]
    assert (state.stage, state.doubtful) == ("submitted", 1)


def made_of(dossier: Dossier) -> Derivatives:
    made = dossier.items[0].derivatives
    assert made is not None
    return made


async def test_s3_24_staff_with_a_grant_read_the_camera_s_hint_and_nobody_else(
    browser: Browser, uploads: Uploads
) -> None:
    image_id = await uploaded(browser, uploads)
    path = f"/images/{image_id}/facts"
    assert (await browser.call("GET", path)).status == 403
    browser.caller = REVIEWER
    uploads.grants.grants = {
        "good": Grant(REVIEWER.staff_id, REVIEWER.session_id, frozenset({image_id}), "review"),
        "foreign": Grant("staff-2", REVIEWER.session_id, frozenset({image_id}), "review"),
        "other": Grant(REVIEWER.staff_id, REVIEWER.session_id, frozenset({"other"}), "review"),
    }

    response = await browser.call("GET", path, X_View_Grant="good")

    item = uploads.dossier.items[0]
    assert (response.status, await response.json()) == (
        200,
        {
            "image_id": image_id,
            "received_at": NOW.isoformat().replace("+00:00", "Z"),
            "size_bytes": item.size_bytes,
            "sha256": item.sha256,
            "doubts": ["blurred"],
            "camera": {
                "make": "Xiaomi",
                "model": "M2012K11AC",
                "software": None,
                "taken_at": "2020:03:11 08:30:00",
            },
        },
    )
    for token in ("foreign", "other", "bad", ""):
        refused = await browser.call("GET", path, X_View_Grant=token)
        assert refused.status == 403
    assert uploads.views.views == []
