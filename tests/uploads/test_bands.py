"""Keys by which near hashes are found."""

from hypothesis import given
from hypothesis import strategies as st

from services.uploads.bands import BITS, REACH, distance, keys_near, keys_of

hashes = st.integers(min_value=0, max_value=2**BITS - 1).map("{:016x}".format)
flips = st.sets(st.integers(min_value=0, max_value=BITS - 1), max_size=REACH)


def flipped(digest: str, bits: set[int]) -> str:
    whole = int(digest, 16)
    for bit in bits:
        whole ^= 1 << bit
    return f"{whole:016x}"


@given(digest=hashes, bits=flips)
def test_every_hash_within_reach_is_found_by_its_keys(digest: str, bits: set[int]) -> None:
    near = flipped(digest, bits)

    assert distance(digest, near) == len(bits) <= REACH
    assert set(keys_near(digest)) & set(keys_of(near))


def test_a_hash_far_away_in_every_band_is_not_found() -> None:
    assert not set(keys_near("0" * 16)) & set(keys_of("0003" * 4))


def test_a_look_up_asks_for_few_exact_keys() -> None:
    assert len(keys_near("0123456789abcdef")) == 4 * 17
    assert keys_of("0123456789abcdef") == ["0cdef", "189ab", "24567", "30123"]
