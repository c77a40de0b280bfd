"""Reading an upload's bytes: never more than allowed, never longer than allowed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.uploads.errors import (
    ImageTooLargeError,
    OverloadedError,
    TooManyUploadsError,
    UploadStalledError,
)

CHUNK_SECONDS = 15.0
BODY_SECONDS = 30.0
KILO = 1024
MOST_EACH = 6
MOST_BYTES = 256 * KILO * KILO
RETRY_SECONDS = 2
LEAST_PER_SECOND = 5 * KILO


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an upload may take: between two pieces, and as a whole unless it keeps a least speed."""

    chunk_seconds: float = CHUNK_SECONDS
    body_seconds: float = BODY_SECONDS
    least_per_second: int = LEAST_PER_SECOND


class BodiesInFlight:
    """Bounds how many bodies are in memory at once, and their bytes; more are sent away, not queued.

    Nobody holds more than a few of the places, so that slow connections of one shut nobody else out.
    """

    def __init__(self, most: int, most_each: int = MOST_EACH, most_bytes: int = MOST_BYTES) -> None:
        self._free = most
        self._free_bytes = most_bytes
        self._most_each = most_each
        self._held: Counter[str] = Counter()

    @contextmanager
    def place_for(self, candidate_id: str, size_bytes: int = 0) -> Iterator[None]:
        """Hold a place while a body of at most so many bytes is read.

        Raises:
            TooManyUploadsError: the candidate holds too many.
            OverloadedError: all are taken.
        """
        if self._held[candidate_id] >= self._most_each:
            raise TooManyUploadsError(retry_after=RETRY_SECONDS)
        if self._free <= 0 or self._free_bytes < size_bytes:
            raise OverloadedError(retry_after=RETRY_SECONDS)
        self._free -= 1
        self._free_bytes -= size_bytes
        self._held[candidate_id] += 1
        try:
            yield
        finally:
            self._free += 1
            self._free_bytes += size_bytes
            self._held[candidate_id] -= 1
            if not self._held[candidate_id]:
                del self._held[candidate_id]


def needed_bytes(limit: int, declared: int | None) -> int:
    """Return how much memory a body may take: what it declares, and no more than is read of it."""
    return limit if declared is None else min(declared, limit)


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
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(min(patience.chunk_seconds, patience.body_seconds)) as waiting:
            while piece := await anext(pieces, b""):
                content += piece
                if len(content) > limit:
                    raise _too_large(len(content), limit)
                earned = len(content) / patience.least_per_second
                next_piece = loop.time() + patience.chunk_seconds
                _allow(waiting, min(next_piece, began + max(patience.body_seconds, earned)))
    except TimeoutError:
        raise _stalled(len(content), declared) from None
    return bytes(content)


def _stalled(received: int, declared: int | None) -> UploadStalledError:
    of_all = f"（共 {declared} 字节）" if declared is not None else ""
    return UploadStalledError(
        f"图片没有传完：只收到 {received} 字节{of_all}，请检查网络后重试", received_bytes=received
    )


def _too_large(measured: int, limit: int) -> ImageTooLargeError:
    return ImageTooLargeError(
        f"图片大小为 {measured / KILO:.1f}k（{measured} 字节），"
        f"超过了 {limit / KILO:g}k（{limit} 字节）的限制，请压缩后重新上传",
        measured_bytes=measured,
        allowed_bytes=limit,
    )


def _allow(waiting: asyncio.Timeout, until: float) -> None:
    # A piece that comes with the end of the time hides the interruption.
    if waiting.expired():
        raise TimeoutError
    waiting.reschedule(until)
