"""Pictures that came too large: made smaller by the worker, then confirmed by the candidate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from services.uploads.confirmation import confirm
from services.uploads.errors import ConfirmationMissingError
from services.uploads.model import Derivatives, Dossier, Ground, Item
from services.uploads.submission import submit
from services.uploads.tasks import Finish, Shrink, Shrunk, Unreadable
from services.uploads.traits import Camera
from shared.events import Event
from shared.events.uploads import ConfirmationWanted
from shared.policy.candidate import ImageSettings
from shared.policy.category import ImageRules, MaterialCategory
from shared.policy.values import Background, ImageRule, Severity
from tests.uploads.builders import DEMO, NOW, REGISTRATION, rules_of
from tests.uploads.conftest import Browser, Uploads
from tests.uploads.fakes import InMemoryDossiers
from tests.uploads.pictures import jpeg

DOSSIER = f"/dossiers/{REGISTRATION}"
LIMIT = 8_000
SMALLER = b"a smaller picture"
WHITE = ImageRules(background=Background.WHITE)
HINTED = ImageRules(background=Background.WHITE, on_violation={ImageRule.BACKGROUND: Severity.HINT})
POLICY = DEMO.model_copy(
    update={
        "image": ImageSettings(max_bytes=LIMIT, accept_max_bytes=3 * LIMIT),
        "categories": (
            MaterialCategory(code="diploma", name="毕业证书", max_images=3, image=ImageRules(min_width=100)),
            MaterialCategory(code="portrait", name="证件照", max_images=3, image=WHITE),
            MaterialCategory(code="hinted", name="生活照", max_images=3, image=HINTED),
        ),
    }
)


@pytest.fixture
def uploads() -> Uploads:
    """Return the service under a policy that takes larger pictures in than it keeps."""
    made = Uploads(policy=POLICY)
    made.workshop.answers = {
        "shrink": Shrunk(SMALLER, Camera(model="Mi 10")),
        "ground": Ground((60, 120, 200), 0.95),
    }
    return made


async def large(browser: Browser) -> None:
    """Upload a picture that is larger than what is kept."""
    await browser.json("GET", DOSSIER)
    assert (await browser.upload(jpeg().ljust(LIMIT + 1, b"\0"), "category=diploma")).status == 202


class Overtaken(InMemoryDossiers):
    """Dossiers whose images are taken out while a worker is busy with them."""

    @override
    async def finish_image(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, facts: Sequence[Event] = ()
    ) -> bool:
        """Find the image gone."""
        self.dossiers[dossier.registration_id] = replace(dossier, items=())
        return False


def only(uploads: Uploads) -> Item:
    """Return the one live image."""
    (item,) = uploads.dossier.items
    return item


async def test_the_smaller_picture_becomes_the_original_and_the_larger_one_goes(
    browser: Browser, uploads: Uploads
) -> None:
    await large(browser)
    came = only(uploads).original.key

    await uploads.work()

    item = only(uploads)
    assert await uploads.ports.objects.read(item.original) == SMALLER
    assert came not in uploads.raw.objects
    assert len(uploads.raw.objects) == 2
    assert (item.size_bytes, item.original.size_bytes) == (LIMIT + 1, len(SMALLER))


async def test_the_worker_is_told_the_bounds_and_finishes_the_smaller_picture(
    browser: Browser, uploads: Uploads
) -> None:
    await large(browser)

    await uploads.work()

    shrink, finish = uploads.workshop.asked
    assert isinstance(shrink, Shrink)
    assert (shrink.max_bytes, shrink.min_width, shrink.min_height) == (LIMIT, 100, 1)
    assert isinstance(finish, Finish)
    assert finish.content == SMALLER


async def test_it_waits_for_the_candidate_and_shows_both_sizes(browser: Browser, uploads: Uploads) -> None:
    await large(browser)
    await uploads.work()

    page = await browser.json("GET", DOSSIER)

    image = page["categories"][0]["images"][0]
    assert (image["state"], image["awaits"]) == ("awaiting", "shrunk")
    assert (image["size_bytes"], image["stored_bytes"]) == (LIMIT + 1, len(SMALLER))
    with pytest.raises(ConfirmationMissingError):
        submit(uploads.dossier, rules_of(POLICY), NOW)
    assert confirm(uploads.dossier, rules_of(POLICY), image["image_id"], NOW) is not None


async def test_whoever_leaves_the_page_without_a_word_is_told_once_that_it_waits(
    browser: Browser, uploads: Uploads
) -> None:
    await large(browser)
    await uploads.work()

    for _ in range(30):
        uploads.clock.advance(timedelta(minutes=1))
        await uploads.use_cases.run_due()

    told = [event for event in uploads.dossiers.said if isinstance(event, ConfirmationWanted)]
    assert told == [ConfirmationWanted(images=1, categories=("diploma",))]


async def test_what_would_not_be_legible_is_refused_with_both_sizes(
    browser: Browser, uploads: Uploads
) -> None:
    uploads.workshop.answers["shrink"] = Shrunk(b"", Camera())
    await large(browser)

    await uploads.work()

    page = await browser.json("GET", DOSSIER)
    refusal = page["categories"][0]["images"][0]["refusal"]
    assert refusal["code"] == "image_not_shrinkable"
    assert refusal["detail"].startswith(
        "图片有 7.8k（8001 字节），压缩到 7.8k（8000 字节） 以内后文字会看不清"
    )
    assert uploads.dossier.items == ()


async def test_what_can_t_be_read_can_t_be_made_smaller(browser: Browser, uploads: Uploads) -> None:
    uploads.workshop.answers["shrink"] = Unreadable("image_damaged")
    await large(browser)

    await uploads.work()

    assert [entry.code for entry in uploads.dossier.refused] == ["image_damaged"]


async def test_the_camera_is_that_of_the_picture_that_came(browser: Browser, uploads: Uploads) -> None:
    await large(browser)

    await uploads.work()

    item = only(uploads)
    assert item.derivatives is not None
    assert item.derivatives.camera is not None
    assert "Mi 10" in uploads.ports.cipher.decrypt(item.derivatives.camera, item.image_id)


async def test_an_image_taken_out_while_it_is_made_smaller_leaves_no_object_behind(
    browser: Browser, uploads: Uploads
) -> None:
    await large(browser)
    item = only(uploads)
    uploads.dossiers = Overtaken(uploads.dossiers.dossiers)

    await uploads.watermark_image(REGISTRATION, item.image_id)

    assert set(uploads.raw.objects) == {item.original.key}


async def test_a_wrong_background_empties_the_place_and_says_why(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(), "category=portrait")

    await uploads.work()

    (entry,) = uploads.dossier.refused
    assert entry.code == "image_background_not_accepted"
    assert entry.detail.startswith("照片背景要求白色，这张背景约为 #3c78c8")


async def test_where_the_background_only_hints_the_hint_stands_with_the_image(
    browser: Browser, uploads: Uploads
) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(), "category=hinted")

    await uploads.work()

    assert [hint.code for hint in only(uploads).hints] == ["image_background_not_accepted"]
    assert only(uploads).awaits is None
