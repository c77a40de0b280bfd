"""What the use cases need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from services.uploads.announcing import Step
from services.uploads.attempts import Attempt
from services.uploads.batches import Batch, BatchKind, Selection
from services.uploads.dossier import ImageStep
from services.uploads.fingerprint import Fingerprint
from services.uploads.model import (
    Box,
    DeadVersion,
    Derivatives,
    Dossier,
    Item,
    Registration,
    StoredObject,
)
from services.uploads.tasks import Made, Task, Unreadable
from shared.events import Event
from shared.policy.loader import Calendar
from shared.policy.model import Policy


class Dossiers(Protocol):
    """The dossiers, each with its outgoing events."""

    async def find(self, registration_id: str) -> Dossier | None:
        """Return a dossier."""
        ...

    async def open(self, dossier: Dossier, events: Sequence[Event]) -> None:
        """Add a dossier unless it is there."""
        ...

    async def save(self, before: Dossier, step: Step) -> bool:
        """Apply a command unless another one came first; tell whether it was applied.

        Live images are left alone: a worker may finish them meanwhile.
        """
        ...

    async def save_images(self, before: Dossier, step: ImageStep) -> bool:
        """Apply a change of the live images if its guards hold; tell whether it was applied.

        A dead version is in the history before it is gone from the dossier.
        """
        ...

    async def finish_image(
        self, dossier: Dossier, item: Item, derivatives: Derivatives, facts: Sequence[Event] = ()
    ) -> bool:
        """Mark an image as ready if it still is processing, and announce all that; tell whether it was.

        What `item` says about its original and its hints stands from then on.
        """
        ...

    async def add_cover(self, image_id: str, cover: Box) -> bool:
        """Cover one more place of a live image by hand; tell whether it is there."""
        ...

    async def clear_covers(self, image_id: str) -> bool:
        """Take away the covers set by hand on a live image; tell whether it is there."""
        ...

    async def tell(self, dossier: Dossier, event: Event) -> bool:
        """Announce a fact about a dossier that changes nothing in it; tell whether it is there."""
        ...

    async def erase(self, before: Dossier, step: Step) -> bool:
        """Apply an erasure of all images unless a command or a worker came first; tell whether it was."""
        ...

    async def dismiss(self, registration_id: str, image_id: str) -> None:
        """Forget the note about a refused image."""
        ...

    async def find_live(self, image_id: str) -> Dossier | None:
        """Return the dossier in which an image is live."""
        ...

    async def find_dead(self, image_id: str) -> DeadVersion | None:
        """Return an image version that is no longer live."""
        ...

    async def history(self, registration_id: str, limit: int) -> list[DeadVersion]:
        """Return the last image versions of a dossier that are no longer live, the newest end first."""
        ...

    async def of_candidate(self, candidate_id: str) -> list[Dossier]:
        """Return a candidate's dossiers, the newest first."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Dossier]:
        """Return dossiers that time does something to, the most overdue first."""
        ...

    async def look_again(self, now: datetime) -> None:
        """Make every dossier one that time may do something to."""
        ...


class Calendars(Protocol):
    """Which state of the calendars the dossiers have been looked at under."""

    async def followed(self) -> str | None:
        """Return the last one; none before the first."""
        ...

    async def follow(self, version: str) -> None:
        """Note that all dossiers were looked at, or are about to be."""
        ...


class Batches(Protocol):
    """Pictures to be marked or scanned anew, and how far that is."""

    async def ask(self, kind: BatchKind, selection: Selection, now: datetime) -> Batch:
        """Return the batch of a kind and selection that is under way, or a new one."""
        ...

    async def find(self, batch_id: str) -> Batch | None:
        """Return a batch."""
        ...

    async def current(self) -> Batch | None:
        """Return the oldest batch under way."""
        ...

    async def page(self, batch: Batch, limit: int) -> list[Dossier]:
        """Return the next dossiers."""
        ...

    async def claim(self, batch: Batch, page: Sequence[Dossier]) -> bool:
        """Take a page of dossiers; tell whether no other worker was quicker."""
        ...

    async def end_round(self, batch: Batch, now: datetime) -> None:
        """End a batch whose last round found nothing, and begin another round otherwise."""
        ...

    async def renew(self, batch: Batch, dossier: Dossier, item: Item, made: Derivatives) -> bool:
        """Put other derivatives in the place of those that were read; tell whether they still stood there."""
        ...

    async def wake(self, selection: Selection, now: datetime) -> int:
        """Have the scheduler put what is in processing to the workers again; return of how many dossiers."""
        ...

    async def note_clean(self, batch: Batch, dossier: Dossier, item: Item, now: datetime) -> None:
        """Note that a picture was scanned and is clean."""
        ...

    async def note_infected(self, batch: Batch, image_id: str) -> None:
        """Note that a picture was scanned and is malware."""
        ...

    async def give_up(self, batch: Batch, image_id: str) -> None:
        """Leave a picture as it is."""
        ...


class Registrations(Protocol):
    """What auth says about registrations."""

    async def find(self, registration_id: str) -> Registration | None:
        """Return a registration."""
        ...

    async def keep(self, registration: Registration, sequence: int) -> None:
        """Keep a registration's state unless a newer one is there."""
        ...

    async def supersede(self, registration_id: str, successor: str) -> None:
        """Note what has replaced a registration; its own state may come later."""
        ...

    async def erase(self, registration_id: str) -> None:
        """Forget all about a registration for good."""
        ...


class Attempts(Protocol):
    """Uploads that were refused by overload, fault or closing."""

    def note(self, attempt: Attempt) -> None:
        """Keep an attempt; this never waits and never fails."""
        ...

    async def of(self, registration_id: str) -> list[Attempt]:
        """Return a registration's attempts, oldest first."""
        ...


class RevokedSessions(Protocol):
    """The sessions whose tokens are void."""

    async def keep(self, session_id: str, revoked_at: datetime) -> None:
        """Note a revocation; once is enough, twice does no harm."""
        ...


class RawObjects(Protocol):
    """A store of opaque objects."""

    async def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        ...

    async def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Return an object, or a part of it."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object, if it is there."""
        ...


class Objects(Protocol):
    """Encrypted objects."""

    async def keep(self, key: str, content: bytes, sha256: str | None = None) -> StoredObject:
        """Store an object under a key never used before; `sha256` is the content's, where it is known."""
        ...

    async def keep_together(self, key: str, contents: Sequence[bytes]) -> tuple[StoredObject, ...]:
        """Store several contents as one object, each to be read by itself; they are dropped together."""
        ...

    async def read(self, stored: StoredObject) -> bytes:
        """Return an object's content.

        Raises:
            ObjectBrokenError: it is missing, or not what was stored.
            TransientError: the store does not answer.
        """
        ...

    async def drop(self, key: str) -> None:
        """Delete an object; one that is not there is fine."""
        ...


class Workshop(Protocol):
    """Does things with pictures where nothing can harm the service."""

    async def do(self, task: Task[Made]) -> Made | Unreadable:
        """Return what was made of the pictures, or that they can't be read."""
        ...


@dataclass(frozen=True, slots=True)
class Infection:
    """What the scanner found, by the name of its signature."""

    signature: str


class Scanner(Protocol):
    """Knows malware."""

    async def scan(self, content: bytes) -> Infection | None:
        """Return what was found in the bytes, or nothing where they are clean.

        Raises:
            TransientError: no verdict; whatever was asked about stays unscanned.
        """
        ...


class Fingerprints(Protocol):
    """What is kept of image versions to find their like."""

    async def keep(self, fingerprint: Fingerprint) -> None:
        """Keep a fingerprint; once is enough, twice does no harm."""
        ...

    async def near(self, fingerprint: Fingerprint, limit: int) -> list[Fingerprint]:
        """Return other fingerprints of the category that may be like this one: at least all within reach."""
        ...

    async def forget(self, registration_id: str) -> None:
        """Forget a registration that is erased."""
        ...


class Policies(Protocol):
    """The policies: every version, and the calendars of today."""

    def resolve(self, session: str, district: str, site: str) -> Policy:
        """Return the active policy for a place."""
        ...

    def calendar(self, session: str, district: str, site: str) -> Calendar:
        """Return the windows and deadlines that hold for a place now."""
        ...

    @property
    def calendar_version(self) -> str:
        """Return what names the present state of all calendars."""
        ...

    def version(self, version: str) -> Policy:
        """Return a policy version, active or archived."""
        ...


class TextCipher(Protocol):
    """Encrypts personal fields at rest."""

    def encrypt(self, text: str, context: str) -> str:
        """Return the text as it is stored."""
        ...

    def decrypt(self, stored: str, context: str) -> str:
        """Return the text."""
        ...

    def digest(self, text: str) -> str:
        """Return the keyed digest of a text, equal for texts that people would call equal."""
        ...


ViewKind = Literal["copy", "thumbnail", "uncovered", "original", "covered", "covers_cleared"]


@dataclass(frozen=True, slots=True)
class StaffView:
    """A staff member looked, or tried to look, at an image, or covered some of it; reasons are encrypted."""

    staff_id: str
    session_id: str
    registration_id: str
    image_id: str
    kind: ViewKind
    purpose: str
    at: datetime
    reason: str | None = None


class Views(Protocol):
    """The log of who saw which image."""

    async def record(self, view: StaffView) -> None:
        """Write a view down; bytes go out only after that."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What review allows a staff member to see for some minutes, and no longer than the hold it names.

    `case` is the registration that is held; a picture that resembles one of its own lies in another dossier.
    """

    staff_id: str
    session_id: str
    images: frozenset[str]
    purpose: str
    hold: int | None = None
    case: str | None = None


class ViewCounts(Protocol):
    """How many pictures each staff member has looked at on a day."""

    async def take(self, staff_id: str, day: date, most: int) -> bool:
        """Count one more view unless there were that many; tell whether it was counted."""
        ...


class Grants(Protocol):
    """Reads view grants."""

    def read(self, token: str) -> Grant:
        """Return the grant in a token.

        Raises:
            GrantRefusedError: it is not review's, or over.
        """
        ...
