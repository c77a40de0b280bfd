"""Bringing a portrait into its window and under its limit, as the registration's own tool would not."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.decoding import decoded
from services.uploads.imaging.encoding import encoded

QUALITIES = (95, 92, 88, 84, 80, 75, 70, 65, 60)
# Steps by which a portrait that is too rich in detail gets smaller, as long as its window lets it.
STEP = 0.92
MOST_STEPS = 24


def portrait_operation(params: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    """Answer the task `FitPortrait`."""
    picture = decoded(blobs[0]).picture
    made = fit_portrait(picture, params["max_bytes"], params["least"], params["most"])
    return Answer({}, (made,))


def fit_portrait(
    picture: Image.Image, max_bytes: int, least: Sequence[int | None], most: Sequence[int | None]
) -> bytes:
    """Return the best JPEG of at most so many bytes within the window; nothing if there is none.

    It is scaled as a whole, never cropped or stretched: what shape it has stays the candidate's affair.
    """
    scales = [limit / side for limit, side in zip(most, picture.size, strict=True) if limit]
    shrink = min([1.0, *scales])
    for step in range(MOST_STEPS):
        scale = shrink * STEP**step
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        if step and any(limit and side < limit for limit, side in zip(least, size, strict=True)):
            break
        scaled = picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            content = encoded(scaled, quality)
            if len(content) <= max_bytes:
                return content
    return b""
