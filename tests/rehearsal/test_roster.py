"""Invented candidates are what auth takes, and nobody's."""

from pathlib import Path
from random import Random

import pytest
from ruamel.yaml import YAML

from services.auth.roster import read_roster
from shared.policy.variables import variables_of
from tests.rehearsal.roster import id_number, roster


def test_auth_takes_the_generated_roster_as_it_takes_a_real_one(tmp_path: Path) -> None:
    file = tmp_path / "roster.yaml"
    with file.open("w") as target:
        YAML(typ="safe").dump(roster(30), target)

    found = read_roster(file, "registrations")

    assert len({row.registration_id for row in found.registrations}) == 30
    known = variables_of(())
    for row in found.registrations:
        assert all(known[name].fits(value) for name, value in row.attributes.items())


def test_the_same_seed_gives_the_same_people() -> None:
    assert roster(5, seed=1) == roster(5, seed=1)
    assert roster(5, seed=1) != roster(5, seed=2)


@pytest.mark.parametrize("seed", range(5))
def test_an_identity_number_has_a_right_check_digit_and_no_county(seed: int) -> None:
    number = id_number(Random(seed))

    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17]))
    assert (total + (10 if number[17] == "X" else int(number[17]))) % 11 == 1
    assert number.startswith("370199")
