"""When a candidate learns of a send-back and until when it can be answered: computed once, here."""

from dataclasses import dataclass
from datetime import datetime

from services.review.errors import SupplementOverError
from shared.policy.loader import Calendar


@dataclass(frozen=True, slots=True)
class Times:
    """From when notices go out and until when the candidate may act; no deadline means no limit."""

    release_at: datetime
    deadline: datetime | None


def times_of_send_back(calendar: Calendar, now: datetime) -> Times:
    """Return the times of a send-back stored now; a duration counts from the release (S0-32).

    Raises:
        SupplementOverError: the fixed instant for supplements has passed.
    """
    supplement = calendar.deadline.supplement
    release_at = now
    if supplement.duration is not None:
        return Times(release_at, release_at + supplement.duration)
    if supplement.instant is not None and supplement.instant <= release_at:
        raise SupplementOverError
    return Times(release_at, supplement.instant)
