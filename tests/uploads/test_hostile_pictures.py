"""The table of hostile and odd pictures: judged by the intake, read by a real child, refused over HTTP."""

import contextlib
import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from services.uploads.structure import judge
from services.uploads.tasks import Finish, Processed
from services.uploads.use_cases.body import Patience, read_body
from services.uploads.workshop import LOST, ChildWorkshop
from shared.errors import DomainError
from tests.uploads.builders import DEMO, REGISTRATION
from tests.uploads.conftest import Browser, Uploads
from tests.uploads.hostile.specimen import ACCEPTED, LARGE, MADE, PIXELS, TYPE, Specimen
from tests.uploads.hostile.table import FAMILIES, TABLE, TO_WORKERS

IMAGE = DEMO.image
TEXT = "仅供2020年医师资格考试报名审核使用 0001"
LEFT_IN_A_JPEG = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
MOST_MEGABYTES = 900
STATUSES = {LARGE: 413, TYPE: 415}
# The limits and measures that a sentence must name, each by a pattern.
NAMED = {
    LARGE: r"\d+ 字节.*204800 字节",
    PIXELS: r"\d+×\d+ 像素.*40000000 像素.*10000 像素",
    TYPE: r"只接受 JPG/JPEG、PNG",
}


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """Yield a body as the network would."""
    for at in range(0, len(content), 65_536):
        yield content[at : at + 65_536]


async def verdict(content: bytes) -> str:
    """Return what the intake says."""
    try:
        body = await read_body(pieces(content), IMAGE.max_bytes, None, Patience())
        judge(body, IMAGE.formats, IMAGE.max_pixels)
    except DomainError as refusal:
        return refusal.code
    return ACCEPTED


def lost() -> float:
    """Return how many children were lost so far."""
    samples = (sample for metric in LOST.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))


def children() -> set[str]:
    """Return the ids of the child processes."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found |= set((task / "children").read_text().split())
    return found


def megabytes(process: str) -> int:
    """Return the most memory that a process ever held."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]  # every process has one


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of the band that differs most."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def faults(specimen: Specimen, made: Processed) -> Iterator[str]:
    """Return what is wrong with what was made of a picture."""
    for content in (made.copy, made.thumbnail):
        picture = Image.open(io.BytesIO(content))
        if (picture.format, picture.mode) != ("JPEG", "RGB"):
            yield f"{picture.format} {picture.mode}"
        if picture.getexif() or not set(picture.info) <= LEFT_IN_A_JPEG:
            yield f"metadata {sorted(picture.info)}"
        yield from (f"{planted!r} is still there" for planted in specimen.planted if planted in content)
    if specimen.looks is None:
        return
    copy, wanted = Image.open(io.BytesIO(made.copy)), specimen.looks()
    if copy.size != wanted.size:
        yield f"is {copy.size} and should be {wanted.size}"
    elif (far := distance(copy, wanted)) > specimen.tolerance:
        yield f"differs by {far:.1f}"


async def worked(shop: ChildWorkshop, specimen: Specimen) -> list[str]:
    """Return what is wrong with a child's answers, with and without a watermark."""
    content = specimen.build()
    plain = await shop.do(Finish(content, ""))
    outcome = MADE if isinstance(plain, Processed) else plain.code
    if outcome not in specimen.worker.split(" or "):
        return [f"{specimen}: {outcome}, not {specimen.worker}"]
    if not isinstance(plain, Processed):
        return []
    found = list(faults(specimen, plain))
    if specimen.planted:
        marked = await shop.do(Finish(content, TEXT))
        assert isinstance(marked, Processed)
        found += [f"{text!r}, marked" for text in specimen.planted if text in marked.copy + marked.thumbnail]
    return [f"{specimen}: {fault}" for fault in found]


def test_the_table_has_eighty_rows_and_more_each_with_its_own_name() -> None:
    assert len({specimen.name for specimen in TABLE}) == len(TABLE) >= 80


@pytest.mark.parametrize("specimen", TABLE, ids=str)
async def test_c1_to_c10_the_intake_judges_by_structure(specimen: Specimen) -> None:
    assert await verdict(specimen.build()) == specimen.verdict


@pytest.mark.parametrize("planted", [each for each in TABLE if each.planted], ids=str)
def test_what_is_planted_is_in_the_file_that_is_sent(planted: Specimen) -> None:
    content = planted.build()

    assert [text for text in planted.planted if text not in content] == []


@pytest.mark.parametrize("family", [name for name, rows in TO_WORKERS.items() if rows])
async def test_c1_to_c9_a_real_child_makes_clean_pictures_or_refuses_cleanly(family: str) -> None:
    lost_before, others, shop = lost(), children(), ChildWorkshop(1)
    try:
        found = [fault for specimen in TO_WORKERS[family] for fault in await worked(shop, specimen)]
        held = max(megabytes(child) for child in children() - others)
    finally:
        await shop.stop()

    assert found == []
    assert lost() == lost_before
    assert held < MOST_MEGABYTES


@pytest.mark.parametrize("family", FAMILIES)
async def test_over_http_every_refusal_is_named_in_chinese_and_leaves_nothing(
    browser: Browser, uploads: Uploads, family: str
) -> None:
    await browser.json("GET", f"/dossiers/{REGISTRATION}")
    for number, specimen in enumerate(FAMILIES[family]):
        if specimen.verdict == ACCEPTED:
            continue
        response = await browser.upload(specimen.build(), "category=diploma", f"key-{number:08d}")
        status, problem = await browser.refusal(response)

        expected = (STATUSES.get(specimen.verdict, 422), specimen.verdict)
        assert (status, problem["code"]) == expected, specimen.name
        assert re.search(NAMED.get(specimen.verdict, "[一-鿿]"), problem["detail"]), problem["detail"]
        assert "请" in problem["detail"], problem["detail"]
    assert uploads.raw.objects == {}
    assert uploads.dossier.items == ()


@pytest.mark.parametrize("family", [name for name, rows in TO_WORKERS.items() if rows])
async def test_over_http_an_odd_picture_that_is_sound_is_taken_in(
    browser: Browser, uploads: Uploads, family: str
) -> None:
    await browser.json("GET", f"/dossiers/{REGISTRATION}")
    empty = uploads.dossier
    for number, specimen in enumerate(TO_WORKERS[family][::3]):
        response = await browser.upload(specimen.build(), "category=diploma", f"key-{number:08d}")

        assert response.status == 202, (specimen.name, await response.text())
        uploads.put(empty)


NAMES = {
    "a path": "..%2F..%2Fetc%2Fpasswd",
    "a double extension": "a.jpg.php",
    "a wrong extension": "a.png",
    "capitals": "A.JPG",
    "no extension": "a",
    "300 characters": "a" * 300 + ".jpg",
    "a right-to-left override": "%E2%80%AEgpj.exe",
    "an emoji": "%F0%9F%98%80.jpg",
    "Chinese": "%E6%AF%95%E4%B8%9A%E8%AF%81.jpg",
    "a composed letter": "%C3%A9.jpg",
    "the same letter in two": "e%CC%81.jpg",
    "a line end": "a%0D%0ASet-Cookie:%20x=1.jpg",
    "a zero byte": "a%00.jpg",
    "quotes": "a\"b'c.jpg",
    "a device": "CON",
    "an option": "-rf.jpg",
    "a half escape": "%E6%AF%.jpg",
    "markup": "<script>alert(1)</script>.jpg",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_c12_a_name_is_a_label_at_most(
    browser: Browser, uploads: Uploads, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    await browser.json("GET", f"/dossiers/{REGISTRATION}")
    path = f"/dossiers/{REGISTRATION}/images?category=diploma"
    content = FAMILIES["JPEG modes"][0].build()

    response = await browser.call("POST", path, content, X_File_Name=name, Idempotency_Key="key-00000001")

    assert response.status == 202
    assert "Set-Cookie" not in response.headers
    assert not any(name in value for value in response.headers.values() if len(name) > 3)
    assert len(uploads.raw.objects) == 1
    assert all(re.fullmatch(r"[0-9a-f/-]+", key) for key in uploads.raw.objects)
    if len(name) > 3:
        assert name not in "".join(capsys.readouterr())


@pytest.mark.parametrize("declared", ["image/png", "text/html", "application/x-php"])
async def test_c4_the_declared_type_is_not_asked(browser: Browser, declared: str) -> None:
    await browser.json("GET", f"/dossiers/{REGISTRATION}")
    path = f"/dossiers/{REGISTRATION}/images?category=diploma"
    content = FAMILIES["JPEG modes"][0].build()

    response = await browser.call(
        "POST", path, content, Content_Type=declared, Idempotency_Key="key-00000001"
    )

    assert response.status == 202
