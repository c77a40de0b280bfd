"""What one worker's imaging costs: CPU seconds over a bare decode and encode of the same pictures."""

import io
import resource
import statistics
from collections.abc import Callable, Iterator

from PIL import Image

from services.uploads.imaging.finishing import finish
from tests.support.specimens import Kind, Person, specimen

QUALITY = 85
ROUNDS = 12
TEXT = "仅供2020年医师资格考试报名审核使用 山东省济南 张*例 {number:04d} 2020-03-11"
KINDS = (Kind.ID_FRONT, Kind.ID_BACK, Kind.ID_IN_HAND, Kind.DIPLOMA, Kind.PRACTICE_PROOF, Kind.LICENCE)


def imaging_figures(rounds: int = ROUNDS) -> dict[str, float]:
    """Return what the imaging costs: `imaging.cpu_ratio`, and the milliseconds of both sides per picture.

    Both sides take turns, so that a busy machine slows both; every picture gets a text of its own, as every
    candidate has one, so that no mark is ever taken from a cache.
    """
    pictures = sample_pictures()
    for content in pictures:
        _bare(content), finish(content, TEXT.format(number=0))
    texts = (TEXT.format(number=number) for number in range(1, rounds * len(pictures) + 1))
    pairs = [_pair(pictures, texts) for _ in range(rounds)]
    bare, ours = (sum(side) for side in zip(*pairs, strict=True))
    each = 1000 / (rounds * len(pictures))
    return {
        "imaging.cpu_ratio": round(statistics.median(own / plain for plain, own in pairs), 3),
        "imaging.bare_ms": round(bare * each, 2),
        "imaging.worker_ms": round(ours * each, 2),
        "imaging.pictures": float(rounds * len(pictures)),
        "imaging.picture_bytes": float(round(statistics.mean(map(len, pictures)))),
    }


def sample_pictures() -> list[bytes]:
    """Return JPEGs of 1600x1200 pixels and about 190 kB, as phones make them of papers."""
    person = Person("买买提·艾力", "370102198003121234")
    return [specimen(kind, person, seed=seed).content for seed, kind in enumerate(KINDS)]


def _pair(pictures: list[bytes], texts: Iterator[str]) -> tuple[float, float]:
    plain = _cpu_seconds(lambda: [_bare(content) for content in pictures])
    own = _cpu_seconds(lambda: [finish(content, next(texts)) for content in pictures])
    return plain, own


def _bare(content: bytes) -> bytes:
    """Decode and encode a picture, and nothing else."""
    target = io.BytesIO()
    Image.open(io.BytesIO(content)).save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def _cpu_seconds(work: Callable[[], object]) -> float:
    """Return what work took by the operating system's account, children included."""
    before = _account()
    work()
    return _account() - before


def _account() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
