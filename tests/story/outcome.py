"""Chapter f: replaced, submitted again, compared, passed on both levels, told by card and SMS."""

import asyncio

from tests.story import upload
from tests.story.context import Story, expect_problem
from tests.story.expectations import PASS_WORD, RETURN_SMS, RETURN_TEXT
from tests.story.papers import images_of
from tests.story.pixels import opened
from tests.story.review import appears, diploma, sign_in
from tests.story.submit import hand_in
from tests.support.gateway_client import Json, eventually
from tests.support.staff_client import Staff

_QUIET_SECONDS = 5.0


async def play(story: Story) -> None:
    """Bring the dossier to 审核通过."""
    await _replace(story)
    await hand_in(story, "f.resubmit", "再次提交审核")
    await _pass_on_site(story)
    await _word_on_card(story, "f.site_word", "site_passed", "考点通过")
    await _pass_in_district(story)
    await _word_on_card(story, "f.card", "passed", PASS_WORD)
    await _sms_of_pass(story)
    await _stays_closed(story)


async def _replace(story: Story) -> None:
    async with story.step("f.replace", "考生重新拍摄并替换毕业证书") as notes:
        old = diploma(story).image_id
        paper = story.folder.diploma(await story.person.dossier(), readable=True)
        story.replacement = old
        new = await upload.send(story, paper, replaces=old)
        images = await upload.until_ready(story, [new])
        assert old not in images
        notes.append(f"{old} → {new}")
        notes.append(await upload.check_copy(story, diploma(story)))


async def _pass_on_site(story: Story) -> None:
    async with story.step("f.compare", "审核员看到新旧两张图片，通过") as notes:
        reviewer = await sign_in(story, story.staff("site_reviewer", "济南")[0])
        await appears(story, reviewer, "resubmitted")
        case = await reviewer.hold(story.case_id, within=story.patience * 3)
        await _see_old_and_new(story, reviewer, case)
        await reviewer.pass_all(case)
        case = await reviewer.conclude(story.case_id, "pass")
        assert case["state"] == "awaiting_district", case["state"]
        notes.append(f"case {story.case_id} round {case['round']} {case['state']}")


async def _see_old_and_new(story: Story, reviewer: Staff, case: Json) -> None:
    new = next(item for item in case["items"] if item["image_id"] == diploma(story).image_id)
    assert new["replaces"] == story.replacement, new["replaces"]
    assert new["previous"]["image_id"] == story.replacement, new["previous"]
    assert new["previous"]["text"] == RETURN_TEXT, new["previous"]
    kept = [item for item in case["items"] if item is not new]
    assert all(item["verdict"]["verdict"] == "passed" for item in kept), "a pass was lost"
    grant = await reviewer.grant(story.case_id)
    pictures = [
        opened(await reviewer.picture(i, grant)) for i in (new["image_id"], new["previous"]["image_id"])
    ]
    assert pictures[0].tobytes() != pictures[1].tobytes()


async def _pass_in_district(story: Story) -> None:
    async with story.step("f.district", "考区审核员复审通过") as notes:
        reviewer = await sign_in(story, story.staff("district_reviewer")[0])
        await appears(story, reviewer, "waiting")
        case = await reviewer.hold(story.case_id, within=story.patience * 3)
        assert case["level"] == "district", case["level"]
        await reviewer.pass_all(case)
        case = await reviewer.conclude(story.case_id, "pass")
        assert case["state"] == "passed", case["state"]
        notes.append(f"case {story.case_id} {case['state']}")


async def _word_on_card(story: Story, name: str, status: str, word: str) -> None:
    async with story.step(name, f"报名信息卡：{word}") as notes:

        async def shown() -> Json:
            card = await story.person.status()
            assert (card["status"], card["status_word"]) == (status, word), card
            return card

        card = await eventually(shown, within=story.patience, what=f"the card says {word}")
        notes.append(f"{card['status_word']} reviewed by {card['reviewed_by']}")


async def _sms_of_pass(story: Story) -> None:
    async with story.step("f.sms", "审核通过短信一条；全程没有重复短信") as notes:
        phone = story.registration.phone

        async def received() -> list[str]:
            texts = await story.world.sms(phone)
            assert any(PASS_WORD in text for text in texts), texts
            return texts

        await eventually(received, within=story.patience, what="the SMS for a pass is in the outbox")
        await asyncio.sleep(_QUIET_SECONDS)
        texts = await story.world.sms(phone)
        assert texts.count(RETURN_SMS) == 1, f"S0-30 was sent {texts.count(RETURN_SMS)} times"
        assert sum(PASS_WORD in text for text in texts) == 1, texts
        assert len(texts) == len(set(texts)), f"an SMS was sent twice: {texts}"
        notes.extend(texts)


async def _stays_closed(story: Story) -> None:
    async with story.step("f.closed", "审核通过后内容保持锁定，消息完整") as notes:

        async def applied() -> Json:
            dossier = await story.person.dossier()
            assert dossier["stage"] == "passed", dossier["stage"]
            return dossier

        dossier = await eventually(applied, within=story.patience, what="the dossier is closed")
        images = images_of(dossier)
        assert set(images) == {sent.image_id for sent in story.sent.values()}
        for image_id in images:
            await expect_problem(story.person.delete(image_id), 409)
        messages = await story.person.messages()
        ids = [message["message_id"] for message in messages]
        assert len(ids) == len(set(ids))
        assert [m["text"] for m in messages].count(RETURN_TEXT) == 1, messages
        notes.extend(f"{message['time_text']} {message['text']}" for message in messages)
