"""A blurred paper: the desk's queue says so before anybody opens the case, and nothing is refused for it."""

import io

import pytest
from PIL import Image, ImageFilter
from playwright.async_api import FilePayload, expect

from deploy.embedded import System
from tests.browser.candidate_page import SETTLED_MS
from tests.browser.play import Play, begin, file_of
from tests.browser.test_story_by_hand import hand_in, upload_everything
from tests.browser.windows import Windows
from tests.support.specimens import Kind

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(420)]


async def test_the_queue_points_at_what_may_be_hard_to_see(system: System, windows: Windows) -> None:
    play = await begin(system, windows, 3)
    candidate = play.candidate
    await upload_everything(play)
    await candidate.category("diploma").locator('[data-test="tile-delete"]').click()
    await candidate.upload("diploma", blurred(play))
    await candidate.until_copies("diploma", 1)
    await hand_in(play)

    desk = await play.reviewer("site_reviewer")

    row = desk.row(play.registration.registration_id)
    await expect(row.locator('[data-test="queue-doubtful"]')).to_contain_text(
        "1 张可能看不清", timeout=SETTLED_MS
    )
    await windows.shoot(desk.page, "queue-doubtful", whole=False)


def blurred(play: Play) -> FilePayload:
    """Return a diploma that the hand has shaken."""
    paper = play.file(Kind.DIPLOMA)
    picture = Image.open(io.BytesIO(paper["buffer"])).filter(ImageFilter.GaussianBlur(6))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return file_of("毕业证.jpg", out.getvalue())
