"""Answers as they are folded."""

from services.auth.model import folded


def test_an_answer_counts_as_people_mean_it() -> None:
    assert folded(" ＡＢc 小学 ") == folded("abC 小学")
