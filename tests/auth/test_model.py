"""Names as they are shown and folded."""

import pytest

from services.auth.model import folded, masked


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张样例", "张*例"), ("王五", "王*"), ("买买提·艾力", "买****力"), ("", "*"), ("赵䶮", "赵*")],
)
def test_a_masked_name_shows_its_ends_only(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_an_answer_counts_as_people_mean_it() -> None:
    assert folded(" ＡＢc 小学 ") == folded("abC 小学")
