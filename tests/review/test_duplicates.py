"""Pictures that another candidate seems to have handed in too: noted with both cases, shown by rights."""

from dataclasses import replace

from services.review.consumers import subscriptions
from services.review.duplicates import MOST_NOTED, note_duplicate
from services.review.model import Case, Duplicate
from shared.events import Scope
from shared.events.uploads import DuplicateFound
from shared.messaging.consumer import Handled, Outcome, Retry
from tests.review.builders import (
    CASE,
    a_district_reviewer,
    a_site_passed_case,
    a_site_reviewer,
    a_waiting_case,
    locked_for,
)
from tests.review.conftest import Desk, Review
from tests.support.envelopes import delivered, enveloped

OTHER = "1de5467b-4d66-5068-91a4-77b2a6c29816"
WANG = a_site_reviewer()
CHEN = a_district_reviewer()
FOUND = DuplicateFound(
    image_id="image-diploma",
    category="diploma",
    other_registration_id=OTHER,
    other_image_id="image-other",
    other_district="shandong",
    other_site="qingdao",
)
PAIR = Duplicate("image-diploma", OTHER, "image-other", "shandong", "qingdao")


async def hear(review: Review, event: DuplicateFound = FOUND, site: str | None = "jinan") -> Outcome:
    """Deliver uploads' hint."""
    scope = Scope(registration=CASE, district="shandong", site=site)
    return await delivered(subscriptions(review.use_cases), event, enveloped(event, sequence=9, scope=scope))


def with_pair(pair: Duplicate = PAIR) -> Case:
    """Return a case that its site holds, with a noted pair."""
    return note_duplicate(locked_for(a_waiting_case(), WANG), pair)


async def test_both_cases_keep_the_pair_once(review: Review) -> None:
    review.put(a_waiting_case(), a_waiting_case(OTHER, site="qingdao"))

    assert await hear(review) == Handled()
    assert await hear(review) == Handled()

    assert review.cases.cases[CASE].duplicates == (PAIR,)
    assert review.cases.cases[OTHER].duplicates == (
        Duplicate("image-other", CASE, "image-diploma", "shandong", "jinan"),
    )


async def test_found_from_either_side_it_is_one_pair(review: Review) -> None:
    review.put(a_waiting_case(), a_waiting_case(OTHER, site="qingdao"))
    await hear(review)
    reverse = replace_ids(
        FOUND, image_id="image-other", other=CASE, other_image="image-diploma", site="jinan"
    )
    scope = Scope(registration=OTHER, district="shandong", site="qingdao")
    event = enveloped(reverse, sequence=9, scope=scope)
    assert await delivered(subscriptions(review.use_cases), reverse, event) == Handled()

    assert review.cases.cases[CASE].duplicates == (PAIR,)
    assert len(review.cases.cases[OTHER].duplicates) == 1


async def test_a_hint_before_its_cases_begins_stubs(review: Review) -> None:
    assert await hear(review) == Handled()

    assert review.cases.cases[OTHER].registration is None
    assert len(review.cases.cases[OTHER].duplicates) == 1


async def test_a_hint_without_a_place_is_tried_again(review: Review) -> None:
    assert await hear(review, site=None) == Retry("retry.1s", 1)


def test_a_hint_changes_neither_state_nor_verdict_nor_history() -> None:
    case = a_waiting_case()

    noted = note_duplicate(case, PAIR)

    assert replace(noted, duplicates=()) == case
    assert note_duplicate(noted, PAIR) is noted


def test_no_more_pairs_are_noted_than_a_reviewer_could_look_at() -> None:
    case = a_waiting_case()
    for number in range(MOST_NOTED + 5):
        case = note_duplicate(case, replace(PAIR, other_image=f"image-{number}"))

    assert len(case.duplicates) == MOST_NOTED


async def test_the_district_sees_pictures_across_sites(review: Review) -> None:
    case = note_duplicate(locked_for(a_site_passed_case(), CHEN, sequence=8), PAIR)
    review.put(case, a_waiting_case(OTHER, site="qingdao"))

    granted = await review.use_cases.grant_views(CHEN, CASE)

    assert granted.grant.endswith("image-other")


async def test_a_site_sees_nothing_of_another_site_s_case_but_its_number(review: Review, desk: Desk) -> None:
    review.put(with_pair(), a_waiting_case(OTHER, site="qingdao"))

    granted = await review.use_cases.grant_views(WANG, CASE)
    _, shown = await desk("GET", f"/api/review/cases/{CASE}", WANG)

    assert "image-other" not in granted.grant
    assert shown["items"][1]["duplicates"] == [
        {"number": "shandong-1de5467b", "case_id": None, "image_id": None}
    ]
    assert shown["items"][0]["duplicates"] == []


async def test_a_case_of_the_own_site_can_be_compared(review: Review, desk: Desk) -> None:
    review.put(with_pair(pair=replace(PAIR, site="jinan")), a_waiting_case(OTHER))

    granted = await review.use_cases.grant_views(WANG, CASE)
    _, shown = await desk("GET", f"/api/review/cases/{CASE}", WANG)

    assert granted.grant.endswith("image-other")
    assert shown["items"][1]["duplicates"] == [
        {"number": "shandong-1de5467b", "case_id": OTHER, "image_id": "image-other"}
    ]


async def test_a_case_that_has_moved_to_another_site_since_is_no_longer_granted(review: Review) -> None:
    review.put(with_pair(pair=replace(PAIR, site="jinan")), a_waiting_case(OTHER, site="qingdao"))

    granted = await review.use_cases.grant_views(WANG, CASE)

    assert "image-other" not in granted.grant


async def test_what_resembles_a_picture_that_is_gone_is_not_granted(review: Review) -> None:
    gone = replace(PAIR, image_id="image-gone", site="jinan")
    review.put(with_pair(pair=gone), a_waiting_case(OTHER))

    granted = await review.use_cases.grant_views(WANG, CASE)

    assert "image-other" not in granted.grant


async def test_the_queue_s_row_carries_the_flag(review: Review, desk: Desk) -> None:
    review.put(note_duplicate(a_waiting_case(), PAIR), a_waiting_case(OTHER))

    _, queue = await desk("GET", "/api/review/queue", WANG)

    assert {row["case_id"]: row["duplicates"] for row in queue["items"]} == {CASE: 1, OTHER: 0}


def replace_ids(
    event: DuplicateFound, *, image_id: str, other: str, other_image: str, site: str
) -> DuplicateFound:
    return event.model_copy(
        update={
            "image_id": image_id,
            "other_registration_id": other,
            "other_image_id": other_image,
            "other_site": site,
        }
    )
