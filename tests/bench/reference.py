"""The measure of everything: bare Pillow, decode and encode, in as many processes as there are cores.

`python -m tests.bench.reference FOLDER SECONDS` is one such process; it prints its CPU seconds and pictures.
"""

import asyncio
import io
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

QUALITY = 85
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """What bare Pillow needs for a picture, and how many it does in a second on all cores."""

    cpu_ms: float
    per_second: float


def decode_and_encode(content: bytes) -> bytes:
    """Return the picture encoded again."""
    target = io.BytesIO()
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        picture.load()
        picture.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def mean(before: Reference, after: Reference) -> Reference:
    """Return the middle of two looks: a machine's speed changes while something else is measured."""
    return Reference(
        cpu_ms=(before.cpu_ms + after.cpu_ms) / 2, per_second=(before.per_second + after.per_second) / 2
    )


async def reference(folder: Path, seconds: float) -> Reference:
    """Run bare Pillow on both cores at once, as the system runs."""
    runs = await asyncio.gather(*(_one(folder, seconds) for _ in range(PROCESSES)))
    pictures = sum(run["pictures"] for run in runs)
    return Reference(
        cpu_ms=sum(run["cpu_seconds"] for run in runs) / pictures * 1000,
        per_second=sum(run["pictures"] / run["seconds"] for run in runs),
    )


async def _one(folder: Path, seconds: float) -> dict[str, float]:
    command = (sys.executable, "-m", "tests.bench.reference", str(folder), str(seconds))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    answer: dict[str, float] = json.loads(output)
    return answer


def main() -> None:
    """Decode and encode for the given time."""
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    contents = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
    for content in contents:
        decode_and_encode(content)
    began, used, pictures = time.monotonic(), _used(), 0
    while time.monotonic() - began < seconds:
        decode_and_encode(contents[pictures % len(contents)])
        pictures += 1
    done = {"pictures": pictures, "seconds": time.monotonic() - began, "cpu_seconds": _used() - used}
    sys.stdout.write(json.dumps(done))


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
