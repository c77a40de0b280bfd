"""What an operation gives back."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Values for the header, and the pictures that were made."""

    values: Mapping[str, object]
    blobs: tuple[bytes, ...] = ()
