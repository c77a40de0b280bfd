"""The story once more, by hand: a candidate with a phone, reviewers at their desks."""

import pytest
from playwright.async_api import expect

from deploy.embedded import System
from tests.browser.candidate_page import SETTLED_MS
from tests.browser.play import Play, begin, file_of, image_of, staff_of
from tests.browser.reviewer_page import ReviewerPage
from tests.browser.windows import Windows
from tests.story.expectations import PASS_WORD, RETURN_TEXT, SUBMITTED_TEXT
from tests.support.specimens import Kind, gif_named_jpg, truncated

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(420)]


async def test_the_story_can_be_played_by_hand_on_phone_and_desktop(system: System, windows: Windows) -> None:
    play = await begin(system, windows, 0)
    await upload_everything(play)
    await hand_in(play)

    desk = await play.reviewer("site_reviewer")
    await send_diploma_back(play, desk)
    await replace_diploma(play)
    await pass_on_site(play, desk)
    await pass_in_district(play)

    await play.candidate.at("back-home").click()
    await expect(play.candidate.at("card-status")).to_contain_text(PASS_WORD, timeout=SETTLED_MS)
    await play.shoot_candidate("passed")


async def test_a_refused_file_is_explained_in_the_dialog_and_nothing_is_kept(
    system: System, windows: Windows
) -> None:
    play = await begin(system, windows, 1)
    candidate = play.candidate
    add = candidate.category("diploma").locator('[data-test="category-upload"]')

    await candidate.choose(add, file_of("毕业证.jpg", gif_named_jpg()))
    await expect(candidate.at("dialog-error")).to_be_visible()
    await play.shoot_candidate("gif-refused")
    await candidate.at("dialog-file-input").set_input_files(file_of("半张.jpg", truncated(play.person)))
    await candidate.at("dialog-submit").click()
    await expect(candidate.at("dialog-error")).to_be_visible()
    await play.shoot_candidate("truncated-refused")
    await candidate.at("dialog-close").click()

    await expect(candidate.category("diploma").locator('[data-test="tile"]')).to_have_count(0)


async def upload_everything(play: Play) -> None:
    candidate = play.candidate
    await candidate.upload("id_proof", play.file(Kind.ID_FRONT), slot="front")
    await candidate.upload("id_proof", play.file(Kind.ID_BACK, "png"), slot="back")
    await candidate.upload("id_proof", play.file(Kind.ID_IN_HAND, "jpeg", 6), slot="handheld")
    await candidate.upload("diploma", play.file(Kind.DIPLOMA_GLARE))
    await candidate.upload("probation_proof", play.file(Kind.PRACTICE_PROOF))
    await candidate.until_copies("id_proof", 3)
    await candidate.until_copies("probation_proof", 1)

    await candidate.category("probation_proof").locator('[data-test="tile-delete"]').click()
    await candidate.upload("probation_proof", play.file(Kind.PRACTICE_PROOF))
    await candidate.until_copies("diploma", 1)
    await candidate.until_copies("probation_proof", 1)
    await play.shoot_candidate("materials-complete")


async def hand_in(play: Play) -> None:
    candidate = play.candidate
    await candidate.submit()
    await expect(candidate.at("receipt-number")).to_be_visible()
    await candidate.newest_message(SUBMITTED_TEXT)
    await expect(candidate.at("category-upload")).to_have_count(0)
    await expect(candidate.at("tile-delete")).to_have_count(0)
    await play.shoot_candidate("submitted")


async def send_diploma_back(play: Play, desk: ReviewerPage) -> None:
    case_id = play.registration.registration_id
    await expect(desk.row(case_id)).to_be_visible(timeout=SETTLED_MS)
    await play.windows.shoot(desk.page, "queue", whole=False)
    await desk.open(case_id)
    images = await desk.image_ids()
    await look_closely(play, desk)
    diploma = await image_of(desk, "毕业证书")
    for image_id in images:
        if image_id != diploma:
            await desk.pass_picture(image_id)
    await desk.thumb(diploma).click()
    await play.windows.shoot(desk.page, "case", whole=False)
    await desk.return_picture(diploma, "number_unreadable")
    await play.windows.shoot(desk.page, "case-returned", whole=False)
    await desk.conclude()
    await play.windows.shoot(desk.page, "case-sent-back", whole=False)
    await desk.back_to_queue()


async def look_closely(play: Play, desk: ReviewerPage) -> None:
    front = await image_of(desk, "身份证明 人像面")
    await desk.thumb(front).click()
    await expect(desk.at("uncover")).to_be_visible()
    await expect(desk.at("original")).to_have_count(0)
    await play.windows.shoot(desk.page, "case-covered", whole=False)
    await desk.uncover(front)
    await play.windows.shoot(desk.page, "case-uncovered", whole=False)
    await desk.at("usual").click()
    await expect(desk.at("uncover")).to_be_visible()
    await desk.cover(await image_of(desk, "身份证明 国徽面"))
    await play.windows.shoot(desk.page, "case-covered-by-hand", whole=False)
    await desk.at("clear-covers").click()
    await expect(desk.at("uncover")).to_have_count(0)


async def replace_diploma(play: Play) -> None:
    candidate = play.candidate
    await candidate.newest_message(RETURN_TEXT)
    returned = candidate.at("returned")
    await expect(returned).to_have_attribute("data-code", "diploma")
    await expect(candidate.at("tile-delete")).to_have_count(0)
    await play.shoot_candidate("sent-back")
    await candidate.at("replace-file-input").set_input_files(play.file(Kind.DIPLOMA))
    await candidate.send()
    await expect(returned).to_have_attribute("data-answered", "true", timeout=SETTLED_MS)
    await play.shoot_candidate("replaced")
    await candidate.submit()
    await candidate.newest_message(SUBMITTED_TEXT)


async def pass_on_site(play: Play, desk: ReviewerPage) -> None:
    await desk.open(play.registration.registration_id, "resubmitted")
    diploma = await image_of(desk, "毕业证书")
    await desk.thumb(diploma).click()
    if not await desk.at("compare-panes").is_visible():
        await desk.at("compare").click()
    await expect(desk.at("compare-old").locator("img")).to_be_visible()
    await expect(desk.at("compare-new").locator("img")).to_be_visible()
    await expect(desk.at("previous")).to_contain_text(RETURN_TEXT)
    await play.windows.shoot(desk.page, "compare", whole=False)
    await desk.at("verdict-pass").click()
    await expect(desk.thumb(diploma)).to_have_attribute("data-verdict", "passed")
    await desk.conclude()
    await play.windows.shoot(desk.page, "site-passed", whole=False)


async def pass_in_district(play: Play) -> None:
    desk = await play.reviewer("district_reviewer")
    await desk.open(play.registration.registration_id)
    images = await desk.image_ids()
    for image_id in images:
        await desk.pass_picture(image_id)
    member = staff_of(play.system, "district_reviewer")[0]
    await desk.open_original(images[0], play.system.plan.registration_system_url, member)
    await play.windows.shoot(desk.page, "case-original", whole=False)
    await desk.conclude()
    await play.windows.shoot(desk.page, "district-passed", whole=False)
