"""What comparing pictures finds out, on pairs whose relation is known."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from random import Random

import pytest
from typing_extensions import override

from services.uploads.bands import REACH, distance
from services.uploads.imaging.decoding import BrokenImageError
from services.uploads.likeness.page import page_hash
from services.uploads.likeness.same_paper import resemblance
from services.uploads.likeness.same_shot import kinship
from services.uploads.resemblance import NOTHING_SHARED, STRANGERS, Resemblance
from tests.support.specimens import Kind, truncated
from tests.support.specimens.pairs import (
    Pair,
    Relation,
    blurred,
    changed,
    classmates,
    pairs,
    photographed,
    printed,
)
from tests.support.specimens.people import Person

SCHOOL, EMPLOYER, OTHER_EMPLOYER = "样例医科大学", "样例市人民医院", "样例市第二人民医院"
SEED = 20200311


@lru_cache(maxsize=1)
def some_pairs() -> Sequence[Pair]:
    """Return all relations for two diplomas of a school and two proofs of an employer."""
    students = classmates(2, Random(SEED), school=SCHOOL)
    colleagues = classmates(2, Random(SEED), employer=EMPLOYER)
    return (*pairs(Kind.DIPLOMA, students, SEED), *pairs(Kind.PRACTICE_PROOF, colleagues, SEED + 500))


@lru_cache(maxsize=8)
def a_diploma(shot: int = 7) -> bytes:
    return photographed(Kind.DIPLOMA, classmates(1, Random(SEED), school=SCHOOL)[0], shot)


@pytest.mark.parametrize("relation", Relation)
def test_files_of_a_shot_and_pictures_of_a_paper_are_told_from_all_others(relation: Relation) -> None:
    chosen = [pair for pair in some_pairs() if pair.relation is relation]

    shots = {kinship(pair.first, pair.second).brings_nothing_new for pair in chosen}
    papers = {resemblance(pair.first, pair.second).is_same_paper for pair in chosen}

    assert shots == {relation.is_same_shot}
    assert papers == {relation.is_same_paper}


@pytest.mark.parametrize(
    ("kind", "people"),
    [
        (Kind.DIPLOMA, classmates(6, Random(SEED), school=SCHOOL)),
        (Kind.PRACTICE_PROOF, classmates(6, Random(SEED), employer=EMPLOYER)),
        (Kind.COMMITMENT, classmates(4, Random(SEED))),
    ],
)
def test_no_two_people_s_papers_of_one_form_are_taken_for_the_same(kind: Kind, people: list[Person]) -> None:
    shots = [photographed(kind, person, SEED + number) for number, person in enumerate(people)]

    found = [resemblance(one, other) for one, other in combinations(shots, 2)]

    assert not any(each.is_same_paper for each in found)
    assert min(each.windows for each in found) > 100
    assert max(each.agreement for each in found) < 0.6


def test_a_number_that_differs_in_one_digit_makes_another_diploma() -> None:
    student = classmates(1, Random(SEED), school=SCHOOL)[0]
    number = student.diploma_no[:-1] + str((int(student.diploma_no[-1]) + 4) % 10)

    found = resemblance(a_diploma(), photographed(Kind.DIPLOMA, _numbered(student, number), 8))

    assert found.unlike > 0
    assert not found.is_same_paper


def test_two_hospitals_licences_differ_and_one_hospital_s_is_the_same_for_all() -> None:
    first, colleague = classmates(2, Random(SEED), employer=EMPLOYER)
    stranger = classmates(1, Random(SEED), employer=OTHER_EMPLOYER)[0]
    licence = photographed(Kind.LICENCE, first, 21)

    assert resemblance(licence, photographed(Kind.LICENCE, colleague, 22)).is_same_paper
    assert not resemblance(licence, photographed(Kind.LICENCE, stranger, 23)).is_same_paper


def test_a_sharper_file_of_the_same_shot_brings_something_new() -> None:
    small = changed(a_diploma(), Relation.RESIZED, Random(3))
    soft = blurred(a_diploma(), 2.0)

    assert kinship(small, a_diploma()).is_same_shot
    assert not kinship(soft, a_diploma()).brings_nothing_new
    assert kinship(a_diploma(), soft).brings_nothing_new


def test_unlike_papers_share_nothing() -> None:
    proof = some_pairs()[-1].first

    assert kinship(a_diploma(), proof) == STRANGERS
    assert resemblance(a_diploma(), proof) == NOTHING_SHARED


def test_too_little_print_is_never_the_same_paper() -> None:
    assert not Resemblance(windows=40, unlike=0, agreement=1.0).is_same_paper


def test_the_page_s_hash_finds_the_paper_whatever_table_it_lies_on() -> None:
    whole = page_hash(a_diploma())

    assert distance(whole, page_hash(a_diploma(9))) <= REACH
    assert distance(whole, page_hash(printed(a_diploma(), 10))) <= REACH
    assert distance(whole, page_hash(some_pairs()[-1].first)) > REACH


def test_a_broken_picture_is_named_as_such() -> None:
    broken = truncated(classmates(1, Random(SEED))[0])

    with pytest.raises(BrokenImageError):
        resemblance(a_diploma(), broken)


def _numbered(person: Person, number: str) -> Person:
    class Renumbered(Person):
        """The same person with another diploma number."""

        @property
        @override
        def diploma_no(self) -> str:
            """Return the given number."""
            return number

    return Renumbered(person.name, person.id_number)
