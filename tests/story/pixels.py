"""Looking at pictures: is it the same one, is it marked all over, does it still carry notes."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.float32]

_ROWS, _COLUMNS = 4, 6
_REACH = 5
_VISIBLE = 10.0
_MARKED_SHARE = 0.004
_SMALL = (64, 64)
_NOTES = (b"Exif\x00\x00", b"SPECIMEN-SERIAL", b"36.6683N", b"http://ns.adobe.com/xap")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a copy relates to the picture that was uploaded."""

    likeness: float
    marked_tiles: int
    tiles: int

    @property
    def is_same_picture(self) -> bool:
        """Tell whether both show the same, the same way up."""
        return self.likeness > 0.97

    @property
    def is_marked_all_over(self) -> bool:
        """Tell whether something was printed across the whole picture."""
        return self.marked_tiles >= self.tiles * 3 // 4

    @property
    def is_unmarked(self) -> bool:
        """Tell whether nothing was printed across the picture."""
        return self.marked_tiles <= self.tiles // 8


def opened(content: bytes) -> Image.Image:
    """Return the picture in a file, completely decoded."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def compare(upright: Image.Image, copy: Image.Image) -> Comparison:
    """Compare the upright picture that was uploaded with the copy that the system shows."""
    before = upright.convert("L").resize(copy.size, Image.Resampling.LANCZOS)
    darkest = _grey(before.filter(ImageFilter.MinFilter(_REACH)))
    brightest = _grey(before.filter(ImageFilter.MaxFilter(_REACH)))
    after = _grey(copy)
    # Fine lines move a little when a picture is scaled; a mark lies outside of what was there nearby.
    beyond = np.maximum(darkest - after, after - brightest)
    marked = sum(float((tile > _VISIBLE).mean()) > _MARKED_SHARE for tile in _tiles(beyond))
    return Comparison(_likeness(upright, copy), marked, _ROWS * _COLUMNS)


def leftover_notes(content: bytes) -> list[str]:
    """Return what a file still tells about camera and place."""
    found = [note.decode(errors="replace") for note in _NOTES if note in content]
    picture = opened(content)
    found += [f"EXIF {tag}" for tag in picture.getexif()]
    return found + [f"info {name}" for name in ("exif", "Comment", "comment") if name in picture.info]


def _likeness(one: Image.Image, other: Image.Image) -> float:
    a = _grey(one.resize(_SMALL, Image.Resampling.BOX)).ravel()
    b = _grey(other.resize(_SMALL, Image.Resampling.BOX)).ravel()
    return float(np.corrcoef(a, b)[0, 1])


def _grey(picture: Image.Image) -> Grey:
    return np.asarray(picture.convert("L"), dtype=np.float32)


def _tiles(pixels: Grey) -> list[Grey]:
    return [
        tile
        for band in np.array_split(pixels, _ROWS, axis=0)
        for tile in np.array_split(band, _COLUMNS, axis=1)
    ]
