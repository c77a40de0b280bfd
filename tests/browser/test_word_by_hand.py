"""Pictures that wait for their candidate's word, by hand: made smaller, or returned before."""

from collections.abc import Iterator

import pytest
from playwright.async_api import FilePayload, expect

from deploy.embedded import System
from tests.browser.candidate_page import SETTLED_MS
from tests.browser.play import Play, begin, file_of, image_of
from tests.browser.reviewer_page import ReviewerPage
from tests.browser.windows import Windows
from tests.story.expectations import RETURN_TEXT
from tests.support.demo_system import demo_system
from tests.support.policy_files import AUTOSAVE, a_policy_file
from tests.support.specimens import oversized

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(420)]

# With a least width a page must not make a picture smaller by itself: the server does, and asks.
SHRINKING = f"""{AUTOSAVE}
image: {{accept_max_bytes: 12582912}}
viewing: {{masks: []}}
categories:
  - code: diploma
    name: 毕业证书
    required_when: "true"
    image: {{min_width: 200}}
    reasons: [{{code: number_unreadable, label: 编号无法辨别, text: {RETURN_TEXT}}}]
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh system that makes large pictures smaller."""
    home = tmp_path_factory.mktemp("word")
    with demo_system(home / "system", (a_policy_file(home / "policies", SHRINKING),)) as running:
        yield running


async def test_a_word_is_asked_for_where_a_picture_is_not_what_was_sent_or_was_sent_before(
    system: System, windows: Windows
) -> None:
    play = await begin(system, windows, 0)
    large = file_of("diploma.jpg", oversized(play.person))
    await confirm_the_smaller_picture(play, large)

    desk = await play.reviewer("site_reviewer")
    await expect(desk.row(play.registration.registration_id)).to_be_visible(timeout=SETTLED_MS)
    await desk.open(play.registration.registration_id)
    await send_back(desk)
    await send_the_returned_shot_anyway(play, large)


async def confirm_the_smaller_picture(play: Play, large: FilePayload) -> None:
    candidate = play.candidate
    add = candidate.category("diploma").locator('[data-test="category-upload"]')
    await candidate.choose(add, large)
    await expect(candidate.at("dialog-server-shrinks")).to_be_visible()
    await play.shoot_candidate("server-shrinks")
    await candidate.send()

    confirm = candidate.at("tile-confirm")
    await expect(confirm).to_be_visible(timeout=SETTLED_MS)
    await expect(candidate.at("tile-word")).to_have_text("已压缩，等您确认")
    await expect(candidate.at("tile-sizes")).to_contain_text("请放大看文字是否清楚")
    await expect(candidate.at("next-step")).to_have_text("有 1 张图片等您确认")
    await play.shoot_candidate("confirm-smaller")

    await confirm.click()
    await candidate.until_copies("diploma", 1)
    await expect(candidate.at("materials")).to_have_attribute("data-stage", "submitted", timeout=SETTLED_MS)


async def send_back(desk: ReviewerPage) -> None:
    await desk.return_picture(await image_of(desk, "毕业证书"), "number_unreadable")
    await desk.conclude()


async def send_the_returned_shot_anyway(play: Play, large: FilePayload) -> None:
    candidate = play.candidate
    await candidate.newest_message(RETURN_TEXT)
    await candidate.at("replace-file-input").set_input_files(large)
    await expect(candidate.at("dialog-chosen")).to_be_visible()
    await candidate.at("dialog-submit").click()

    anyway = candidate.at("dialog-submit")
    await expect(anyway).to_have_text("仍然提交", timeout=SETTLED_MS)
    await expect(candidate.at("dialog-error")).to_be_visible()
    await expect(anyway).to_be_in_viewport(ratio=1)
    await play.shoot_candidate("same-shot-question")

    await anyway.click()
    await expect(candidate.at("dialog")).to_be_hidden(timeout=SETTLED_MS)
    # The server makes it smaller once more, and asks once more.
    await candidate.at("tile-confirm").click(timeout=SETTLED_MS)
    await expect(candidate.at("tile-confirm")).to_be_hidden(timeout=SETTLED_MS)
    await expect(candidate.at("returned")).to_have_attribute("data-answered", "true", timeout=SETTLED_MS)
    await play.shoot_candidate("same-shot-sent")
