"""D1: every route says its action, and every caller gets from it what the tables say, and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from services.review.case import claim
from services.review.errors import CaseNotWaitingError
from services.review.model import LEVEL_OF_ROLE, CaseState, Staff
from shared.rights import RIGHTS, Action, Scope, is_possible_in
from shared.web.openapi import PUBLIC, description_of
from tests.architecture.worlds import ABSENT, FOREIGN_IMAGES, WORLDS, Answer, Call, World
from tests.review.builders import CASE, a_district_reviewer, a_site_reviewer, a_waiting_case
from tests.support.clocks import A_MORNING
from tests.uploads.builders import REGISTRATION
from tests.uploads.pictures import jpeg

TABLE: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("rights.yaml"))
CALLERS: list[str] = TABLE["callers"]
ROWS = [(service, route) for service, rows in TABLE["routes"].items() for route in rows]
STATES: tuple[CaseState, ...] = get_args(CaseState)


async def a_world(service: str, folder: Path, who: str = "owner") -> World:
    """Return a service nobody has called yet."""
    return await WORLDS[service](who, folder)


def is_for_everybody(service: str, route: str) -> bool:
    """Return whether the row is one number."""
    return isinstance(TABLE["routes"][service][route], int)


def row_of(service: str, route: str) -> dict[str, str]:
    """Return a row of the table by callers."""
    row = TABLE["routes"][service][route]
    cells = [row] * len(CALLERS) if is_for_everybody(service, route) else row
    return {who: str(cell) for who, cell in zip(CALLERS, cells, strict=True)}


def cell_of(there: Answer, absent: Answer) -> str:
    """Return two answers as the table writes them: one number if nobody can tell them apart."""
    alike = there.status == absent.status and (there.status < 400 or there.body == absent.body)
    return str(there.status) if alike else f"{there.status}/{absent.status}"


def _action(handler: Any) -> str | None:  # noqa: ANN401 - any handler
    description = description_of(handler)
    return description.action if description else None


async def handlers_of_all(folder: Path) -> dict[tuple[str, str], Any]:
    """Return every handler that the services have."""
    return {
        (service, route): handler
        for service in WORLDS
        for route, handler in (await a_world(service, folder)).routes().items()
    }


async def test_every_route_says_its_action_or_is_public_on_purpose(tmp_path: Path) -> None:
    handlers = await handlers_of_all(tmp_path)

    assert [key for key, handler in handlers.items() if _action(handler) is None] == []


async def test_public_is_exactly_what_the_table_gives_to_everybody(tmp_path: Path) -> None:
    handlers = await handlers_of_all(tmp_path)
    public = {key for key, handler in handlers.items() if _action(handler) == PUBLIC}

    assert public == {key for key in ROWS if is_for_everybody(*key)}


async def test_every_action_has_a_route_and_its_rights(tmp_path: Path) -> None:
    handlers = await handlers_of_all(tmp_path)
    named = {_action(handler) for handler in handlers.values()}

    assert named - {PUBLIC} == set(Action) == set(RIGHTS)


async def test_every_route_has_its_row_and_every_row_its_cells(tmp_path: Path) -> None:
    handlers = await handlers_of_all(tmp_path)

    assert set(ROWS) == set(handlers)
    assert {len(row_of(service, route)) for service, route in ROWS} == {len(CALLERS)}


@pytest.mark.parametrize(("service", "route"), ROWS, ids=[f"{service} {route}" for service, route in ROWS])
async def test_d1_everybody_gets_what_the_table_says(service: str, route: str, tmp_path: Path) -> None:
    cells: dict[str, str] = {}
    missing: list[Any] = []
    for who in CALLERS:
        there = await (await a_world(service, tmp_path, who)).ask(who, route)
        absent = there
        if not is_for_everybody(service, route):
            absent = await (await a_world(service, tmp_path, who)).ask(who, route, ABSENT)
        cells[who] = cell_of(there, absent)
        missing += [answer.body for answer in (there, absent) if answer.status == 404]

    assert cells == row_of(service, route)
    # The stranger's answer for what is there is the owner's for what is not.
    assert all(body == missing[0] for body in missing)


@pytest.mark.parametrize("who", CALLERS)
async def test_d1_the_queue_lists_the_own_jurisdiction_and_nothing_else(who: str, tmp_path: Path) -> None:
    world = await a_world("review", tmp_path, who)

    answer = await world.ask(who, "GET /api/review/queue")

    if answer.status == 200:
        listed = [item["case_id"] for item in answer.body["items"]]
        assert listed == ([CASE] if who in {"site", "colleague", "district"} else [])


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("site", 201),
        ("colleague", 201),
        ("district", 201),
        ("other_site", 404),
        ("twin_site", 404),
        ("other_district", 404),
        ("admin", 403),
        ("owner", 403),
        ("anonymous", 401),
    ],
)
async def test_d1_the_next_case_is_one_of_the_own_jurisdiction(who: str, status: int, tmp_path: Path) -> None:
    world, route = await a_world("review", tmp_path, who), "POST /api/review/claims"
    _ = await world.calls[route](CASE)

    answer = await world.ask(who, route, call=Call("/api/review/claims", {}))

    assert answer.status == status


IMAGES = f"/api/uploads/dossiers/{REGISTRATION}/images"
KEY = {"Idempotency-Key": "key-of-this-one"}
ABOUT_IMAGES = {
    "owner POST /api/uploads/dossiers/{registration_id}/images": f"{IMAGES}?category=diploma&replaces={{}}",
    "owner DELETE /api/uploads/dossiers/{registration_id}/images/{image_id}": f"{IMAGES}/{{}}",
    "owner POST /api/uploads/dossiers/{registration_id}/images/{image_id}/confirmation": (
        f"{IMAGES}/{{}}/confirmation"
    ),
    "owner GET /api/uploads/images/{image_id}/copy": "/api/uploads/images/{}/copy",
    "owner GET /api/uploads/images/{image_id}/thumbnail": "/api/uploads/images/{}/thumbnail",
    "site GET /api/uploads/images/{image_id}/copy": "/api/uploads/images/{}/copy",
    "site GET /api/uploads/images/{image_id}/thumbnail": "/api/uploads/images/{}/thumbnail",
    "site GET /api/uploads/images/{image_id}/facts": "/api/uploads/images/{}/facts",
}


@pytest.mark.parametrize("asked", ABOUT_IMAGES)
async def test_d2_a_picture_of_somebody_else_is_as_absent_as_none(asked: str, tmp_path: Path) -> None:
    who, _, route = asked.partition(" ")
    answers = []
    for image in (*FOREIGN_IMAGES, ABSENT):
        headers = KEY if who == "owner" else {"X-View-Grant": who}
        call = Call(
            ABOUT_IMAGES[asked].format(image), data=jpeg(98) if "POST" in route else None, headers=headers
        )
        answers.append(await (await a_world("uploads", tmp_path, who)).ask(who, route, call=call))

    assert answers == [answers[-1]] * 3
    assert answers[0].status == (404 if who == "owner" else 403)


@pytest.mark.parametrize("staff", [a_site_reviewer(), a_district_reviewer()], ids=["site", "district"])
@pytest.mark.parametrize("state", STATES)
def test_d13_a_case_is_claimed_in_the_states_of_the_table_and_in_no_other(
    staff: Staff, state: CaseState
) -> None:
    case = replace(a_waiting_case(), state=state)
    try:
        claimed = claim(case, staff, A_MORNING).case.hold is not None
    except CaseNotWaitingError:
        claimed = False

    assert claimed == is_possible_in(state, Action.CLAIM_CASE, staff.role)
    assert claimed == (state == f"awaiting_{staff.level}")


def test_every_state_of_the_table_is_one() -> None:
    named = {state for rights in RIGHTS.values() for right in rights.values() for state in right.states or ()}

    assert named <= set(STATES)


def test_who_has_a_right_at_a_desk_reviews_on_a_level() -> None:
    desks = {Scope.SITE, Scope.DISTRICT}
    roles = {role for rights in RIGHTS.values() for role, right in rights.items() if right.scope in desks}

    assert roles == set(LEVEL_OF_ROLE)
