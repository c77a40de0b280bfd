"""What the workshop can be asked to do with pictures, and what comes of it.

A task names its operation in `services/uploads/imaging/operations.py`, says what it gives there and how the
answer is read. A new one needs a class here and a file there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from services.uploads.model import Ground
from services.uploads.traits import Camera, Traits

Made = TypeVar("Made")
Made_co = TypeVar("Made_co", covariant=True)
# What a child answers is read like any other input: a wrong shape raises, and the child is replaced.
Values = dict[str, Any]


class Task(Protocol[Made_co]):
    """One thing to do with pictures."""

    op: ClassVar[str]

    def params(self) -> Mapping[str, object]:
        """Return what the operation needs to know."""
        ...

    def blobs(self) -> tuple[bytes, ...]:
        """Return the pictures."""
        ...

    def read(self, values: Values, blobs: Sequence[bytes]) -> Made_co:
        """Return the result in an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The workshop could not read a picture."""

    code: str


@dataclass(frozen=True, slots=True)
class Processed:
    """What the workshop made of an original."""

    width: int
    height: int
    copy: bytes
    thumbnail: bytes
    traits: Traits
    camera: Camera


@dataclass(frozen=True, slots=True)
class Finish:
    """Make copy and thumbnail of an original; an empty watermark means none."""

    op: ClassVar[str] = "finish"

    content: bytes
    watermark: str

    def params(self) -> Mapping[str, object]:
        """Return the text of the mark."""
        return {"watermark": self.watermark}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the original."""
        return (self.content,)

    def read(self, values: Values, blobs: Sequence[bytes]) -> Processed:
        """Return what was made."""
        copy, thumbnail = blobs
        return Processed(
            width=values["width"],
            height=values["height"],
            copy=copy,
            thumbnail=thumbnail,
            traits=Traits(**values["traits"]),
            camera=Camera(**values["camera"]),
        )


@dataclass(frozen=True, slots=True)
class StampView:
    """Cover places on a copy and write a text across it; boxes are left, top, right, bottom in parts."""

    op: ClassVar[str] = "stamp_view"

    content: bytes
    text: str
    boxes: tuple[tuple[float, float, float, float], ...] = ()

    def params(self) -> Mapping[str, object]:
        """Return text and boxes."""
        return {"text": self.text, "boxes": self.boxes}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the copy."""
        return (self.content,)

    def read(self, _: Values, blobs: Sequence[bytes]) -> bytes:
        """Return the picture for the viewer."""
        (made,) = blobs
        return made


@dataclass(frozen=True, slots=True)
class CleanOriginal:
    """Return an original as pixels alone, with a text on a strip below."""

    op: ClassVar[str] = "clean_original"

    content: bytes
    text: str

    def params(self) -> Mapping[str, object]:
        """Return the text."""
        return {"text": self.text}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the original."""
        return (self.content,)

    def read(self, _: Values, blobs: Sequence[bytes]) -> bytes:
        """Return the clean picture."""
        (made,) = blobs
        return made


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A smaller picture; without content, none that is small enough was legible."""

    content: bytes
    camera: Camera


@dataclass(frozen=True, slots=True)
class Shrink:
    """Make a picture's file smaller, no smaller in size than it may be, so that its text stays legible."""

    op: ClassVar[str] = "shrink"

    content: bytes
    max_bytes: int
    min_width: int = 1
    min_height: int = 1

    def params(self) -> Mapping[str, object]:
        """Return the bounds."""
        return {"max_bytes": self.max_bytes, "min_width": self.min_width, "min_height": self.min_height}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the picture."""
        return (self.content,)

    def read(self, values: Values, blobs: Sequence[bytes]) -> Shrunk:
        """Return what was made."""
        (content,) = blobs
        return Shrunk(content, Camera(**values["camera"]))


@dataclass(frozen=True, slots=True)
class MeasureGround:
    """Measure what stands behind a portrait."""

    op: ClassVar[str] = "ground"

    content: bytes

    def params(self) -> Mapping[str, object]:
        """Return nothing: there is nothing to choose."""
        return {}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the picture."""
        return (self.content,)

    def read(self, values: Values, blobs: Sequence[bytes]) -> Ground:
        """Return what was measured."""
        del blobs
        red, green, blue = values["colour"]
        return Ground((int(red), int(green), int(blue)), float(values["plain"]))


@dataclass(frozen=True, slots=True)
class FitPortrait:
    """Bring a portrait under a limit and into a window of width and height; none = no bound."""

    op: ClassVar[str] = "portrait"

    content: bytes
    max_bytes: int
    least: tuple[int | None, int | None]
    most: tuple[int | None, int | None]

    def params(self) -> Mapping[str, object]:
        """Return the bounds."""
        return {"max_bytes": self.max_bytes, "least": self.least, "most": self.most}

    def blobs(self) -> tuple[bytes, ...]:
        """Return the picture."""
        return (self.content,)

    def read(self, values: Values, blobs: Sequence[bytes]) -> bytes:
        """Return the file; nothing if none fits."""
        del values
        (content,) = blobs
        return content
