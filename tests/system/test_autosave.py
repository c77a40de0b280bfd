"""A dossier handed in as the guide S3 has it: nothing is submitted, and it is reviewed all the same."""

from collections.abc import Iterator

import aiohttp
import pytest

from deploy.embedded import System
from tests.story import entry, upload
from tests.story.context import Story, expect_problem
from tests.story.expectations import PASS_WORD, RETURN_TEXT
from tests.story.review import appears, diploma, sign_in
from tests.support.demo_system import addresses_of, demo_system
from tests.support.gateway_client import Json, eventually
from tests.support.policy_files import AUTOSAVE, a_policy_file

pytestmark = pytest.mark.real
# Long enough to be noticed, short enough for a test; the guide's own two minutes are the default.
SETTLE_SECONDS = 4


@pytest.fixture(scope="module")
def autosave_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a fresh system on which nobody submits anything."""
    home = tmp_path_factory.mktemp("autosave")
    text = f"{AUTOSAVE}resubmit: {{settle: {SETTLE_SECONDS}s}}\n"
    with demo_system(home / "system", (a_policy_file(home / "policies", text),)) as running:
        yield running


@pytest.mark.timeout(300)
async def test_s3_12_an_autosaved_dossier_is_uploaded_sent_back_settled_and_passed_twice(
    autosave_system: System, session: aiohttp.ClientSession
) -> None:
    story = Story(session, addresses_of(autosave_system))
    await entry.play(story)

    await upload_two_papers(story)
    await be_put_forward(story)
    await send_diploma_back(story)
    await replace_diploma_and_wait(story)
    await pass_on(story, "site_reviewer")
    await pass_on(story, "district_reviewer")

    await status_becomes(story, PASS_WORD)
    messages = [message["text"] for message in await story.person.messages()]
    assert "上报完成，内容已锁定。" not in messages


async def upload_two_papers(story: Story) -> None:
    """S3-27: until a reviewer begins everything may be changed; S3-26: a shown picture is a saved one."""
    page = await story.person.dossier()
    first, proof = story.folder.diploma(page, readable=False), story.folder.proof(page)
    sent = [await upload.send(story, paper) for paper in (first, proof)]
    await upload.until_ready(story, sent)
    await expect_problem(story.person.submit(), 409, "nothing_to_submit")


async def be_put_forward(story: Story) -> None:
    """The page shows when it was saved, and nothing is locked."""

    async def forward() -> Json | None:
        page = await story.person.dossier()
        return page if page["stage"] == "submitted" else None

    page = await eventually(forward, within=story.patience * 3, what="the dossier goes forward by itself")
    assert (page["locked"], page["can_submit"], page["submit_mode"]) == (False, False, "autosave")
    assert page["times"]["saved_at"] is not None
    assert await story.person.messages() == []


async def send_diploma_back(story: Story) -> None:
    reviewer = await sign_in(story, story.staff("site_reviewer", "济南")[0])
    await appears(story, reviewer, "waiting")
    case = await reviewer.hold(story.case_id, within=story.patience * 3)
    assert (await story.person.dossier())["locked_reason"] == "review_in_progress"
    returned = diploma(story).image_id
    for item in case["items"]:
        is_returned = item["image_id"] == returned
        verdict, reason = ("returned", "number_unreadable") if is_returned else ("passed", None)
        await reviewer.give_verdict(story.case_id, item["image_id"], verdict, reason_code=reason)
    await reviewer.conclude(story.case_id, "send_back")

    async def told() -> Json | None:
        page = await story.person.dossier()
        return page if page["can_answer"] else None

    page = await eventually(told, within=story.patience, what="the returned picture is open")
    assert [item["text"] for item in page["send_back"]["items"]] == [RETURN_TEXT]
    await expect_problem(answer(story), 409, "sendback_unanswered")


async def replace_diploma_and_wait(story: Story) -> None:
    """Nothing is submitted and no button is pressed: quiet time answers."""
    old = diploma(story).image_id
    paper = story.folder.diploma(await story.person.dossier(), readable=True)
    new = await upload.send(story, paper, replaces=old)
    await upload.until_ready(story, [new])

    async def answered() -> Json | None:
        page = await story.person.dossier()
        return page if page["stage"] == "submitted" and page["send_back"] is None else None

    await eventually(answered, within=story.patience * 3, what="the send-back is answered by quiet time")


async def pass_on(story: Story, role: str) -> None:
    site = "济南" if role == "site_reviewer" else None
    reviewer = await sign_in(story, story.staff(role, site)[0])
    await appears(story, reviewer, "resubmitted" if site else "waiting")
    case = await reviewer.hold(story.case_id, within=story.patience * 3)
    await reviewer.pass_all(case)
    await reviewer.conclude(story.case_id, "pass")


async def status_becomes(story: Story, word: str) -> None:
    async def seen() -> bool:
        return bool((await story.person.status())["status_word"] == word)

    await eventually(seen, within=story.patience, what=f"the card says {word}")


async def answer(story: Story) -> None:
    await story.person.browser.call("POST", f"/api/uploads/dossiers/{story.case_id}/answer")
