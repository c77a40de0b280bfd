"""Nothing is submitted: an autosaved dossier by hand, from the first picture to the answered send-back."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from deploy.embedded import System
from tests.browser.candidate_page import SETTLED_MS, CandidatePage
from tests.browser.play import Play, begin, image_of
from tests.browser.reviewer_page import ReviewerPage
from tests.browser.windows import Windows
from tests.story.expectations import RETURN_TEXT
from tests.support.demo_system import demo_system
from tests.support.policy_files import AUTOSAVE, a_policy_file
from tests.support.specimens import Kind

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(420)]

SAVED = re.compile(r"已自动保存 \d{2}:\d{2}:\d{2}，无需提交")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh system on which nobody submits anything."""
    home = tmp_path_factory.mktemp("autosave")
    with demo_system(home / "system", (a_policy_file(home / "policies", AUTOSAVE),)) as running:
        yield running


async def test_s3_12_without_a_submission_by_hand(system: System, windows: Windows) -> None:
    play = await begin(system, windows, 0)
    await upload_and_see_it_saved(play)

    desk = await play.reviewer("site_reviewer")
    await be_under_review(play, desk)
    await send_back(desk)
    await answer_with_the_button(play)

    await desk.back_to_queue()
    await desk.open(play.registration.registration_id, "resubmitted")


async def upload_and_see_it_saved(play: Play) -> None:
    candidate = play.candidate
    await expect(candidate.at("submit-dossier")).to_have_count(0)
    await candidate.upload("diploma", play.file(Kind.DIPLOMA_GLARE))
    await candidate.upload("probation_proof", play.file(Kind.PRACTICE_PROOF))
    await candidate.until_copies("diploma", 1)
    await candidate.until_copies("probation_proof", 1)
    await expect(candidate.at("autosaved")).to_have_text(SAVED)
    await until_stage(candidate, "submitted")
    await expect(candidate.at("submit-dossier")).to_have_count(0)
    # S3-27: until a reviewer begins, every picture may still be deleted.
    await expect(candidate.at("tile-delete")).to_have_count(2)
    await play.shoot_candidate("autosaved")


async def be_under_review(play: Play, desk: ReviewerPage) -> None:
    await expect(desk.row(play.registration.registration_id)).to_be_visible(timeout=SETTLED_MS)
    await desk.open(play.registration.registration_id)
    next_step = play.candidate.at("next-step")
    await expect(next_step).to_have_text("审核进行中，现在无需操作", timeout=SETTLED_MS)
    await expect(play.candidate.at("tile-delete")).to_have_count(0)
    await play.shoot_candidate("under-review")


async def send_back(desk: ReviewerPage) -> None:
    diploma = await image_of(desk, "毕业证书")
    for image_id in await desk.image_ids():
        if image_id != diploma:
            await desk.pass_picture(image_id)
    await desk.return_picture(diploma, "number_unreadable")
    await desk.conclude()


async def answer_with_the_button(play: Play) -> None:
    candidate = play.candidate
    await candidate.newest_message(RETURN_TEXT)
    button = candidate.at("submit-dossier")
    await expect(button).to_have_text("我已补充完毕", timeout=SETTLED_MS)
    await button.click()
    await expect(candidate.at("missing-sheet")).to_be_visible()
    await play.shoot_candidate("still-missing")
    await candidate.page.keyboard.press("Escape")
    await candidate.at("replace-file-input").set_input_files(play.file(Kind.DIPLOMA))
    await candidate.send()
    await expect(candidate.at("returned")).to_have_attribute("data-answered", "true", timeout=SETTLED_MS)
    await play.shoot_candidate("answered")
    await candidate.submit()
    await until_stage(candidate, "submitted")
    await expect(button).to_have_count(0)
    await play.shoot_candidate("handed-over")


async def until_stage(candidate: CandidatePage, stage: str) -> None:
    await expect(candidate.at("materials")).to_have_attribute("data-stage", stage, timeout=SETTLED_MS)
