"""Review's ports in memory; the contract suite holds them to what the real adapters do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from services.review.jurisdiction import oversees
from services.review.model import Case, Counts, Row, Staff, View
from services.review.ports import ViewGrant
from shared.events import Event
from shared.messaging.outbox import OutboxFullError
from shared.rights import Action

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was stored: about which case, and as the how-manieth change."""

    case_id: str
    sequence: int
    event: Event


@dataclass
class InMemoryCases:
    """Cases in a dictionary; between reading and storing others may come."""

    cases: dict[str, Case] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    jammed: set[str] = field(default_factory=set)
    """Cases whose events do not leave, so that nothing more can be promised of them."""

    async def find(self, case_id: str) -> Case | None:
        """Return a case for reading."""
        await asyncio.sleep(0)
        return self.cases.get(case_id)

    async def find_for_change(self, case_id: str) -> Case | None:
        """Return a case that is about to be changed."""
        if case_id in self.jammed:
            raise OutboxFullError
        return await self.find(case_id)

    async def save(self, before: Case, after: Case, events: Sequence[Event] = ()) -> bool:
        """Store a case with its events unless it was changed in between."""
        await asyncio.sleep(0)
        stored = self.cases.get(after.id)
        if (stored.version if stored else 0) != before.version:
            return False
        self.cases[after.id] = replace(after, version=before.version + 1)
        self.told += [Told(after.id, before.version + 1, event) for event in events]
        return True

    async def rows(self, staff: Staff, view: View, now: datetime, limit: int) -> list[Row]:
        """Return one view of a desk."""
        found = [case for case in self._of_desk(staff) if _is_in(case, staff, view, now)]
        found.sort(key=partial(_place, staff), reverse=view == "done")
        return [_row(case, now) for case in found[:limit]]

    async def counts(self, staff: Staff, now: datetime) -> Counts:
        """Return how many cases each view of a desk has."""
        desk = self._of_desk(staff)

        def count(view: View) -> int:
            return sum(_is_in(case, staff, view, now) for case in desk)

        return Counts(
            waiting=count("waiting"),
            resubmitted=count("resubmitted"),
            mine=count("mine"),
            with_candidate=count("with_candidate"),
            done=count("done"),
        )

    async def free(self, staff: Staff, now: datetime, limit: int) -> list[str]:
        """Return the cases that wait at a desk and nobody holds, oldest first."""
        await asyncio.sleep(0)
        found = [
            case
            for case in self._of_desk(staff)
            if case.lane(staff.level) in {"waiting", "resubmitted"} and not _is_held(case, now)
        ]
        found.sort(key=lambda case: (*_place(staff, case), case.id))
        return [case.id for case in found[:limit]]

    async def overdue(self, now: datetime, limit: int) -> list[str]:
        """Return the cases whose claim is over and not ended yet."""
        found = [
            case
            for case in self.cases.values()
            if case.hold is not None and case.hold.is_open and not case.hold.is_live(now)
        ]
        found.sort(key=lambda case: case.hold.ends_at if case.hold else LONG_AGO)
        return [case.id for case in found[:limit]]

    def _of_desk(self, staff: Staff) -> list[Case]:
        return [case for case in self.cases.values() if oversees(Action.READ_QUEUE, staff, case)]


@dataclass
class FakeGrants:
    """Grants that say what they grant."""

    def sign(
        self, staff: Staff, images: Sequence[str], purpose: str, *, case_id: str, hold: int
    ) -> ViewGrant:
        """Return a grant in plain words."""
        return ViewGrant(
            f"{purpose}:{staff.staff_id}:{case_id}:{hold}:{','.join(images)}", LONG_AGO + timedelta(minutes=5)
        )


def _place(staff: Staff, case: Case) -> tuple[datetime, datetime]:
    return case.turn(staff.level) or LONG_AGO, case.since or LONG_AGO


def _is_held(case: Case, now: datetime) -> bool:
    return case.hold is not None and case.hold.is_live(now)


def _is_in(case: Case, staff: Staff, view: View, now: datetime) -> bool:
    if view != "mine":
        return case.lane(staff.level) == view
    hold = case.hold
    return (
        hold is not None
        and hold.is_live(now)
        and (hold.staff_id, hold.level)
        == (
            staff.staff_id,
            staff.level,
        )
    )


def _row(case: Case, now: datetime) -> Row:
    assert case.registration is not None
    return Row(
        case_id=case.id,
        name=case.registration.person.name,
        admission_ticket_no=case.registration.person.admission_ticket_no,
        heading=case.registration.heading,
        site_name=case.registration.person.site_name,
        state=case.state,
        round=case.round,
        resubmitted=case.resubmitted,
        since=case.since,
        submitted_at=case.dossier.submitted_at if case.dossier else None,
        image_count=case.dossier.image_count if case.dossier else 0,
        hold=case.hold if _is_held(case, now) else None,
        overdue=case.dossier.overdue if case.dossier else (),
        doubtful=case.dossier.doubtful if case.dossier else 0,
        duplicates=len({each.image_id for each in case.duplicates}),
    )
