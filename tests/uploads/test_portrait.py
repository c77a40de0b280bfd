"""The portrait checker (S3-32): measured as stored, brought under the limit by itself, nothing kept."""

import base64
import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from services.uploads.imaging.portrait import fit_portrait
from services.uploads.model import Ground
from services.uploads.portraits import PhotoAnswer
from services.uploads.workshop import ChildWorkshop
from shared.policy.candidate import Link, PhotoSettings
from shared.policy.values import Background, ImageFormat, ImageRule, Severity
from tests.support.specimens.people import Person
from tests.support.specimens.portrait import portrait
from tests.uploads.builders import CANDIDATE, DEMO, REGISTRATION
from tests.uploads.conftest import OTHER, Browser, Uploads
from tests.uploads.pictures import encoded

CHECK = f"/portrait-check?registration={REGISTRATION}"
PERSON = Person("张样例", "370199198906080113")
LIMIT = 30_720
PHOTO = PhotoSettings(
    formats=(ImageFormat.JPEG,),
    min_bytes=5_120,
    max_bytes=LIMIT,
    accept_max_bytes=1_000_000,
    min_width=358,
    max_width=358,
    min_height=441,
    max_height=441,
    background=Background.WHITE,
)


def face(
    size: tuple[int, int] = (358, 441), quality: int = 85, ground: tuple[int, int, int] = (255, 255, 255)
) -> bytes:
    """Return the file of a portrait with the grain of a camera."""
    picture = portrait(PERSON, *size, ground=ground)
    grain = Image.effect_noise(size, 12).convert("RGB")
    return encoded(Image.blend(picture, grain, 0.04), "JPEG", quality=quality)


@pytest.fixture
def uploads() -> Uploads:
    """Return the service under a policy with portrait rules."""
    return Uploads(policy=DEMO.model_copy(update={"photo": PHOTO}))


async def test_a_portrait_that_fits_is_good_and_nothing_is_kept(browser: Browser, uploads: Uploads) -> None:
    content = face(quality=80)

    report = await browser.json("POST", CHECK, data=content)

    assert report == {
        "ok": True,
        "rule": "jpg 格式，宽 358，高 441 像素，不小于 5k，不超过 30k，白色背景",
        "received_bytes": len(content),
        "stored_bytes": len(content),
        "width": 358,
        "height": 441,
        "findings": [],
        "corrected": None,
    }
    assert uploads.raw.objects == {}
    assert uploads.dossiers.dossiers == {}


async def test_every_broken_rule_is_named_at_once(browser: Browser, uploads: Uploads) -> None:
    uploads.workshop.answers["ground"] = Ground((67, 142, 219), 0.98)

    report = await browser.json("POST", CHECK, data=face((300, 300), 40))

    assert not report["ok"]
    assert [finding["code"] for finding in report["findings"]] == [
        "image_too_few_bytes",
        "image_pixels_not_accepted",
        "image_background_not_accepted",
    ]
    assert {finding["severity"] for finding in report["findings"]} == {"refuse"}


async def test_a_rule_may_only_hint(uploads: Uploads) -> None:
    hinting = PHOTO.model_copy(update={"on_violation": {ImageRule.BACKGROUND: Severity.HINT}})
    uploads.policy = DEMO.model_copy(update={"photo": hinting})
    uploads.workshop.answers["ground"] = Ground((67, 142, 219), 0.98)
    use_case = uploads.use_cases.check_portrait

    report = await use_case(REGISTRATION, CANDIDATE, _pieces(face(quality=80)), None)

    assert report.is_good
    assert [finding.severity for finding in report.findings] == [Severity.HINT]


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_a_portrait_that_is_too_large_comes_back_smaller_with_its_stored_size(
    browser: Browser, uploads: Uploads
) -> None:
    smaller = face(quality=70)
    uploads.workshop.answers["portrait"] = smaller
    content = face((716, 882), 95)

    report = await browser.json("POST", CHECK, data=content)

    assert report["ok"]
    assert (report["received_bytes"], report["stored_bytes"]) == (len(content), len(smaller))
    assert base64.b64decode(report["corrected"]) == smaller


async def test_one_that_can_t_be_made_to_fit_says_so(browser: Browser, uploads: Uploads) -> None:
    uploads.workshop.answers["portrait"] = b""

    report = await browser.json("POST", CHECK, data=face((716, 882), 95))

    assert not report["ok"]
    assert report["findings"][0]["code"] == "portrait_too_large"
    assert report["corrected"] is None


async def test_what_is_no_picture_is_refused_as_an_upload_would_be(browser: Browser) -> None:
    problem = await browser.json("POST", CHECK, 415, data=encoded(portrait(PERSON, 30, 40), "PNG"))

    assert problem["detail"].startswith("这个文件实际是 PNG，只接受 JPG/JPEG 格式的图片")


async def test_somebody_else_s_registration_is_as_absent_as_none(browser: Browser) -> None:
    browser.caller = OTHER
    foreign = await browser.json("POST", CHECK, 404, data=face())
    absent = await browser.json("POST", "/portrait-check?registration=nobody", 404, data=face())

    assert foreign["code"] == absent["code"] == "dossier_not_found"


async def test_the_page_says_what_is_asked_of_the_portrait(browser: Browser) -> None:
    page = (await browser.json("GET", f"/dossiers/{REGISTRATION}"))["page"]

    assert page["photo"] == {
        "rule": "jpg 格式，宽 358，高 441 像素，不小于 5k，不超过 30k，白色背景",
        "is_checked_here": True,
        "checker": None,
    }


def test_without_portrait_rules_the_page_offers_a_tool_elsewhere_or_nothing() -> None:
    tool = PhotoSettings(checker=Link(text="照片检测工具", url="https://tool.example/"))

    assert PhotoAnswer.of(DEMO.model_copy(update={"photo": PhotoSettings()})) is None
    elsewhere = PhotoAnswer.of(DEMO.model_copy(update={"photo": tool}))
    assert elsewhere is not None
    assert (elsewhere.is_checked_here, elsewhere.rule) == (False, "")


@pytest.mark.parametrize("size", [(358, 441), (1500, 1848), (4000, 4928)])
def test_s3_32_a_portrait_is_brought_under_30_kb_within_its_window(size: tuple[int, int]) -> None:
    picture = Image.open(io.BytesIO(face(size, 95))).convert("RGB")

    made = fit_portrait(picture, LIMIT, (358, 441), (358, 441))

    assert 0 < len(made) <= LIMIT
    assert Image.open(io.BytesIO(made)).size == (358, 441)


def test_without_a_least_size_a_portrait_rich_in_detail_gets_smaller_until_it_fits() -> None:
    noise = Image.effect_noise((600, 800), 90).convert("RGB")

    made = fit_portrait(noise, LIMIT, (None, None), (None, None))

    assert 0 < len(made) <= LIMIT
    assert fit_portrait(noise, LIMIT, (600, 800), (None, None)) == b""


async def test_a_child_does_all_of_it(uploads: Uploads) -> None:
    darkroom = ChildWorkshop(1)
    use_cases = uploads.use_cases
    check = type(use_cases.check_portrait)(
        uploads.registrations, use_cases.check_portrait.rulebook, darkroom, use_cases.check_portrait.bodies
    )
    try:
        report = await check(REGISTRATION, CANDIDATE, _pieces(face((716, 882), 95)), None)
    finally:
        await darkroom.stop()

    assert report.corrected is not None
    assert report.stored_bytes == len(report.corrected) <= LIMIT
    assert (report.width, report.height) == (358, 441)
