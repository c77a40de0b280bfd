"""The HTTP edge: the main way through, refusals, and who may call."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.review.model import Case, Staff
from shared.web.identity import StaffCaller
from tests.review.builders import (
    CANDIDATE,
    CASE,
    DEMO,
    DIPLOMA_TEXT,
    a_district_reviewer,
    a_dossier,
    a_lock,
    a_returned_case,
    a_site_reviewer,
    a_waiting_case,
    an_item,
    locked_for,
)
from tests.review.conftest import Desk, Review
from tests.support.clocks import A_MORNING

WANG, LI = a_site_reviewer(), a_district_reviewer()
URL = f"/api/review/cases/{CASE}"


async def test_the_whole_way_from_claim_to_pass(review: Review, desk: Desk) -> None:
    review.put(a_waiting_case())

    status, claimed = await desk("POST", "/api/review/claims", WANG, {})
    assert (status, claimed) == (
        201,
        {
            "case_id": CASE,
            "hold": {
                "number": 1,
                "state": "waiting",
                "refusal": None,
                "mine": True,
                "holder": "王审核员",
                "until": "2020-03-12T06:20:00Z",
            },
        },
    )
    await review.use_cases.begin_review(CASE, a_lock(1), 4, DEMO.version)
    for image in ("image-id", "image-diploma"):
        status, _ = await desk("PUT", f"{URL}/verdicts/{image}", WANG, {"verdict": "passed"})
        assert status == 200
    status, case = await desk("POST", f"{URL}/conclusion", WANG, {"outcome": "pass"})
    assert (status, case["state"], case["level"]) == (200, "awaiting_district", "district")

    await desk("POST", "/api/review/claims", LI, {"case_id": CASE})
    await review.use_cases.begin_review(CASE, a_lock(2), 8, DEMO.version)
    status, case = await desk("POST", f"{URL}/conclusion", LI, {"outcome": "pass"})
    assert (status, case["state"], case["hold"]) == (200, "passed", None)
    path = f"/api/review/registrations/{CASE}/status"
    assert await desk("GET", path, CANDIDATE) == (
        200,
        {"status_word": "审核通过", "status": "passed", "reviewed_by": ["site", "district"]},
    )


async def test_a_case_as_its_holder_sees_it(review: Review, desk: Desk) -> None:
    answered = a_returned_case()
    review.put(answered)
    later = A_MORNING + timedelta(hours=2)
    review.clock.instant = later
    state = a_dossier(submissions=2, revision=4, at=later)
    await review.use_cases.follow_dossier(CASE, state, 25, DEMO.version)
    await desk("POST", "/api/review/claims", WANG, {"case_id": CASE})
    items = (an_item("image-id", "id_proof", "front"), an_item("image-new", replaces="image-diploma"))
    await review.use_cases.begin_review(CASE, a_lock(2, items, 4), 26, DEMO.version)

    status, case = await desk("GET", URL, WANG)

    assert status == 200
    reasons, timeline = case.pop("reasons"), case.pop("timeline")
    assert case == {
        "case_id": CASE,
        "state": "awaiting_site",
        "level": "site",
        "round": 2,
        "heading": "2020110 临床执业医师",
        "registration": {
            "name": "张样例",
            "admission_ticket_no": "2020370100001",
            "id_type": "居民身份证",
            "id_number_masked": "370***********0113",
            "phone_masked": "139****0001",
            "site_name": "济南",
            "district_name": "山东省",
            "attributes": [
                {"label": "学历", "value": "本科"},
                {"label": "应届毕业生", "value": "否"},
            ],
        },
        "hold": {
            "number": 2,
            "state": "locked",
            "refusal": None,
            "mine": True,
            "holder": "王审核员",
            "until": "2020-03-12T08:20:00Z",
        },
        "items": [
            {
                "image_id": "image-id",
                "category": "id_proof",
                "category_name": "身份证明",
                "category_number": 1,
                "slot": "front",
                "slot_name": "人像面",
                "replaces": None,
                "width": 800,
                "height": 600,
                "doubts": [],
                "verdict": {
                    "verdict": "passed",
                    "reason_code": None,
                    "text": None,
                    "by": "王审核员",
                    "level": "site",
                    "at": "2020-03-12T06:00:00Z",
                },
                "previous": None,
                "duplicates": [],
            },
            {
                "image_id": "image-new",
                "category": "diploma",
                "category_name": "毕业证书",
                "category_number": None,
                "slot": None,
                "slot_name": None,
                "replaces": "image-diploma",
                "width": 800,
                "height": 600,
                "doubts": [],
                "verdict": None,
                "previous": {
                    "image_id": "image-diploma",
                    "reason_label": "编号无法辨别",
                    "text": DIPLOMA_TEXT,
                },
                "duplicates": [],
            },
        ],
        "unlocks_text": "退回后只解锁被退回的图片，考生须在 3月13日 16:00 前补充",
        "send_back": {
            "sendback_id": answered.send_back and answered.send_back.id,
            "level": "site",
            "deadline": "2020-03-13T06:00:00Z",
            "outcome": None,
            "withdrawal": None,
            "can_withdraw": False,
            "can_extend": False,
        },
        "overdue": [],
        "server_time": "2020-03-12T08:00:00Z",
    }
    assert list(reasons) == ["id_proof", "diploma"]
    assert [(entry["kind"], entry["who"], entry["text"]) for entry in timeline] == [
        ("submitted", None, "考生提交审核，共 2 张图片"),
        ("claimed", "王审核员", "领取审核"),
        ("sent_back", "王审核员", "退回 1 张图片"),
        ("resubmitted", None, "考生重新提交，共 2 张图片"),
        ("claimed", "王审核员", "领取审核"),
    ]


async def test_pictures_stand_in_the_order_and_under_the_numbers_of_the_candidates_page(
    review: Review, desk: Desk
) -> None:
    uploaded = (
        an_item("image-other", "other"),
        an_item("image-probation", "probation_proof"),
        an_item("image-2", "diploma"),
        an_item("image-handheld", "id_proof", "handheld"),
        an_item("image-1", "diploma"),
        an_item("image-unknown", "gone"),
        an_item("image-back", "id_proof", "back"),
        an_item("image-front", "id_proof", "front"),
    )
    review.put(locked_for(_of_a_graduate(a_waiting_case()), WANG, items=uploaded))

    _, case = await desk("GET", URL, WANG)

    assert [(item["category_number"], item["image_id"]) for item in case["items"]] == [
        (1, "image-front"),
        (1, "image-back"),
        (1, "image-handheld"),
        (2, "image-2"),
        (2, "image-1"),
        (3, "image-probation"),
        (None, "image-other"),
        (None, "image-unknown"),
    ]
    assert list(case["reasons"])[:2] == ["id_proof", "diploma"]


async def test_the_next_round_begins_when_the_candidate_has_answered(review: Review, desk: Desk) -> None:
    review.put(a_returned_case())
    _, returned = await desk("GET", URL, WANG)
    _, listed = await desk("GET", "/api/review/queue?view=with_candidate", WANG)

    later = A_MORNING + timedelta(hours=2)
    await review.use_cases.follow_dossier(CASE, a_dossier(submissions=2, at=later), 25, DEMO.version)
    _, answered = await desk("GET", URL, WANG)
    _, waiting = await desk("GET", "/api/review/queue?view=resubmitted", WANG)

    assert (returned["round"], listed["items"][0]["round"]) == (1, 1)
    assert (answered["round"], waiting["items"][0]["round"]) == (2, 2)


async def test_the_queue_masks_names_and_says_who_holds(review: Review, desk: Desk) -> None:
    review.put(locked_for(a_waiting_case(), WANG))

    status, queue = await desk("GET", "/api/review/queue?view=waiting", a_site_reviewer("zhao"))

    assert (status, queue) == (
        200,
        {
            "view": "waiting",
            "level": "site",
            "counts": {"waiting": 1, "resubmitted": 0, "mine": 0, "with_candidate": 0, "done": 0},
            "items": [
                {
                    "case_id": CASE,
                    "name_masked": "张**",
                    "ticket_tail": "0001",
                    "heading": "2020110 临床执业医师",
                    "site_name": "济南",
                    "state": "awaiting_site",
                    "round": 1,
                    "resubmitted": False,
                    "waiting_since": "2020-03-12T06:00:00Z",
                    "submitted_at": "2020-03-12T06:00:00Z",
                    "image_count": 2,
                    "overdue": [],
                    "holder": {
                        "display_name": "王审核员",
                        "until": "2020-03-12T06:20:00Z",
                        "mine": False,
                    },
                    "doubtful": 0,
                    "duplicates": 0,
                }
            ],
            "server_time": "2020-03-12T06:00:00Z",
        },
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/api/review/claims", {}, (404, "queue_empty")),
        ("POST", "/api/review/claims", {"case_id": CASE}, (409, "case_already_claimed")),
        ("POST", "/api/review/claims", {"case": CASE}, (422, "invalid")),
        ("POST", "/api/review/claims", {"case_id": {"$ne": 1}}, (422, "invalid")),
        ("GET", "/api/review/queue?view=all", None, (422, "invalid")),
        ("PUT", f"{URL}/verdicts/image-id", {"verdict": "passed"}, (409, "hold_lost")),
        ("PUT", f"{URL}/verdicts/image-id", {"verdict": "maybe"}, (422, "invalid")),
        ("DELETE", f"{URL}/verdicts/image-id", None, (409, "hold_lost")),
        ("POST", f"{URL}/conclusion", {"outcome": "pass"}, (409, "hold_lost")),
        ("POST", f"{URL}/renewal", None, (409, "hold_lost")),
        ("POST", f"{URL}/grants", None, (409, "hold_lost")),
        ("DELETE", f"{URL}/claim", None, (409, "hold_lost")),
        ("GET", "/api/review/cases/absent", None, (404, "case_not_found")),
    ],
)
async def test_refusals_have_stable_codes(  # noqa: PLR0917 - fixtures and one table
    review: Review, desk: Desk, method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    review.put(locked_for(a_waiting_case(), WANG))

    found, problem = await desk(method, path, a_site_reviewer("zhao"), body)

    assert (found, problem["code"]) == expected


CALLS = [
    ("GET", "/api/review/queue"),
    ("POST", "/api/review/claims"),
    ("GET", URL),
    ("POST", f"{URL}/grants"),
    ("PUT", f"{URL}/verdicts/image-id"),
    ("DELETE", f"{URL}/verdicts/image-id"),
    ("POST", f"{URL}/conclusion"),
    ("POST", f"{URL}/renewal"),
    ("DELETE", f"{URL}/claim"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_reviewing_is_for_reviewers(review: Review, desk: Desk, method: str, path: str) -> None:
    review.put(a_waiting_case())

    assert (await desk(method, path))[0] == 401
    assert (await desk(method, path, CANDIDATE))[0] == 403
    if method != "GET":
        assert (await desk(method, path, WANG, origin="https://elsewhere.example"))[0] == 403


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if CASE in call[1]])
async def test_a_foreign_case_is_an_absent_one(review: Review, desk: Desk, method: str, path: str) -> None:
    review.put(locked_for(a_waiting_case(), WANG))
    body = {"outcome": "pass"} if path.endswith("conclusion") else {"verdict": "passed"}
    stranger = a_site_reviewer("zhou", site="qingdao")

    foreign = await desk(method, path, stranger, body if method in {"PUT", "POST"} else None)
    absent = await desk(
        method, path.replace(CASE, "absent"), stranger, body if method in {"PUT", "POST"} else None
    )

    assert foreign[0] == absent[0] == 404
    assert {**foreign[1], "correlation_id": None} == {**absent[1], "correlation_id": None}


async def test_a_role_that_reviews_nothing_is_refused(desk: Desk) -> None:
    token = desk.signer.access(StaffCaller("root", "admin", "shandong", None, "session-root"))
    headers = {"Cookie": f"__Host-access={token}"}

    async with desk.client.get("/api/review/queue", headers=headers) as response:
        assert response.status == 403


async def test_staff_do_not_read_candidates_statuses(review: Review, desk: Desk) -> None:
    review.put(a_waiting_case())
    path = f"/api/review/registrations/{CASE}/status"

    assert (await desk("GET", path, WANG))[0] == 403
    assert (await desk("GET", path, "candidate-2"))[0] == 404
    assert (await desk("GET", path))[0] == 401


async def test_a_revoked_session_is_nobody(review: Review, desk: Desk) -> None:
    assert (await desk("GET", "/api/review/queue", WANG))[0] == 200

    await review.use_cases.note_revocation(WANG.session_id, A_MORNING)

    assert (await desk("GET", "/api/review/queue", WANG))[0] == 401


async def test_a_site_reviewer_without_a_site_sees_nothing(review: Review, desk: Desk) -> None:
    review.put(a_waiting_case())
    nowhere = Staff("wang", "王审核员", "site", "shandong", None, "session-wang")

    status, queue = await desk("GET", "/api/review/queue", nowhere)

    assert (status, queue["items"]) == (200, [])


def _of_a_graduate(case: Case) -> Case:
    """Return the case of somebody who has to show a diploma."""
    assert case.registration is not None
    person = replace(case.registration.person, attributes={"route": "degree"})
    return replace(case, registration=replace(case.registration, person=person))
