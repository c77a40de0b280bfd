"""Percentiles by nearest rank: a value that was really measured."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share (0 to 1) of all do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    rank = max(1, math.ceil(share * len(values)))
    return sorted(values)[rank - 1]
