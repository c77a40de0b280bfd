"""What uploads says."""

from datetime import datetime
from typing import ClassVar, Literal

from shared.events.envelope import Code, Digest, Event, Id, ServiceName, Words

DossierStage = Literal[
    "draft", "submitted", "returned", "site_passed", "passed", "rejected", "abandoned", "closed"
]
# What was not done in time, where the policy asks for no more than that staff see it.
Overdue = Literal["first_upload", "supplement", "due_paper"]
# What a picture may be hard to see by, as it was measured: a hint to look.
Doubt = Literal["blurred", "dark", "glaring"]


class ManifestItem(Words):
    """One live image version of a locked dossier; `doubts` are hints of a measurement."""

    image_id: Id
    category: Code
    slot: Code | None
    sha256: Digest
    width: int
    height: int
    replaces: Id | None
    doubts: tuple[Doubt, ...] = ()


class OpenSendback(Words):
    """The open send-back, as far as others need it."""

    sendback_id: Id
    round: int
    answered: int
    wanted: int


class OpenDuePapers(Words):
    """Papers that a conditional approval asks for later, as far as others need it."""

    supplied: int
    wanted: int


class DossierChanged(Event):
    """The dossier's full public state.

    `doubtful` counts the pictures that a measurement calls hard to see. What is submitted is measured; a
    paper that comes later to an autosaved dossier is not announced: the manifest of a claim may know more.
    """

    type: ClassVar[str] = "uploads.dossier.changed"
    is_state: ClassVar[bool] = True
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review"})

    stage: DossierStage
    revision: int
    image_count: int
    complete: bool
    submitted_at: datetime | None
    submissions: int
    hold: int | None
    send_back: OpenSendback | None
    due_papers: OpenDuePapers | None = None
    overdue: tuple[Overdue, ...] = ()
    doubtful: int = 0


class DossierSubmitted(Event):
    """The candidate has put the dossier forward (S0-22)."""

    type: ClassVar[str] = "uploads.dossier.submitted"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    revision: int
    submissions: int
    image_count: int
    submitted_at: datetime


class DossierWithdrawn(Event):
    """The candidate has pulled the dossier back before anybody claimed it."""

    type: ClassVar[str] = "uploads.dossier.withdrawn"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    submissions: int
    withdrawn_at: datetime


class DossierAbandoned(Event):
    """What was missed counts as giving up; a longer deadline opens the dossier again."""

    type: ClassVar[str] = "uploads.dossier.abandoned"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    missed: Overdue
    missed_at: datetime


class PurgeAnnounced(Event):
    """The dossier's time is nearly over: it will be deleted, unless something is done with it before."""

    type: ClassVar[str] = "uploads.dossier.purge-announced"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    notice: Literal[1, 2]
    purge_at: datetime


class DossierLocked(Event):
    """The claim stands: this is what the reviewer judges, until the hold ends."""

    type: ClassVar[str] = "uploads.dossier.locked"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review"})

    hold: int
    revision: int
    digest: Digest
    items: tuple[ManifestItem, ...]


class DossierClaimRefused(Event):
    """The claim does not stand."""

    type: ClassVar[str] = "uploads.dossier.claim-refused"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review"})

    hold: int
    reason: Literal["withdrawn", "closed", "superseded", "not-ready"]


class DossierClosed(Event):
    """The registration was replaced by another one: nothing of this dossier counts any more."""

    type: ClassVar[str] = "uploads.dossier.closed"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review"})

    superseded_by: Id


class DossierErased(Event):
    """The dossier was deleted for good: whoever keeps something personal of the registration forgets it."""

    type: ClassVar[str] = "uploads.dossier.erased"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review", "notify"})

    cause: Literal["retention", "request"]


class RequirementsAdjusted(Event):
    """The registration's facts changed, and with them what must be handed in (S3-06, S4-06).

    Codes are those of the policy's categories and groups; `missing` is all that is lacking now, and
    `reopened` says that a submitted dossier was opened again for it.
    """

    type: ClassVar[str] = "uploads.requirements.adjusted"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    added: tuple[Code, ...]
    dropped: tuple[Code, ...]
    missing: tuple[Code, ...]
    reopened: bool


class SendbackClosed(Event):
    """The send-back has ended, once."""

    type: ClassVar[str] = "uploads.sendback.closed"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review", "notify"})

    sendback_id: Id
    round: int
    outcome: Literal["answered", "expired", "withdrawn"]


class SendbackWithdrawalRefused(Event):
    """Staff asked to withdraw a send-back, but the candidate has acted on it."""

    type: ClassVar[str] = "uploads.sendback.withdrawal-refused"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review"})

    sendback_id: Id
    round: int


class CopiesWanted(Event):
    """Images of the candidate's other dossiers are to come into this one; a worker makes the copies."""

    type: ClassVar[str] = "uploads.copies.wanted"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    count: int


class ImageReceived(Event):
    """An image was acknowledged and awaits its worker."""

    type: ClassVar[str] = "uploads.image.received"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    image_id: Id
    category: Code
    slot: Code | None


class ImageReady(Event):
    """The watermarked copy stands."""

    type: ClassVar[str] = "uploads.image.ready"
    is_passing: ClassVar[bool] = True

    image_id: Id
    category: Code


class ConfirmationWanted(Event):
    """Images have waited for a while for their candidate's word; until it is given, they don't count."""

    type: ClassVar[str] = "uploads.confirmation.wanted"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"notify"})

    images: int
    categories: tuple[Code, ...]


class ImageOriginalOpened(Event):
    """A staff member has opened the original, without the mark; the reason stands in the log of views."""

    type: ClassVar[str] = "uploads.image.original-opened"

    image_id: Id
    category: Code
    staff_id: Id
    purpose: Code


class ComparisonRequested(Event):
    """A finished image is to be compared with those of other candidates; only where the policy wants it."""

    type: ClassVar[str] = "uploads.comparison.requested"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"uploads"})

    image_id: Id
    category: Code


class DuplicateFound(Event):
    """Two candidates' image versions show the same paper: a hint for reviewers, no conclusion."""

    type: ClassVar[str] = "uploads.image.duplicate-found"
    audience: ClassVar[frozenset[ServiceName]] = frozenset({"review"})

    image_id: Id
    category: Code
    other_registration_id: Id
    other_image_id: Id
    other_district: Code
    other_site: Code


class ImageRefused(Event):
    """The worker could not read the image; its place is empty again."""

    type: ClassVar[str] = "uploads.image.refused"

    image_id: Id
    category: Code
    code: Code
