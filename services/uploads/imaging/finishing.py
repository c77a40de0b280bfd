"""What every original goes through, decoded once: copy, thumbnail, traits, mark."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.decoding import decoded
from services.uploads.imaging.encoding import encoded
from services.uploads.imaging.traits import traits_of
from services.uploads.imaging.watermark import mark
from services.uploads.traits import Camera, Traits

THUMBNAIL_SIDE = 480


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of an original."""

    width: int
    height: int
    copy: bytes
    thumbnail: bytes
    traits: Traits
    camera: Camera


def finish_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `Finish`."""
    made = finish(blobs[0], params["watermark"])
    values = {
        "width": made.width,
        "height": made.height,
        "traits": asdict(made.traits),
        "camera": asdict(made.camera),
    }
    return Answer(values, (made.copy, made.thumbnail))


def finish(content: bytes, watermark: str) -> Finished:
    """Return copy and thumbnail of an original, decoded once.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    original = decoded(content)
    picture = original.picture
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    traits = traits_of(small)
    if watermark:
        mark(picture, watermark)
        mark(small, watermark)
    return Finished(picture.width, picture.height, encoded(picture), encoded(small), traits, original.camera)
