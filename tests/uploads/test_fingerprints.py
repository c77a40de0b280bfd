"""Fingerprints: what is worth comparing, and the contract of their store."""

from dataclasses import replace
from random import Random

import pytest

from services.uploads.bands import BITS, REACH
from services.uploads.fingerprint import MOST_COMPARED, Fingerprint, worth_comparing
from services.uploads.fingerprint_repository import FINGERPRINT_INDEXES, MongoFingerprints
from services.uploads.ports import Fingerprints
from shared.mongo import Database
from shared.policy.values import Duplicates
from tests.uploads.builders import NOW
from tests.uploads.fakes import InMemoryFingerprints

HASH = "0123456789abcdef"
FAR = "fedcba9876543210"


def a_fingerprint(
    name: str, *, whole: str = HASH, page: str = HASH, employer: str | None = None, category: str = "diploma"
) -> Fingerprint:
    """Return the fingerprint of a candidate's only image."""
    return Fingerprint(
        image_id=f"image-{name}",
        registration_id=f"registration-{name}",
        candidate_id=f"candidate-{name}",
        category=category,
        whole=whole,
        page=page,
        employer=employer,
        taken_at=NOW,
    )


def flipped(digest: str, bits: int, chance: Random) -> str:
    whole = int(digest, 16)
    for bit in chance.sample(range(BITS), bits):
        whole ^= 1 << bit
    return f"{whole:016x}"


MINE = a_fingerprint("mine", employer="hospital-1")


def test_what_is_near_in_one_of_its_hashes_is_compared_and_nothing_else() -> None:
    near = a_fingerprint("near", page=FAR)
    framed = a_fingerprint("framed", whole=FAR)
    far = a_fingerprint("far", whole=FAR, page=FAR)

    assert worth_comparing(MINE, [far, near, framed], Duplicates.FLAG) == (framed, near)


def test_a_candidate_s_own_pictures_are_no_duplicates() -> None:
    own = replace(a_fingerprint("own"), candidate_id=MINE.candidate_id)

    assert worth_comparing(MINE, [own], Duplicates.FLAG) == ()


@pytest.mark.parametrize(
    ("rule", "employers", "compared"),
    [
        (Duplicates.SAME_EMPLOYER_OK, ("hospital-1", "hospital-1"), False),
        (Duplicates.SAME_EMPLOYER_OK, ("hospital-1", "hospital-2"), True),
        (Duplicates.SAME_EMPLOYER_OK, (None, None), True),
        (Duplicates.FLAG, ("hospital-1", "hospital-1"), True),
    ],
)
def test_colleagues_may_hand_in_the_same_where_the_policy_says_so(
    rule: Duplicates, employers: tuple[str | None, str | None], *, compared: bool
) -> None:
    mine, other = (a_fingerprint(str(n), employer=employer) for n, employer in enumerate(employers))

    assert bool(worth_comparing(mine, [other], rule)) is compared


def test_of_many_that_are_near_the_nearest_are_compared() -> None:
    crowd = [a_fingerprint(f"crowd-{n}", page=flipped(HASH, 4, Random(n))) for n in range(50)]
    twin = a_fingerprint("twin", page=flipped(HASH, 1, Random(1)))

    chosen = worth_comparing(MINE, [*crowd, twin], Duplicates.FLAG)

    assert len(chosen) == MOST_COMPARED
    assert chosen[0] == twin


@pytest.fixture
async def store(maybe_database: Database | None) -> Fingerprints:
    """Return a store of each kind."""
    if maybe_database is None:
        return InMemoryFingerprints()
    await maybe_database.declare({"fingerprints": FINGERPRINT_INDEXES})
    return MongoFingerprints(maybe_database["fingerprints"])


async def test_everything_within_reach_is_found_in_either_hash(store: Fingerprints) -> None:
    chance = Random(7)
    near = {
        a_fingerprint(f"{kind}-{bits}", **{kind: flipped(HASH, bits, chance), other: FAR})
        for bits in range(REACH + 1)
        for kind, other in (("whole", "page"), ("page", "whole"))
    }
    noise = [a_fingerprint(f"n{n}", whole=f"{chance.getrandbits(BITS):016x}", page=FAR) for n in range(200)]
    for each in (*near, *noise):
        await store.keep(each)

    found = await store.near(MINE, 1000)

    assert near <= set(found)
    assert len(found) < len(near) + 20


async def test_only_the_own_category_is_looked_through_and_never_oneself(store: Fingerprints) -> None:
    await store.keep(MINE)
    await store.keep(a_fingerprint("other-category", category="licence"))
    await store.keep(a_fingerprint("alike"))

    assert await store.near(MINE, 10) == [a_fingerprint("alike")]


async def test_an_image_has_one_fingerprint_and_none_after_it_is_forgotten(store: Fingerprints) -> None:
    twin = a_fingerprint("twin")
    await store.keep(twin)
    await store.keep(replace(twin, whole=FAR))
    assert await store.near(MINE, 10) == [twin]

    await store.forget("never-there")
    assert await store.near(MINE, 10) == [twin]
    await store.forget(twin.registration_id)

    assert await store.near(MINE, 10) == []


async def test_a_look_up_reads_no_more_than_its_limit(store: Fingerprints) -> None:
    for number in range(5):
        await store.keep(a_fingerprint(str(number)))

    assert len(await store.near(MINE, 3)) == 3
