"""Reading an upload's bytes: never more than allowed, never longer than allowed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.uploads.errors import ImageTooLargeError, OverloadedError, UploadStalledError

CHUNK_SECONDS = 15.0
BODY_SECONDS = 60.0
KILO = 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an upload may take: between two pieces, and as a whole."""

    chunk_seconds: float = CHUNK_SECONDS
    body_seconds: float = BODY_SECONDS


class BodiesInFlight:
    """Bounds how many bodies are in memory at once; more are sent away, not queued."""

    def __init__(self, most: int) -> None:
        self._free = most

    def __enter__(self) -> None:
        """Take a place.

        Raises:
            OverloadedError: all are taken.
        """
        if self._free <= 0:
            raise OverloadedError(retry_after=2)
        self._free -= 1

    def __exit__(self, *_: object) -> None:
        """Give the place back."""
        self._free += 1


async def read_body(
    pieces: AsyncIterator[bytes], limit: int, declared: int | None, patience: Patience
) -> bytes:
    """Return the whole body; reading stops at the limit.

    Raises:
        ImageTooLargeError: more came, or was declared.
        UploadStalledError: the bytes stopped coming.
    """
    if declared is not None and declared > limit:
        raise _too_large(declared, limit)
    content = bytearray()
    try:
        async with asyncio.timeout(patience.body_seconds):
            while piece := await asyncio.wait_for(anext(pieces, b""), patience.chunk_seconds):
                content += piece
                if len(content) > limit:
                    raise _too_large(len(content), limit)
    except TimeoutError:
        raise UploadStalledError from None
    return bytes(content)


def _too_large(measured: int, limit: int) -> ImageTooLargeError:
    return ImageTooLargeError(
        f"图片大小为 {measured / KILO:.1f}k（{measured} 字节），"
        f"超过了 {limit / KILO:g}k（{limit} 字节）的限制，请压缩后重新上传",
        measured_bytes=measured,
        allowed_bytes=limit,
    )
