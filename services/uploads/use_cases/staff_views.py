"""Showing pictures to staff on a grant, with every view written down before any byte goes out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.uploads.errors import (
    DailyViewsReachedError,
    FreshCodeNeededError,
    GrantRefusedError,
    ImageNotFoundError,
    ViewReasonNeededError,
)
from services.uploads.model import Box, Dossier, Item
from services.uploads.ports import Dossiers, Grant, Grants, Policies, StaffView, ViewCounts, ViewKind, Views
from services.uploads.use_cases.showing import Found, Kind, PictureShelf, finished
from services.uploads.use_cases.stamping import StampedPictures
from shared.clock import SHANGHAI, Clock
from shared.events.uploads import ImageOriginalOpened

FRESH = timedelta(minutes=5)
ONE_DAY = timedelta(days=1)
MOST_REASON = 200
# Thumbnails come by the dozen; what a thief wants are these.
COUNTED = frozenset({"copy", "uncovered", "original"})
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Viewer:
    """A staff member at the screen; `stepped_up_at` is when a one-time code was given last."""

    staff_id: str
    session_id: str
    number: str
    stepped_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A viewer, a picture and the grant that brings them together."""

    viewer: Viewer
    found: Found
    grant: Grant

    @property
    def item(self) -> Item:
        """Return the image version."""
        return self.found.item


@dataclass(frozen=True, slots=True)
class StaffGate:
    """Lets a viewer through to a granted picture, and writes the view down."""

    shelf: PictureShelf
    grants: Grants
    policies: Policies
    views: Views
    counts: ViewCounts
    clock: Clock

    async def admit(self, image_id: str, viewer: Viewer, grant_token: str) -> Admitted:
        """Return the picture if the grant is good for it.

        Raises:
            GrantRefusedError: it is not review's, not this viewer's, over, or for other pictures.
            ImageNotFoundError: there is no such picture, or it is not ready.
        """
        grant = self.grants.read(grant_token)
        is_own = (grant.staff_id, grant.session_id) == (viewer.staff_id, viewer.session_id)
        if not is_own or image_id not in grant.images:
            raise GrantRefusedError
        found = await self.shelf.find_any(image_id)
        # A grant outlives the hold it was given for by minutes; the view ends with the hold.
        if grant.hold is not None and await self._hold(grant, found.dossier) != grant.hold:
            raise GrantRefusedError
        finished(found.item)
        return Admitted(viewer, found, grant)

    async def admit_to_own(self, image_id: str, viewer: Viewer, grant_token: str) -> Admitted:
        """Return a picture of the case that the grant was given for: its twin in another is only looked at.

        Raises:
            GrantRefusedError: it is not good for the picture, or the picture is another case's.
            ImageNotFoundError: there is no such picture, or it is not ready.
        """
        admitted = await self.admit(image_id, viewer, grant_token)
        if admitted.grant.case not in {None, admitted.found.dossier.registration_id}:
            raise GrantRefusedError
        return admitted

    async def _hold(self, grant: Grant, dossier: Dossier) -> int | None:
        """Return the live hold of the case that the grant was given for."""
        is_own = grant.case in {None, dossier.registration_id}
        held = dossier if is_own or grant.case is None else await self.shelf.dossiers.find(grant.case)
        return held.hold.number if held and held.hold else None

    async def write_down(self, admitted: Admitted, kind: ViewKind, reason: str | None = None) -> None:
        """Write a view down; bytes go out only after that.

        Raises:
            DailyViewsReachedError: the viewer has looked at as many pictures as the policy allows a day.
            TransientError: it can't be written down.
        """
        if kind in COUNTED:
            await self._count(admitted)
        await self.views.record(
            StaffView(
                staff_id=admitted.viewer.staff_id,
                session_id=admitted.viewer.session_id,
                registration_id=admitted.found.dossier.registration_id,
                image_id=admitted.item.image_id,
                kind=kind,
                purpose=admitted.grant.purpose,
                at=self.clock.now(),
                reason=reason,
            )
        )

    def boxes(self, found: Found) -> tuple[Box, ...]:
        """Return what is covered: what the policy says, and what was set by hand."""
        viewing = self.policies.version(found.dossier.policy_version).viewing
        return (*viewing.boxes_of(found.item.category, found.item.slot), *found.item.covers)

    async def _count(self, admitted: Admitted) -> None:
        most = self.policies.version(admitted.found.dossier.policy_version).viewing.views_per_day
        now = self.clock.now().astimezone(SHANGHAI)
        if most is None or await self.counts.take(admitted.viewer.staff_id, now.date(), most):
            return
        log.warning("views.used_up", staff_id=admitted.viewer.staff_id, most=most)
        midnight = datetime.combine(now.date() + ONE_DAY, datetime.min.time(), SHANGHAI)
        raise DailyViewsReachedError(
            f"今天查看图片已达 {most} 张的上限，明天 0 点后可继续；确需继续查看，请联系管理员",
            views_per_day=most,
            retry_after=(midnight - now).total_seconds(),
        )


@dataclass(frozen=True, slots=True)
class StaffPicture:
    """A picture as staff get it; `is_covered` says that something on it is hidden."""

    content: bytes
    is_covered: bool = False


@dataclass(frozen=True, slots=True)
class ShowImageToStaff:
    """Show a granted picture with what is to be covered covered.

    Raises:
        GrantRefusedError: the grant is not good for it.
        ImageNotFoundError: there is no such picture.
        ImageLostError: the store has lost or changed it.
        DailyViewsReachedError: enough for today.
        TransientError: the view can't be written down, or the picture not stamped.
    """

    gate: StaffGate
    pictures: StampedPictures

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str, kind: Kind) -> StaffPicture:
        """Return the picture once the view is written down."""
        admitted = await self.gate.admit(image_id, viewer, grant_token)
        boxes = self.gate.boxes(admitted.found)
        await self.gate.write_down(admitted, kind)
        content = await self.pictures.copy(admitted.item, kind, boxes, viewer.number)
        return StaffPicture(content, bool(boxes))


@dataclass(frozen=True, slots=True)
class UncoverImage:
    """Show a granted picture with nothing covered, for a reason that is written down.

    Raises:
        ViewReasonNeededError: no reason was given.
    """

    gate: StaffGate
    pictures: StampedPictures

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str, reason: str) -> StaffPicture:
        """Return the picture once the view is written down."""
        given = needed(reason)
        admitted = await self.gate.admit_to_own(image_id, viewer, grant_token)
        await self.gate.write_down(admitted, "uncovered", given)
        return StaffPicture(await self.pictures.copy(admitted.item, "copy", (), viewer.number))


@dataclass(frozen=True, slots=True)
class OpenOriginal:
    """Show the pixels of a granted picture's original, without the mark: for a reason, on a fresh code.

    Raises:
        ViewReasonNeededError: no reason was given.
        FreshCodeNeededError: the one-time code was given too long ago.
    """

    gate: StaffGate
    pictures: StampedPictures
    dossiers: Dossiers
    clock: Clock

    async def __call__(self, image_id: str, viewer: Viewer, grant_token: str, reason: str) -> StaffPicture:
        """Return the picture once the view is written down and told."""
        given = needed(reason)
        fresh_since = self.clock.now() - FRESH
        if viewer.stepped_up_at is None or viewer.stepped_up_at < fresh_since:
            raise FreshCodeNeededError
        admitted = await self.gate.admit_to_own(image_id, viewer, grant_token)
        await self.gate.write_down(admitted, "original", given)
        item, purpose = admitted.item, admitted.grant.purpose
        event = ImageOriginalOpened(
            image_id=item.image_id, category=item.category, staff_id=viewer.staff_id, purpose=purpose
        )
        if not await self.dossiers.tell(admitted.found.dossier, event):
            raise ImageNotFoundError
        return StaffPicture(await self.pictures.original(item, viewer.number))


def needed(reason: str) -> str:
    """Return a reason without blanks around it.

    Raises:
        ViewReasonNeededError: there is none, or it is too long.
    """
    given = reason.strip()
    if not given or len(given) > MOST_REASON:
        raise ViewReasonNeededError(
            f"请填写查看原因（不超过 {MOST_REASON} 字，现为 {len(given)} 字）", most=MOST_REASON
        )
    return given
