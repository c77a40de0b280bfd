"""Chapter d: 提交审核, and from then on nothing can be changed (S0-21..25)."""

import re

from tests.story.context import Story, expect_problem
from tests.story.expectations import SUBMITTED_TEXT
from tests.story.papers import images_of
from tests.support.gateway_client import Json, eventually

_TIME = re.compile(r"\d{4}/[1-9]\d?/[1-9]\d? \d{2}:\d{2}:\d{2}")


async def play(story: Story) -> None:
    """Hand the dossier in and try to change it afterwards."""
    await hand_in(story, "d.submit", "提交审核")
    await _read_the_message(story)
    await _meet_locks(story)


async def hand_in(story: Story, name: str, words: str) -> None:
    """Hand the dossier in and check the receipt."""
    async with story.step(name, words) as notes:
        receipt = await story.person.submit()
        assert receipt["images"] == len(story.sent), receipt
        story.receipts.append(receipt)
        dossier = await story.person.dossier()
        assert dossier["stage"] == "submitted", dossier["stage"]
        assert dossier["locked"]
        assert dossier["receipt"]["number"] == receipt["number"]
        notes.append(f"回执 {receipt['number']} {receipt['submitted_at']} {receipt['images']} 张")


async def _read_the_message(story: Story) -> None:
    async with story.step("d.message", f"消息提醒：{SUBMITTED_TEXT}") as notes:

        async def newest() -> Json:
            messages = await story.person.messages()
            assert messages, "no message yet"
            assert messages[0]["text"] == SUBMITTED_TEXT, messages[0]["text"]
            return messages[0]

        message = await eventually(newest, within=story.patience, what="the message is on the page")
        assert _TIME.fullmatch(message["time_text"]), message["time_text"]
        notes.append(f"{message['time_text']} {message['text']}")


async def _meet_locks(story: Story) -> None:
    async with story.step("d.locked", "锁定后任何修改都被拒绝（409）") as notes:
        dossier, papers = await story.person.dossier(), story.folder
        images = images_of(dossier)
        assert images
        assert not any(image["open"] for image in images.values())
        assert not any(category["can_add"] for category in dossier["categories"])
        paper = papers.diploma(dossier, readable=True)
        upload = story.person.upload(paper.category, paper.specimen.content)
        problem = await expect_problem(upload, 409, "dossier_locked")
        notes.append(f"上传：{problem.detail}")
        for image_id in images:
            await expect_problem(story.person.delete(image_id), 409, "dossier_locked")
        again = await expect_problem(
            story.person.browser.call("POST", f"/api/uploads/dossiers/{story.case_id}/submission"), 409
        )
        notes.append(f"{len(images)} 次删除被拒；再次提交：{again.code} {again.detail}")
        assert set(images_of(await story.person.dossier())) == set(images)
