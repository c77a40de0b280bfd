"""Names as they are shown where others may look."""

import pytest

from shared.masking import masked_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张样例", "张*例"),
        ("王五", "王*"),
        ("买买提·艾力", "买****力"),
        ("", "*"),
        ("赵䶮", "赵*"),
        ("𠮷田丰", "𠮷*丰"),
    ],
)
def test_a_masked_name_shows_its_ends_only(name: str, shown: str) -> None:
    assert masked_name(name) == shown
