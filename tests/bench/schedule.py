"""When candidates come: open-loop arrivals, fixed before the run, whatever the system answers."""

from collections.abc import Callable, Sequence

Rate = Callable[[float], float]


def steady(per_second: float, seconds: float) -> list[float]:
    """Return evenly spaced instants, in seconds from the start."""
    return [number / per_second for number in range(round(per_second * seconds))]


def varying(rate: Rate, seconds: float, step: float = 0.01) -> list[float]:
    """Return instants whose density follows a rate that changes; each is where the next whole one is due."""
    instants: list[float] = []
    due = 0.0
    for number in range(round(seconds / step)):
        at = number * step
        due += rate(at) * step
        while due >= 1.0:
            due -= 1.0
            instants.append(at)
    return instants


def last_evening(peak: float, seconds: float) -> Rate:
    """Return how uploads rise on the last evening: slowly, to the peak just before closing, then none.

    The last sixth lies after closing: pages that are still open go on trying for a while.
    """
    closing = seconds * 5 / 6

    def rate(at: float) -> float:
        if at < closing:
            return peak * (0.25 + 0.75 * (at / closing) ** 3)
        return peak * 0.3 * max(0.0, 1 - (at - closing) / (seconds - closing))

    return rate


def per_second(instants: Sequence[float], seconds: int) -> list[int]:
    """Return how many instants lie in each second."""
    counts = [0] * seconds
    for at in instants:
        if 0 <= at < seconds:
            counts[int(at)] += 1
    return counts
