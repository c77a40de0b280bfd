"""What the comparing child can be asked for, and what comes of it; its side is `likeness/operations.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from services.uploads.resemblance import Kinship, Resemblance
from services.uploads.tasks import Values


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two originals."""

    first: bytes
    second: bytes

    def params(self) -> Mapping[str, object]:
        """Return nothing."""
        return {}

    def blobs(self) -> tuple[bytes, ...]:
        """Return both originals."""
        return (self.first, self.second)


@dataclass(frozen=True, slots=True)
class FindKinship(_Pair):
    """Find out how near a second original is to a first one as a shot."""

    op: ClassVar[str] = "kinship"

    def read(self, values: Values, _: Sequence[bytes]) -> Kinship:
        """Return what was found."""
        return Kinship(**values)


@dataclass(frozen=True, slots=True)
class FindResemblance(_Pair):
    """Find out how far two originals agree in what is printed."""

    op: ClassVar[str] = "resemblance"

    def read(self, values: Values, _: Sequence[bytes]) -> Resemblance:
        """Return what was found."""
        return Resemblance(**values)


@dataclass(frozen=True, slots=True)
class HashPage:
    """Return the hash of the paper in an original."""

    op: ClassVar[str] = "page_hash"

    content: bytes

    def params(self) -> Mapping[str, object]:
        """Return nothing."""
        return {}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the original."""
        return (self.content,)

    def read(self, values: Values, _: Sequence[bytes]) -> str:
        """Return 64 bits as hex."""
        return str(values["page_hash"])
