"""What is kept of an image version to find its like again: hashes, no person, no picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.uploads.bands import REACH, distance, keys_near, keys_of
from shared.policy.values import Duplicates

# Each comparison costs a fifth of a second of CPU. Another file of the same shot is among the nearest even
# where a whole school's diplomas have almost one hash: its two hashes differ hardly at all.
MOST_COMPARED: Final = 6


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hashes of one image version: of picture and paper; the employer is a digest."""

    image_id: str
    registration_id: str
    candidate_id: str
    category: str
    whole: str
    page: str
    employer: str | None
    taken_at: datetime

    @property
    def keys(self) -> list[str]:
        """Return the keys under which it is found."""
        return [f"w{key}" for key in keys_of(self.whole)] + [f"p{key}" for key in keys_of(self.page)]

    @property
    def keys_near(self) -> list[str]:
        """Return the keys under which everything like it is found."""
        return [f"w{key}" for key in keys_near(self.whole)] + [f"p{key}" for key in keys_near(self.page)]

    def distances(self, other: "Fingerprint") -> tuple[int, int]:
        """Return in how many bits the hashes differ: of the pictures, and of the papers in them."""
        return distance(self.whole, other.whole), distance(self.page, other.page)


def worth_comparing(
    mine: Fingerprint, others: Iterable[Fingerprint], rule: Duplicates
) -> tuple[Fingerprint, ...]:
    """Return the few of other candidates that may show the same paper, the most alike first.

    Colleagues hand in their employer's papers; whose employer is not known is nobody's colleague.
    """
    strangers = [other for other in others if other.candidate_id != mine.candidate_id]
    if rule is Duplicates.SAME_EMPLOYER_OK and mine.employer is not None:
        strangers = [other for other in strangers if other.employer != mine.employer]
    near = [other for other in strangers if min(mine.distances(other)) <= REACH]
    near.sort(key=lambda other: (sum(mine.distances(other)), other.image_id))
    return tuple(near[:MOST_COMPARED])
