"""What the engine does more lightly comes to the same."""

import copy
from typing import Any

import bson
from hypothesis import given
from hypothesis import strategies as st

from deploy.engine.lighter import Copying

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**31), 2**31), st.floats(), st.text(), st.binary()
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4)
)


def places(value: Any) -> list[int]:
    """Return which objects and arrays a document is made of."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [id(value)] if isinstance(value, dict | list) else []
    return own + [place for each in inner for place in places(each)]


@given(DOCUMENTS)
def test_a_copied_document_is_equal_and_shares_nothing_that_can_be_changed(value: Any) -> None:
    document = {"value": value, "id": bson.ObjectId(), "at": bson.Timestamp(1, 2)}

    copied = Copying.deepcopy(document)

    assert bson.encode(copied) == bson.encode(copy.deepcopy(document))
    assert not set(places(copied)) & set(places(document))
