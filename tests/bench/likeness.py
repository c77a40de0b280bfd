"""How well pictures that are alike are told apart; `python -m tests.bench.likeness [PEOPLE]` writes a report.

Precision and recall of the whole way: found by a hash within reach, then confirmed by comparing.
"""

import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random

from services.uploads.bands import REACH, distance
from services.uploads.imaging.decoding import decoded_planes
from services.uploads.imaging.ground import Ground
from services.uploads.imaging.traits import traits_of
from services.uploads.likeness.page import page_hash
from services.uploads.likeness.same_paper import resemblance
from services.uploads.likeness.same_shot import kinship
from services.uploads.resemblance import FURTHEST_SHOT, Kinship, Resemblance
from tests.support.specimens import Kind
from tests.support.specimens.pairs import Pair, Relation, classmates, pairs, photographed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "likeness.md"
SEED = 20200315
PEOPLE = 8
SCHOOL, EMPLOYER, OTHER_EMPLOYER = "样例医科大学", "样例市人民医院", "样例市第二人民医院"
FORMS: Mapping[Kind, Mapping[str, str]] = {
    Kind.DIPLOMA: {"school": SCHOOL},
    Kind.PRACTICE_PROOF: {"employer": EMPLOYER},
    Kind.ID_FRONT: {},
    Kind.COMMITMENT: {},
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a pair, and what was found out about it."""

    relation: Relation
    whole: int
    page: int
    paper: Resemblance
    shot: Kinship
    seconds: float

    @property
    def is_near(self) -> bool:
        """Tell whether a look-up by hashes leads from one to the other."""
        return min(self.whole, self.page) <= REACH

    @property
    def is_flagged(self) -> bool:
        """Tell whether a reviewer would be told."""
        return self.is_near and self.paper.is_same_paper

    @property
    def is_held_back(self) -> bool:
        """Tell whether an answer to a send-back would wait for the candidate's word."""
        return self.whole <= FURTHEST_SHOT and self.shot.brings_nothing_new


def likeness_figures(people: int = PEOPLE) -> dict[str, float]:
    """Return precision, recall and margins, by name."""
    return figures_of(list(_all(people)))


def figures_of(found: list[Measured]) -> dict[str, float]:
    """Return the figures of measured pairs."""
    same_paper = [each for each in found if each.relation.is_same_paper]
    others = [each for each in found if not each.relation.is_same_paper]
    files = [each for each in found if each.relation.is_same_shot]
    new_shots = [each for each in found if each.relation is Relation.NEW_SHOT]
    prints = [each for each in found if each.relation is Relation.PRINTED]
    flagged = [each for each in found if each.is_flagged]
    held = [each for each in found if each.is_held_back]
    return {
        "likeness.pairs": float(len(found)),
        "likeness.duplicate_precision": _share(flagged, [e for e in flagged if e.relation.is_same_paper]),
        "likeness.duplicate_recall_file": _share(files, [e for e in files if e.is_flagged]),
        "likeness.duplicate_recall_new_shot": _share(new_shots, [e for e in new_shots if e.is_flagged]),
        "likeness.duplicate_recall_print": _share(prints, [e for e in prints if e.is_flagged]),
        "likeness.duplicate_recall_confirming": _share(
            same_paper, [e for e in same_paper if e.paper.is_same_paper]
        ),
        "likeness.hash_alone_precision": _share(
            [e for e in found if e.is_near], [e for e in same_paper if e.is_near]
        ),
        "likeness.same_paper_least_agreement": min(each.paper.agreement for each in same_paper),
        "likeness.other_person_most_agreement": max(each.paper.agreement for each in others),
        "likeness.other_person_least_unlike_windows": float(min(each.paper.unlike for each in others)),
        "likeness.same_shot_precision": _share(held, [e for e in held if e.relation.is_same_shot]),
        "likeness.same_shot_recall": _share(files, [e for e in files if e.is_held_back]),
        "likeness.same_shot_most_tilt": max(each.shot.tilt for each in files),
        "likeness.new_shot_least_tilt": min(each.shot.tilt for each in new_shots),
        "likeness.same_shot_most_light": max(each.shot.light for each in files),
        "likeness.new_shot_least_light": min(each.shot.light for each in new_shots),
        "likeness.cpu_ms_per_pair": round(1000 * statistics.mean(each.seconds for each in found), 1),
    }


def _all(people: int) -> Iterator[Measured]:
    for number, (kind, form) in enumerate(FORMS.items()):
        group = classmates(people, Random(SEED + number), **form)
        yield from map(_measured, pairs(kind, group, SEED + 100 * number))
        shots = [photographed(kind, person, SEED + 50 + at) for at, person in enumerate(group)]
        for one, other in combinations(shots, 2):
            yield _measured(Pair(Relation.OTHER_PERSON, kind, one, other))
    yield from map(_measured, _licences(people))


def _licences(people: int) -> Iterator[Pair]:
    """Yield one hospital's licence as colleagues photograph it, and two hospitals' licences."""
    colleagues = classmates(people, Random(SEED), employer=EMPLOYER)
    strangers = classmates(people, Random(SEED), employer=OTHER_EMPLOYER)
    for number, (one, other) in enumerate(zip(colleagues, strangers, strict=True)):
        licence = photographed(Kind.LICENCE, one, SEED + 700 + number)
        same = photographed(Kind.LICENCE, one, SEED + 800 + number)
        yield Pair(Relation.NEW_SHOT, Kind.LICENCE, licence, same)
        yield Pair(
            Relation.OTHER_PERSON,
            Kind.LICENCE,
            licence,
            photographed(Kind.LICENCE, other, SEED + 900 + number),
        )


def _measured(pair: Pair) -> Measured:
    began = time.process_time()
    paper = resemblance(pair.first, pair.second)
    seconds = time.process_time() - began
    return Measured(
        relation=pair.relation,
        whole=distance(_whole(pair.first), _whole(pair.second)),
        page=distance(page_hash(pair.first), page_hash(pair.second)),
        paper=paper,
        shot=kinship(pair.first, pair.second),
        seconds=seconds,
    )


def _whole(content: bytes) -> str:
    grey = decoded_planes(content).planes.brightness
    return traits_of(grey, Ground.of(grey)).perceptual_hash


def _share(whole: Iterable[Measured], part: list[Measured]) -> float:
    total = len(list(whole))
    return round(len(part) / total, 4) if total else 1.0


def main() -> None:
    """Measure, and write the page."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    figures = likeness_figures(people)
    rows = "".join(f"| `{name}` | {value:g} |\n" for name, value in figures.items())
    PAGE.write_text(
        "# How well pictures that are alike are told apart\n\n"
        f"Written by `make likeness-report` ({people} people per form). What is compared how, and why:\n"
        "`docs/decisions/likeness.md`. The other person's paper is always the same form filled in for\n"
        "somebody else: a school's diploma, an employer's proof, an identity card, a commitment.\n\n"
        "| figure | value |\n|---|---|\n" + rows
    )
    sys.stdout.write(rows)


if __name__ == "__main__":
    main()
