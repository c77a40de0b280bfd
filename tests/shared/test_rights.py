"""How far a right reaches."""

from dataclasses import dataclass

import pytest

from shared.rights import RIGHTS, Action, StaffRole, allows, is_possible_in, oversees, owns, scope_of


@dataclass(frozen=True, slots=True)
class Desk:
    """A staff member's place."""

    role: StaffRole
    district: str
    site: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing belongs."""

    district: str = "37"
    site: str = "3701"


@pytest.mark.parametrize(
    ("desk", "expected"),
    [
        (Desk("site_reviewer", "37", "3701"), True),
        (Desk("site_reviewer", "37", "3702"), False),
        (Desk("site_reviewer", "11", "3701"), False),
        (Desk("site_reviewer", "37", None), False),
        (Desk("district_reviewer", "37", None), True),
        (Desk("district_reviewer", "37", "3702"), True),
        (Desk("district_reviewer", "11", None), False),
        (Desk("admin", "37", "3701"), False),
    ],
)
def test_a_desk_reaches_as_far_as_its_role(desk: Desk, expected: bool) -> None:
    assert oversees(Action.READ_CASE, desk, Place()) is expected


def test_a_grant_or_a_session_is_no_jurisdiction() -> None:
    desk = Desk("site_reviewer", "37", "3701")

    assert not oversees(Action.SHOW_IMAGE, desk, Place())
    assert not oversees(Action.SHOW_ME, desk, Place())


def test_a_candidate_has_what_is_the_own() -> None:
    assert owns(Action.OPEN_DOSSIER, "c1", "c1")
    assert not owns(Action.OPEN_DOSSIER, "c1", "c2")
    assert not owns(Action.READ_CASE, "c1", "c1")


def test_without_a_right_nothing_is_possible() -> None:
    assert not allows(Action.CLAIM_CASE, "candidate")
    assert scope_of(Action.CLAIM_CASE, "candidate") is None
    assert not is_possible_in("awaiting_site", Action.CLAIM_CASE, "candidate")


def test_a_right_without_states_leaves_them_to_the_thing() -> None:
    assert is_possible_in("anything", Action.READ_CASE, "site_reviewer")


@pytest.mark.parametrize("action", Action)
def test_an_action_is_named_after_its_service(action: Action) -> None:
    service, _, verb = action.partition(".")

    assert service in {"auth", "uploads", "review", "notify"}
    assert verb == action.name.lower().replace("_", "-")
    assert RIGHTS[action]
