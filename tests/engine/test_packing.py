"""Keys and values are packed as the storage engine's own package packs them."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.engine import packing

_general = sys.modules["packing"]
TEXT = st.text(max_size=20)
BYTES = st.binary(max_size=30)
NUMBER = st.integers(-(2**63), 2**63 - 1)
KINDS = {"S": TEXT, "u": BYTES, "q": NUMBER}


@pytest.mark.parametrize("form", ["S", "u", "q", "SS", "SSS", "SSu", "SSq", "SSSu", "SSSS", "qq"])
def test_values_are_packed_and_unpacked_like_the_package_does(form: str) -> None:
    @given(st.tuples(*(KINDS[kind] for kind in form)))
    def check(values: tuple[object, ...]) -> None:
        packed = packing.pack(form, *values)

        assert packed == _general.pack(form, *values)
        assert packing.unpack(form, packed) == _general.unpack(form, packed)

    check()


def test_a_value_without_bytes_is_empty() -> None:
    assert packing.unpack("u", b"") == _general.unpack("u", b"") == [b""]
