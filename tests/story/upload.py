"""Chapters b and c: the material page, uploads and refusals, watermarked copies, delete and upload again."""

import asyncio

from tests.story import pixels
from tests.story.context import Sent, Story, expect_problem
from tests.story.expectations import MAX_BYTES
from tests.story.papers import DIPLOMA, IDENTITY, PROOF, Paper, category_named, images_of
from tests.support.candidate_client import LiveUpdates
from tests.support.gateway_client import Json, eventually
from tests.support.specimens import gif_named_jpg, oversized, truncated

_TOO_LARGE = 205_000


async def play(story: Story) -> None:
    """Upload everything that is needed, with the page open."""
    await _read_the_page(story)
    story.live = LiveUpdates(story.person)
    listening = asyncio.create_task(story.live.listen())
    try:
        await _upload_identity(story)
        await _meet_refusals(story)
        await _upload_the_rest(story)
        await _see_copies(story)
        await _delete_and_repeat(story)
    finally:
        listening.cancel()


async def send(story: Story, paper: Paper, *, replaces: str | None = None) -> str:
    """Upload a paper and check the acknowledgement; return the picture's id."""
    content = paper.specimen.content
    answer = await story.person.upload(
        paper.category, content, slot=paper.slot, replaces=replaces, file_name=paper.specimen.name
    )
    assert answer["size_bytes"] == len(content), answer
    story.sent[paper.label] = Sent(answer["image_id"], paper)
    return str(answer["image_id"])


async def until_ready(story: Story, image_ids: list[str]) -> dict[str, Json]:
    """Wait until pictures are on the page with their copies; return the page's pictures."""

    async def ready() -> dict[str, Json]:
        images = images_of(await story.person.dossier())
        for image_id in image_ids:
            assert image_id in images, f"{image_id} is not on the page"
            assert images[image_id]["status"] == "ready", f"{image_id} is {images[image_id]['status']}"
        return images

    return await eventually(ready, within=story.patience * 3, what="the copies are on the page")


async def check_copy(story: Story, sent: Sent) -> str:
    """Compare a copy with the upright picture that was uploaded; return a sentence on it."""
    content = await story.person.picture(sent.image_id)
    copy, upright = pixels.opened(content), sent.paper.specimen.upright
    assert copy.format == "JPEG", copy.format
    ratio = (copy.width / copy.height) / (upright.width / upright.height)
    assert 0.98 < ratio < 1.02, f"{sent.paper.label} is not upright: {copy.size} for {upright.size}"
    found = pixels.compare(upright, copy)
    assert found.is_same_picture, f"{sent.paper.label}: another picture, likeness {found.likeness:.3f}"
    marks = f"{found.marked_tiles}/{found.tiles}"
    if story.expects.watermark:
        assert found.is_marked_all_over, f"{sent.paper.label}: watermark in {marks} parts only"
    else:
        assert found.is_unmarked, f"{sent.paper.label}: marked in {marks} parts although no watermark is set"
    notes = pixels.leftover_notes(content)
    assert not notes, f"{sent.paper.label} still tells {notes}"
    return f"{sent.paper.label} {copy.width}x{copy.height} likeness {found.likeness:.3f} watermark {marks}"


async def _read_the_page(story: Story) -> None:
    async with story.step("b.page", "材料页：类别、*、提示、示例") as notes:
        dossier = await story.person.dossier()
        assert dossier["stage"] == "draft"
        assert not dossier["locked"]
        assert dossier["page"]["max_bytes"] == MAX_BYTES
        assert all(c["hint"] and c["samples"] for c in dossier["categories"] if c["required"])
        starred = [c["name"] for c in dossier["categories"] if c["required"]]
        assert {IDENTITY, DIPLOMA, PROOF} <= set(starred), starred
        notes.append(f"{len(dossier['categories'])} 类，必传 {'、'.join(starred)}")


async def _upload_identity(story: Story) -> None:
    async with story.step(
        "b.identity", "上传身份证人像面（JPEG）、国徽面（PNG）、手持照（EXIF 旋转）"
    ) as notes:
        for paper in story.folder.identity(await story.person.dossier()):
            image_id = await send(story, paper)
            notes.append(f"{paper.label} {len(paper.specimen.content)} bytes image {image_id}")


async def _meet_refusals(story: Story) -> None:
    async with story.step("b.refusals", "不合格文件当场拒绝，并说明原因") as notes:
        person, papers = story.person, story.folder
        holder = papers.person
        dossier = await person.dossier()
        diploma = category_named(dossier, DIPLOMA)["code"]
        front = papers.identity(dossier)[0]
        large = await expect_problem(
            person.upload(diploma, oversized(holder, _TOO_LARGE)), 413, "image_too_large"
        )
        assert large.document["allowed_bytes"] == MAX_BYTES
        assert large.document["measured_bytes"] >= MAX_BYTES
        refusals = [
            large,
            await expect_problem(
                person.upload(diploma, gif_named_jpg(), file_name="毕业证.jpg"),
                415,
                "image_type_not_accepted",
            ),
            await expect_problem(person.upload(diploma, truncated(holder)), 422, "image_damaged"),
            await expect_problem(person.upload(diploma, front.specimen.content), 409, "identical_image"),
            await expect_problem(
                person.upload(front.category, papers.proof(dossier).specimen.content, slot=front.slot),
                409,
                *("category_full", "slot_taken"),
            ),
        ]
        assert not category_named(await person.dossier(), DIPLOMA)["images"]
        notes.extend(f"{problem.status} {problem.code} {problem.detail}" for problem in refusals)


async def _upload_the_rest(story: Story) -> None:
    async with story.step("b.papers", "上传毕业证书、试用期考核合格证明和其他必传材料") as notes:
        dossier, papers = await story.person.dossier(), story.folder
        rest = [
            papers.diploma(dossier, readable=False),
            papers.proof(dossier),
            *papers.further_required(dossier),
        ]
        for paper in rest:
            notes.append(f"{paper.label} image {await send(story, paper)}")


async def _see_copies(story: Story) -> None:
    async with story.step("c.copies", "图片带水印回到页面，方向正，无拍摄信息") as notes:
        await until_ready(story, [sent.image_id for sent in story.sent.values()])
        notes.extend([await check_copy(story, sent) for sent in story.sent.values()])
        assert story.live is not None

        async def told() -> bool:
            assert story.live is not None
            return story.live.connections > 1 or any("dossier:" in subject for subject in story.live.subjects)

        await eventually(told, within=story.patience, what="the open page is told without reload")
        notes.append(f"live stream: {len(story.live.subjects)} changes told")


async def _delete_and_repeat(story: Story) -> None:
    async with story.step("c.delete", "用 − 删除一张，再上传一次") as notes:
        person, papers = story.person, story.folder
        dossier = await person.dossier()
        old = story.sent[papers.proof(dossier).label].image_id
        await person.delete(old)
        assert old not in images_of(await person.dossier())
        new = await send(story, papers.proof(dossier, again=True))
        assert new != old
        images = await until_ready(story, [new])
        assert old not in images
        notes.append(f"{old} 已删除，{new} 已上传")
        notes.append(await check_copy(story, story.sent[papers.proof(dossier).label]))
