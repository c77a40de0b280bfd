"""Small pictures made by the tests themselves."""

import hashlib
import io
import random

from PIL import Image


def a_picture(seed: int = 1, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Return a picture that no other seed gives."""
    grain = random.Random(seed).randbytes(size[0] * size[1] // 64 * 3)
    small = Image.frombytes("RGB", (size[0] // 8, size[1] // 8), grain)
    return small.resize(size)


def jpeg(seed: int = 1, size: tuple[int, int] = (160, 120), **options: object) -> bytes:
    """Return a small JPEG."""
    return encoded(a_picture(seed, size), "JPEG", **options)


def png(seed: int = 1, size: tuple[int, int] = (160, 120), **options: object) -> bytes:
    """Return a small PNG."""
    return encoded(a_picture(seed, size), "PNG", **options)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture's file."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()
