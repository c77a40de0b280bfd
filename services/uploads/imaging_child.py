"""The child process that decodes pictures: one request after another over its pipes, within hard limits.

What it reads is hostile: it holds no key, no connection and no secret, and its parent may kill it any time.
"""

import json
import resource
import sys
import warnings
from typing import BinaryIO

from services.uploads.imaging import BrokenImageError, finish

MEMORY_BYTES = 1 << 30
HEADER_BYTES = 4


def main() -> None:
    """Serve until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What Pillow finds odd about a hostile file is no line of the worker's log.
    warnings.simplefilter("ignore")
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while (watermark := _read(source)) is not None:
        content = _read(source)
        if content is None:
            return
        _answer(target, content, watermark.decode())


def _answer(target: BinaryIO, content: bytes, watermark: str) -> None:
    try:
        made = finish(content, watermark)
    except BrokenImageError:
        _write(target, json.dumps({"readable": False}).encode(), b"", b"")
        return
    header = {"readable": True, "width": made.width, "height": made.height}
    _write(target, json.dumps(header).encode(), made.copy, made.thumbnail)


def _read(source: BinaryIO) -> bytes | None:
    header = source.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    return source.read(int.from_bytes(header, "big"))


def _write(target: BinaryIO, *parts: bytes) -> None:
    for part in parts:
        target.write(len(part).to_bytes(HEADER_BYTES, "big"))
        target.write(part)
    target.flush()


if __name__ == "__main__":
    main()
