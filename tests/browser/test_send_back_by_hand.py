"""A send-back that went out by mistake gets more time and is taken back, as desk and phone see it."""

import pytest
from playwright.async_api import expect

from deploy.embedded import System
from tests.browser.candidate_page import SETTLED_MS
from tests.browser.play import Play, begin, image_of
from tests.browser.reviewer_page import ReviewerPage
from tests.browser.test_story_by_hand import hand_in, upload_everything
from tests.browser.windows import Windows

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(420)]
WHY = "看错了，图片没有问题"


async def test_a_send_back_gets_more_time_and_is_then_taken_back(system: System, windows: Windows) -> None:
    play = await begin(system, windows, 2)
    await upload_everything(play)
    await hand_in(play)
    desk = await play.reviewer("site_reviewer")

    await send_back_by_mistake(play, desk)
    await give_more_time(play, desk)
    await take_it_back(play, desk)


async def send_back_by_mistake(play: Play, desk: ReviewerPage) -> None:
    case_id = play.registration.registration_id
    await expect(desk.row(case_id)).to_be_visible(timeout=SETTLED_MS)
    await play.windows.shoot(desk.page, "queue", whole=False)
    await desk.open(case_id)
    images = await desk.image_ids()
    diploma = await image_of(desk, "毕业证书")
    for image_id in images:
        if image_id != diploma:
            await desk.pass_picture(image_id)
    await desk.return_picture(diploma, "number_unreadable")
    await desk.conclude()
    await expect(play.candidate.at("returned")).to_have_attribute("data-code", "diploma", timeout=SETTLED_MS)


async def give_more_time(play: Play, desk: ReviewerPage) -> None:
    await desk.at("extend-send-back").click()
    await desk.at("send-back-why").fill("考生单位停电")
    await play.windows.shoot(desk.page, "extend", whole=False)
    await desk.at("send-back-confirm").click()
    await expect(desk.at("send-back-dialog")).to_have_count(0)
    await play.candidate.newest_message("补充材料的时间已延长")
    await play.shoot_candidate("extended")


async def take_it_back(play: Play, desk: ReviewerPage) -> None:
    await desk.at("withdraw-send-back").click()
    await desk.at("send-back-confirm").click()
    await expect(desk.at("send-back-dialog").locator('[role="alert"]')).to_contain_text("请写明原因")
    await desk.at("send-back-why").fill(WHY)
    await play.windows.shoot(desk.page, "withdraw", whole=False)
    await desk.at("send-back-confirm").click()
    await expect(desk.at("send-back-dialog")).to_have_count(0)
    await expect(desk.page.locator('[data-test="case"]')).to_have_attribute(
        "data-case-state", "awaiting_site", timeout=SETTLED_MS
    )
    await expect(desk.page.get_by_text("重新提交", exact=False)).to_have_count(0)
    await play.windows.shoot(desk.page, "withdrawn", whole=False)
    await play.candidate.newest_message("上次的补充要求已撤回")
    await expect(play.candidate.at("returned")).to_have_count(0)
    await play.shoot_candidate("withdrawn")
