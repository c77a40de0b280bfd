"""Chapter e: the site reviewer sends the diploma back; message, SMS and unlocking follow."""

from tests.story.context import Sent, Story, expect_problem
from tests.story.expectations import RETURN_SMS, RETURN_TEXT
from tests.story.papers import DIPLOMA, category_named, images_of
from tests.story.pixels import opened
from tests.support.gateway_client import Json, ProblemError, eventually
from tests.support.simulators.demo import StaffMember
from tests.support.staff_client import Staff

_VIEWS = ("waiting", "resubmitted", "mine", "with_candidate", "done")


async def play(story: Story) -> None:
    """Review the dossier on its site and send the diploma back."""
    reviewer = await _find_in_queue(story)
    await _stay_out(story)
    await _claim(story, reviewer)
    await _give_verdicts(story, reviewer)
    await _send_back(story, reviewer)
    await _be_told(story)
    await _be_unlocked(story)


async def sign_in(story: Story, member: StaffMember) -> Staff:
    """Open a browser for a member of staff and sign in."""
    staff = Staff(story.browser(), member.username, member.password, story.world.code)
    me = await staff.sign_in()
    assert me["kind"] == "staff"
    assert me["role"] == member.role
    return staff


async def appears(story: Story, staff: Staff, view: str) -> Json:
    """Wait until the case is in a view of someone's queue."""

    async def seen() -> Json | None:
        return await staff.sees_in_queue(story.case_id, view)

    return await eventually(seen, within=story.patience, what=f"the case is in the queue ({view})", every=0.5)


def diploma(story: Story) -> Sent:
    """Return the diploma as it lies in the dossier at present."""
    return next(sent for sent in story.sent.values() if sent.paper.category_name == DIPLOMA)


async def _find_in_queue(story: Story) -> Staff:
    async with story.step("e.queue", "本考点审核员在队列中看到该档案") as notes:
        member = story.staff("site_reviewer", "济南")[0]
        reviewer = await sign_in(story, member)
        line = await appears(story, reviewer, "waiting")
        assert line["name_masked"] != story.registration.name, "the queue shows the full name"
        notes.append(f"{member.display_name}（{member.username}）：{line['name_masked']} {line['heading']}")
        notes.append(f"case {line['case_id']} waiting since {line['waiting_since']}")
    return reviewer


async def _stay_out(story: Story) -> None:
    async with story.step("e.other_site", "其他考点的审核员看不到") as notes:
        stranger = await sign_in(story, story.staff("site_reviewer", "青岛")[0])
        for view in _VIEWS:
            assert await stranger.sees_in_queue(story.case_id, view) is None, f"青岛 sees it in {view}"
        for attempt in (stranger.case, stranger.claim, stranger.grant):
            problem = await expect_problem(attempt(story.case_id), (403, 404))
            notes.append(f"青岛 {problem.status} {problem.code}")


async def _claim(story: Story, reviewer: Staff) -> None:
    async with story.step("e.claim", "领取；同考点另一名审核员不能再领") as notes:
        case = await reviewer.hold(story.case_id, within=story.patience * 3)
        assert case["state"] == "awaiting_site", case["state"]
        assert {item["image_id"] for item in case["items"]} == {sent.image_id for sent in story.sent.values()}
        colleague = await sign_in(story, story.staff("site_reviewer", "济南")[1])
        taken = await expect_problem(colleague.claim(story.case_id), 409, "case_already_claimed")
        paper = story.folder.diploma(await story.person.dossier(), readable=True)
        frozen = await expect_problem(story.person.upload(paper.category, paper.specimen.content), 409)
        notes.append(f"hold {case['hold']['number']}; 同事：{taken.detail}; 考生：{frozen.detail}")


async def _give_verdicts(story: Story, reviewer: Staff) -> None:
    async with story.step("e.verdicts", "逐张查看：通过；毕业证书退回") as notes:
        case = await reviewer.case(story.case_id)
        grant = await reviewer.grant(story.case_id)
        returned = diploma(story).image_id
        for item in case["items"]:
            opened(await reviewer.picture(item["image_id"], grant))
            if item["image_id"] != returned:
                await reviewer.give_verdict(story.case_id, item["image_id"], "passed")
        reason = next(r for r in case["reasons"][diploma(story).paper.category] if r["text"] == RETURN_TEXT)
        case = await reviewer.give_verdict(
            story.case_id, returned, "returned", reason_code=reason["code"], text=RETURN_TEXT
        )
        verdicts = [item["verdict"]["verdict"] for item in case["items"] if item["verdict"]]
        assert sorted(verdicts) == ["passed"] * (len(story.sent) - 1) + ["returned"], verdicts
        notes.append(f"{verdicts.count('passed')} 张通过，毕业证书退回：{RETURN_TEXT}")
        notes.append(case["unlocks_text"])


async def _send_back(story: Story, reviewer: Staff) -> None:
    async with story.step("e.send_back", "退回") as notes:
        grant = await reviewer.grant(story.case_id)
        case = await reviewer.conclude(story.case_id, "send_back")
        assert case["state"] == "returned", case["state"]
        assert await reviewer.sees_in_queue(story.case_id, "with_candidate"), "not in with_candidate"
        notes.append(f"case {story.case_id} round {case['round']} {case['state']}")

        async def refused() -> ProblemError | None:
            try:
                await reviewer.picture(diploma(story).image_id, grant)
            except ProblemError as problem:
                return problem
            return None

        # The grant would be good for minutes; the view ends with the hold (D2).
        problem = await eventually(refused, within=story.patience, what="the pictures are closed again")
        assert (problem.status, problem.code) == (403, "grant_refused")
        notes.append(problem.detail)


async def _be_told(story: Story) -> None:
    async with story.step("e.notice", "几秒内：页面最上方的消息和一条短信") as notes:

        async def newest() -> Json:
            messages = await story.person.messages()
            assert messages, "no message"
            assert messages[0]["text"] == RETURN_TEXT, messages[0]["text"]
            assert messages[0]["author"] == "staff", messages[0]["author"]
            return messages[0]

        async def received() -> list[str]:
            texts = await story.world.sms(story.registration.phone)
            assert RETURN_SMS in texts, texts
            return texts

        message = await eventually(newest, within=story.patience, what="the message is on top of the page")
        texts = await eventually(received, within=story.patience, what="the SMS of S0-30 is in the outbox")
        assert texts.count(RETURN_SMS) == 1, f"the SMS was sent {texts.count(RETURN_SMS)} times"
        notes.append(f"{message['time_text']} {message['text']}")
        notes.append(RETURN_SMS)


async def _be_unlocked(story: Story) -> None:
    words = "只解锁毕业证书" if story.expects.only_returned_opens else "整个上传功能同时解锁（S0-31）"
    async with story.step("e.unlocked", words) as notes:

        async def returned() -> Json:
            dossier = await story.person.dossier()
            assert dossier["stage"] == "returned", dossier["stage"]
            return dossier

        dossier = await eventually(returned, within=story.patience, what="the dossier is unlocked")
        assert dossier["send_back"]["deadline"] is not None
        if story.expects.only_returned_opens:
            await _only_the_diploma_opens(story, dossier)
        else:
            await _everything_opens(story, dossier)
        item = images_of(dossier)[diploma(story).image_id]
        assert item["open"]
        assert item["returned"]["text"] == RETURN_TEXT, item["returned"]
        notes.append(f"send-back {dossier['send_back']['id']} deadline {dossier['send_back']['deadline']}")


async def _only_the_diploma_opens(story: Story, dossier: Json) -> None:
    images, returned = images_of(dossier), diploma(story).image_id
    assert [image_id for image_id, image in images.items() if image["open"]] == [returned]
    for image_id in images:
        if image_id != returned:
            await expect_problem(story.person.delete(image_id), 409)
    content = story.folder.diploma(dossier, readable=True).specimen.content
    for category in dossier["categories"]:
        if category["name"] != DIPLOMA:
            slot = category["slots"][0]["code"] if category["slots"] else None
            await expect_problem(story.person.upload(category["code"], content, slot=slot), 409)
    assert set(images_of(await story.person.dossier())) == set(images)


async def _everything_opens(story: Story, dossier: Json) -> None:
    assert all(image["open"] for image in images_of(dossier).values())
    assert all(c["can_add"] for c in dossier["categories"] if len(c["images"]) < c["max_images"])
    letter = category_named(dossier, "个人承诺书")
    content = story.folder.diploma(dossier, readable=True).specimen.content
    added = await story.person.upload(letter["code"], content)
    await story.person.delete(added["image_id"])
