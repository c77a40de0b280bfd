"""What staff see: stamped, covered where the policy or a colleague says so, written down first (E5, E7)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse
from typing_extensions import override

from services.uploads.app import build_use_cases
from services.uploads.model import Hold, Item
from services.uploads.ports import Grant, StaffView
from services.uploads.tasks import CleanOriginal, StampView, Unreadable
from shared.events.uploads import ImageOriginalOpened
from shared.mongo import StoreUnavailableError
from shared.policy.viewing import Cover, PictureMask, ViewingSettings
from shared.web.identity import StaffCaller
from tests.uploads.builders import DEMO, NOW, REGISTRATION
from tests.uploads.conftest import OWNER, REVIEWER, Browser, Uploads, browsing
from tests.uploads.fakes import InMemoryViews
from tests.uploads.pictures import jpeg

DOSSIER = f"/dossiers/{REGISTRATION}"
NUMBER, ADDRESS = (0.1, 0.7, 0.9, 0.9), (0.1, 0.4, 0.6, 0.6)
MASK = PictureMask(
    category="id_proof",
    slot="front",
    cover=(Cover(name="公民身份号码", box=NUMBER), Cover(name="住址", box=ADDRESS)),
)
# NOW is 14:00 in Shanghai.
STAMP = "jn-0412　2020-03-12 14时"
DISTRICT = StaffCaller("staff-1", "district_reviewer", "37", None, "session-3", number="sd-0001")
REASON = b'{"reason": "\xe6\xa0\xb8\xe5\xaf\xb9\xe5\x8f\xb7\xe7\xa0\x81"}'


def viewing(**settings: Any) -> Uploads:  # noqa: ANN401 - any setting
    """Return the service under a policy with these settings for views."""
    return Uploads(policy=DEMO.model_copy(update={"viewing": ViewingSettings(**settings)}))


@pytest.fixture
def uploads() -> Uploads:
    return viewing(masks=(MASK,))


@pytest.fixture
async def desk(uploads: Uploads) -> AsyncIterator[Browser]:
    """Return a reviewer's browser; the candidate's ID front and diploma are ready and granted."""
    async with browsing(uploads.use_cases, uploads.clock) as browser:
        await prepared(browser, uploads)
        yield browser


async def prepared(browser: Browser, uploads: Uploads) -> None:
    await browser.json("GET", DOSSIER)
    await browser.upload(jpeg(1), "category=id_proof&slot=front")
    await browser.upload(jpeg(2), "category=diploma", "key-00000002")
    await uploads.work()
    uploads.workshop.asked.clear()
    images = frozenset(item.image_id for item in uploads.dossier.items)
    uploads.grants.grants["good"] = Grant(REVIEWER.staff_id, REVIEWER.session_id, images, "review")
    browser.caller = REVIEWER


def front(uploads: Uploads) -> Item:
    return next(item for item in uploads.dossier.items if item.slot == "front")


def diploma(uploads: Uploads) -> Item:
    return next(item for item in uploads.dossier.items if item.category == "diploma")


async def look(
    desk: Browser, item: Item, kind: str = "copy", body: bytes | None = None, grant: str = "good"
) -> ClientResponse:
    method = "GET" if kind in {"copy", "thumbnail"} else "POST"
    return await desk.call(method, f"/images/{item.image_id}/{kind}", body, X_View_Grant=grant)


def stamps(uploads: Uploads) -> list[tuple[str, object]]:
    """Return what the workshop was asked to stamp: text and boxes."""
    return [(task.text, task.boxes) for task in uploads.workshop.asked if isinstance(task, StampView)]


@pytest.mark.parametrize("kind", ["copy", "thumbnail"])
async def test_a_view_carries_the_viewer_s_number_and_the_hour_in_shanghai(
    desk: Browser, uploads: Uploads, kind: str
) -> None:
    response = await look(desk, diploma(uploads), kind)

    content = b"copy" if kind == "copy" else b"small"
    assert (response.status, await response.read()) == (200, b"stamped " + content)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in response.headers
    assert stamps(uploads) == [(STAMP, ())]


@pytest.mark.parametrize("kind", ["copy", "thumbnail"])
async def test_what_the_policy_covers_is_covered_on_every_view(
    desk: Browser, uploads: Uploads, kind: str
) -> None:
    covered = await look(desk, front(uploads), kind)
    free = await look(desk, diploma(uploads), kind)

    assert (covered.headers.get("X-Covered"), free.headers.get("X-Covered")) == ("true", None)
    assert stamps(uploads) == [(STAMP, (NUMBER, ADDRESS)), (STAMP, ())]


async def test_the_owner_sees_the_own_picture_uncovered_and_unstamped(
    desk: Browser, uploads: Uploads
) -> None:
    desk.caller = OWNER

    response = await look(desk, front(uploads))

    assert (await response.read(), "X-Covered" in response.headers) == (b"copy", False)
    assert uploads.workshop.asked == []


async def test_uncovering_needs_a_reason_and_is_written_down_with_it(desk: Browser, uploads: Uploads) -> None:
    for body in (b'{"reason": " "}', b'{"reason": "' + b"x" * 201 + b'"}'):
        status, problem = await desk.refusal(await look(desk, front(uploads), "uncovered", body))
        assert (status, problem["code"]) == (422, "view_reason_needed")
    assert uploads.views.views == []

    response = await look(desk, front(uploads), "uncovered", REASON)

    assert (response.status, await response.read()) == (200, b"stamped copy")
    assert stamps(uploads) == [(STAMP, ())]
    assert uploads.views.views == [
        StaffView(
            "staff-1",
            "session-3",
            REGISTRATION,
            front(uploads).image_id,
            "uncovered",
            "review",
            NOW,
            "核对号码",
        )
    ]


async def test_covers_set_by_hand_hide_more_and_taken_away_leave_what_the_policy_covers(
    desk: Browser, uploads: Uploads
) -> None:
    path = f"/images/{front(uploads).image_id}/covers"

    for top in (0.1, 0.3):
        box = f'{{"left": 0, "top": {top}, "right": 0.5, "bottom": {top + 0.1}}}'.encode()
        assert (await desk.call("POST", path, box, X_View_Grant="good")).status == 204
    await look(desk, front(uploads))
    assert (await desk.call("DELETE", path, X_View_Grant="good")).status == 204
    await look(desk, front(uploads))

    by_hand = ((0.0, 0.1, 0.5, 0.2), (0.0, 0.3, 0.5, 0.4))
    assert stamps(uploads) == [(STAMP, (NUMBER, ADDRESS, *by_hand)), (STAMP, (NUMBER, ADDRESS))]
    kinds = [view.kind for view in uploads.views.views]
    assert kinds == ["covered", "covered", "copy", "covers_cleared", "copy"]


async def test_a_picture_has_twenty_covers_by_hand_at_most(desk: Browser, uploads: Uploads) -> None:
    for _ in range(20):
        await uploads.dossiers.add_cover(diploma(uploads).image_id, (0.0, 0.0, 0.5, 0.5))

    path, box = (
        f"/images/{diploma(uploads).image_id}/covers",
        b'{"left": 0, "top": 0, "right": 1, "bottom": 1}',
    )
    status, problem = await desk.refusal(await desk.call("POST", path, box, X_View_Grant="good"))

    assert (status, problem["code"], problem["most"]) == (409, "too_many_covers", 20)


@pytest.mark.parametrize(
    "cover",
    [
        b'{"left": 0.5, "top": 0, "right": 0.5, "bottom": 1}',
        b'{"left": 0, "top": 0, "right": 1.1, "bottom": 1}',
        b'{"left": 0, "top": 0, "right": 1}',
    ],
)
async def test_a_cover_lies_in_the_picture(desk: Browser, uploads: Uploads, cover: bytes) -> None:
    path = f"/images/{front(uploads).image_id}/covers"

    assert (await desk.call("POST", path, cover, X_View_Grant="good")).status == 422
    assert front(uploads).covers == ()


async def test_e5_an_original_needs_the_district_a_reason_and_a_code_of_the_last_minutes(
    desk: Browser, uploads: Uploads
) -> None:
    refused = await look(desk, diploma(uploads), "original", REASON)
    assert (refused.status, (await refused.json())["code"]) == (403, "forbidden")
    stale = NOW - timedelta(minutes=5, seconds=1)
    for stepped_up_at in (None, stale):
        desk.caller = replace(DISTRICT, stepped_up_at=stepped_up_at)
        status, problem = await desk.refusal(await look(desk, diploma(uploads), "original", REASON))
        assert (status, problem["code"]) == (403, "fresh_code_needed")
    desk.caller = replace(DISTRICT, stepped_up_at=NOW - timedelta(minutes=4))
    empty = await look(desk, diploma(uploads), "original", b'{"reason": ""}')
    assert (empty.status, (await empty.json())["code"]) == (422, "view_reason_needed")
    assert uploads.views.views == []

    response = await look(desk, diploma(uploads), "original", REASON)

    item = diploma(uploads)
    assert (response.status, await response.read()) == (200, b"stamped " + jpeg(2))
    assert uploads.workshop.asked == [CleanOriginal(jpeg(2), "sd-0001　2020-03-12 14时")]
    assert [(view.kind, view.reason) for view in uploads.views.views] == [("original", "核对号码")]
    assert uploads.dossiers.said[-1] == ImageOriginalOpened(
        image_id=item.image_id, category="diploma", staff_id="staff-1", purpose="review"
    )


class DeafViews(InMemoryViews):
    """A log that can't be written."""

    @override
    async def record(self, view: StaffView) -> None:
        """Fail."""
        raise StoreUnavailableError(view.image_id)


@pytest.mark.parametrize("kind", ["copy", "thumbnail", "uncovered", "original"])
async def test_e7_a_view_that_cannot_be_written_down_shows_nothing(uploads: Uploads, kind: str) -> None:
    uploads.views = DeafViews()
    async with browsing(uploads.use_cases, uploads.clock) as desk:
        await prepared(desk, uploads)
        desk.caller = replace(DISTRICT, stepped_up_at=NOW)
        body = None if kind in {"copy", "thumbnail"} else REASON

        response = await look(desk, diploma(uploads), kind, body)

        assert (response.status, (await response.json())["code"]) == (503, "store_unavailable")
        assert uploads.workshop.asked == []


async def test_every_view_is_written_down_also_of_a_picture_that_was_stamped_before(
    desk: Browser, uploads: Uploads
) -> None:
    for _ in range(3):
        assert (await look(desk, diploma(uploads))).status == 200

    assert len(uploads.workshop.asked) == 1
    assert [view.kind for view in uploads.views.views] == ["copy"] * 3


async def test_a_stamp_is_made_anew_for_another_hour_another_viewer_and_other_covers(
    desk: Browser, uploads: Uploads
) -> None:
    await look(desk, diploma(uploads))
    uploads.clock.advance(timedelta(hours=1))
    await look(desk, diploma(uploads))
    desk.caller = replace(REVIEWER, number="jn-0415")
    await look(desk, diploma(uploads))
    await uploads.dossiers.add_cover(diploma(uploads).image_id, (0.0, 0.0, 0.5, 0.5))
    await look(desk, diploma(uploads))

    late = "jn-0415　2020-03-12 15时"
    assert stamps(uploads) == [
        (STAMP, ()),
        ("jn-0412　2020-03-12 15时", ()),
        (late, ()),
        (late, ((0.0, 0.0, 0.5, 0.5),)),
    ]


async def test_d2_a_grant_ends_with_the_hold_it_was_given_for(desk: Browser, uploads: Uploads) -> None:
    good = uploads.grants.grants["good"]
    uploads.grants.grants["held"] = replace(good, hold=7)
    held = replace(uploads.dossier, hold=Hold(7, "site", NOW))

    answers = []
    for dossier in (held, replace(held, hold=Hold(8, "site", NOW)), replace(held, hold=None)):
        uploads.put(dossier)
        answers.append(await look(desk, diploma(uploads), grant="held"))

    assert [answer.status for answer in answers] == [200, 403, 403]
    assert (await answers[2].json())["code"] == "grant_refused"
    assert len(uploads.views.views) == 1


async def test_a_duplicate_in_another_dossier_is_seen_as_long_as_the_own_case_is_held(
    desk: Browser, uploads: Uploads
) -> None:
    good = uploads.grants.grants["good"]
    mine = replace(uploads.dossier, registration_id="case-mine", items=())
    uploads.grants.grants["beside"] = replace(good, hold=7, case="case-mine")

    answers = []
    for dossier in (replace(mine, hold=Hold(7, "site", NOW)), mine):
        uploads.put(dossier)
        answers.append(await look(desk, diploma(uploads), grant="beside"))

    assert [answer.status for answer in answers] == [200, 403]


BOX = b'{"left": 0, "top": 0, "right": 0.5, "bottom": 0.5}'


@pytest.mark.parametrize(
    ("method", "act", "body"),
    [
        ("POST", "covers", BOX),
        ("DELETE", "covers", None),
        ("GET", "history", None),
        ("POST", "uncovered", REASON),
        ("POST", "original", REASON),
    ],
)
async def test_a_duplicate_in_another_dossier_is_looked_at_and_no_more(
    desk: Browser, uploads: Uploads, method: str, act: str, body: bytes | None
) -> None:
    good, twin = uploads.grants.grants["good"], diploma(uploads)
    uploads.put(replace(uploads.dossier, registration_id="case-mine", items=(), hold=Hold(7, "site", NOW)))
    uploads.put(replace(uploads.dossier, hold=Hold(7, "site", NOW)))
    uploads.grants.grants |= {
        "beside": replace(good, hold=7, case="case-mine"),
        "own": replace(good, hold=7, case=REGISTRATION),
    }
    desk.caller = replace(DISTRICT, stepped_up_at=NOW)

    refused = await desk.call(method, f"/images/{twin.image_id}/{act}", body, X_View_Grant="beside")
    written, covers = list(uploads.views.views), diploma(uploads).covers
    own = await desk.call(method, f"/images/{twin.image_id}/{act}", body, X_View_Grant="own")

    assert (refused.status, (await refused.json())["code"]) == (403, "grant_refused")
    assert (written, covers) == ([], ())
    assert own.status in {200, 204}


async def test_d2_a_grant_is_for_its_viewer_its_session_and_its_pictures(
    desk: Browser, uploads: Uploads
) -> None:
    good = uploads.grants.grants["good"]
    uploads.grants.grants |= {
        "other viewer": replace(good, staff_id="staff-2"),
        "other session": replace(good, session_id="session-9"),
        "other pictures": replace(good, images=frozenset({front(uploads).image_id})),
    }

    for token in ("other viewer", "other session", "other pictures", "none at all"):
        status, problem = await desk.refusal(await look(desk, diploma(uploads), grant=token))
        assert (status, problem["code"]) == (403, "grant_refused")
    assert uploads.views.views == []


async def test_a_replaced_picture_is_covered_and_stamped_like_a_live_one(
    desk: Browser, uploads: Uploads
) -> None:
    old = front(uploads)
    desk.caller = OWNER
    await desk.upload(jpeg(3), f"category=id_proof&slot=front&replaces={old.image_id}", "key-00000003")
    desk.caller = REVIEWER

    response = await look(desk, old)

    assert (response.status, response.headers["X-Covered"]) == (200, "true")
    assert stamps(uploads) == [(STAMP, (NUMBER, ADDRESS))]


async def test_f58_a_reviewer_has_so_many_views_a_day_and_is_told_when_more() -> None:
    uploads = viewing(views_per_day=2)
    async with browsing(uploads.use_cases, uploads.clock) as desk:
        await prepared(desk, uploads)
        for kind in ("copy", "thumbnail", "copy", "thumbnail"):
            assert (await look(desk, diploma(uploads), kind)).status == 200

        refused = await look(desk, diploma(uploads))
        problem = await refused.json()
        uncovered = await look(desk, diploma(uploads), "uncovered", REASON)
        uploads.clock.advance(timedelta(hours=10))
        tomorrow = await look(desk, diploma(uploads))

    # From 14:00 to midnight.
    assert (refused.status, refused.headers["Retry-After"]) == (429, "36000")
    assert (problem["code"], problem["views_per_day"]) == ("daily_views_reached", 2)
    assert problem["detail"] == ("今天查看图片已达 2 张的上限，明天 0 点后可继续；确需继续查看，请联系管理员")
    assert (uncovered.status, tomorrow.status) == (429, 200)


async def test_memory_for_stamped_pictures_is_bounded_and_the_oldest_goes_first(uploads: Uploads) -> None:
    length = len(b"stamped copy")
    ports = replace(uploads.ports, stamped_bytes=2 * length)
    stamped = build_use_cases(ports).show_image_to_staff.pictures
    async with browsing(uploads.use_cases, uploads.clock) as desk:
        await prepared(desk, uploads)
    one, other = front(uploads), diploma(uploads)

    for item, number in ((one, "a"), (other, "a"), (one, "a"), (other, "b"), (one, "a"), (other, "a")):
        await stamped.copy(item, "copy", (), number)

    asked = [text.partition("　")[0] for text, _ in stamps(uploads)]
    assert asked == ["a", "a", "b", "a"]


async def test_b16_a_copy_of_ours_that_cannot_be_decoded_is_lost_and_nothing_unstamped_is_shown(
    desk: Browser, uploads: Uploads
) -> None:
    uploads.workshop.answer = Unreadable("image_damaged")

    response = await look(desk, diploma(uploads))

    assert (response.status, (await response.json())["code"]) == (410, "image_lost")
