"""The child process that decodes pictures: one request after another, within hard limits.

What it reads is hostile: it holds no key, no connection and no secret, and its parent may kill it any time.
"""

import json
import math
import resource
import sys
import warnings
from collections.abc import Mapping
from typing import Any, BinaryIO

from services.uploads.imaging.decoding import BrokenImageError
from services.uploads.imaging.operations import OPERATIONS, Operation
from services.uploads.imaging_wire import HEADER_BYTES, MOST_BYTES, Tray, message

MEMORY_BYTES = 1 << 30
# The processor's time, not the clock's: a machine that is busy makes no picture damaged.
CPU_SECONDS = 10


def serve(operations: Mapping[str, Operation]) -> None:
    """Do what the parent asks for until it closes the pipe; pictures lie in the memory it has handed down."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What Pillow finds odd about a hostile file is no line of the worker's log.
    warnings.simplefilter("ignore")
    source, target, tray = sys.stdin.buffer, sys.stdout.buffer, Tray(int(sys.argv[-1]))
    while (request := _read(source)) is not None:
        _allow(CPU_SECONDS)
        asked = json.loads(request)
        pictures = tray.take_up(asked["pictures"])
        target.write(_answer(operations[asked["op"]], asked["params"], pictures, tray))
        target.flush()


def _allow(seconds: int) -> None:
    """Let the system end this process after some more seconds of work."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _answer(operation: Operation, params: dict[str, Any], pictures: list[bytes], tray: Tray) -> bytes:
    try:
        made = operation(params, pictures)
    except BrokenImageError:
        return message({"readable": False})
    return message({"readable": True, "values": made.values, "pictures": tray.lay_down(made.blobs)})


def _read(source: BinaryIO) -> bytes | None:
    header = source.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    return source.read(int.from_bytes(header, "big"))


if __name__ == "__main__":
    serve(OPERATIONS)
