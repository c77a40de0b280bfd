"""Percentiles are measured values."""

import pytest

from tests.bench.percentiles import percentile


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_the_value_at_its_rank(share: float, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_one_value_is_every_percentile() -> None:
    assert percentile([7.0], 0.99) == 7.0


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)
