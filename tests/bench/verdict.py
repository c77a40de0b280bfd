"""What became of every promise: the ledger against what the stores really hold. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.ledger import Entry

FIRST_UNCERTAIN = 500
NO_FAULTS = ("acknowledged", "recovered")


@dataclass(frozen=True, slots=True)
class Kept:
    """An image version as the database holds it, live or not."""

    image_id: str
    registration_id: str
    sha256: str
    is_ready: bool
    is_live: bool
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the database, in the object store and in the queues after the run."""

    images: Sequence[Kept]
    objects: Collection[str]
    queues: Mapping[str, int] = field(default_factory=dict)
    waiting_events: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings by name of image or object; all but `recovered` must be empty.

    `recovered`: no answer came or one that leaves it open, and the picture stands all the same.
    """

    acknowledged: int
    lost: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()
    left_in_queues: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()

    @property
    def faults(self) -> int:
        """Return how much is wrong: promises not kept, and things that nobody was promised."""
        return sum(count for name, count in self.counts().items() if name not in NO_FAULTS)

    @property
    def is_clean(self) -> bool:
        """Tell whether every promise was kept and nothing else is there."""
        return self.faults == 0

    def counts(self) -> dict[str, int]:
        """Return how many of each there are."""
        return {"acknowledged": self.acknowledged} | {
            name: len(found) for name, found in self._found().items()
        }

    def lines(self) -> list[str]:
        """Return the findings as lines for people, with some examples."""
        found = self._found()
        return [
            f"{name} {count}" + (f": {', '.join(found[name][:5])}" if found.get(name) else "")
            for name, count in self.counts().items()
        ]

    def _found(self) -> dict[str, tuple[str, ...]]:
        return {
            "lost": self.lost,
            "unfinished": self.unfinished,
            "unexpected": self.unexpected,
            "duplicated": self.duplicated,
            "orphaned": self.orphaned,
            "left_in_queues": self.left_in_queues,
            "recovered": self.recovered,
        }


def judged(ledger: Iterable[Entry], found: Found) -> Verdict:
    """Hold every attempt and every answer against what is there."""
    entries = list(ledger)
    kept = {image.image_id: image for image in found.images}
    promised = [entry for entry in entries if entry.is_acknowledged]
    refused = [entry for entry in entries if 0 < entry.status < FIRST_UNCERTAIN and not entry.is_acknowledged]
    attempted = {entry.attempt.image_id for entry in entries}
    open_ended = [entry for entry in entries if entry.status == 0 or entry.status >= FIRST_UNCERTAIN]
    return Verdict(
        acknowledged=len(promised),
        lost=tuple(entry.attempt.image_id for entry in promised if _is_lost(entry, kept, found.objects)),
        unfinished=tuple(image.image_id for image in found.images if image.is_live and not image.is_ready),
        unexpected=(
            *(image.image_id for image in found.images if image.image_id not in attempted),
            *(entry.attempt.image_id for entry in refused if entry.attempt.image_id in kept),
        ),
        duplicated=_duplicated(found.images),
        orphaned=tuple(sorted(set(found.objects) - {key for image in found.images for key in image.objects})),
        left_in_queues=_left(found),
        recovered=tuple(entry.attempt.image_id for entry in open_ended if entry.attempt.image_id in kept),
    )


def _is_lost(entry: Entry, kept: Mapping[str, Kept], objects: Collection[str]) -> bool:
    image = kept.get(entry.attempt.image_id)
    if image is None or image.sha256 != entry.attempt.sha256:
        return True
    return not set(image.objects) <= set(objects)


def _duplicated(images: Sequence[Kept]) -> tuple[str, ...]:
    ids = Counter(image.image_id for image in images)
    files = Counter((image.registration_id, image.sha256) for image in images if image.is_live)
    twice = {digest for digest, count in files.items() if count > 1}
    return (
        *(image_id for image_id, count in ids.items() if count > 1),
        *(image.image_id for image in images if (image.registration_id, image.sha256) in twice),
    )


def _left(found: Found) -> tuple[str, ...]:
    left = [f"{name}: {count}" for name, count in sorted(found.queues.items()) if count]
    return (*left, *([f"events in documents: {found.waiting_events}"] if found.waiting_events else []))
