"""Cases in MongoDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from services.review.documents import CaseDocuments, Document
from services.review.model import ROLES, Case, Counts, Hold, Row, Staff, View
from services.review.ports import Cases
from shared import rights
from shared.crashpoints import crashpoint
from shared.events import Envelope, Event, Scope
from shared.events.review import CaseClaimed, CaseDecided, CaseReleased, CaseSentBack, ReviewLevel
from shared.events.writer import EventWriter
from shared.messaging.outbox import OUTBOX_INDEX, Outbox, ensure_room, fresh_outbox, with_outbox
from shared.mongo import Collection, DuplicateError, Index
from shared.web.revocations import REVOCATION_INDEXES

# The fields that make a desk's jurisdiction, and so the beginning of its index.
FIELDS: dict[rights.Scope | None, tuple[str, ...]] = {
    rights.Scope.SITE: ("registration.district", "registration.site"),
    rights.Scope.DISTRICT: ("registration.district",),
}
PLACES: dict[ReviewLevel, tuple[str, ...]] = {
    level: FIELDS[rights.scope_of(rights.Action.READ_QUEUE, role)] for level, role in ROLES.items()
}
ROW_FIELDS = {
    "registration": 1,
    "dossier": 1,
    "state": 1,
    "since": 1,
    "resubmitted": 1,
    "hold": 1,
    "send_back.round": 1,
    "duplicates.image_id": 1,
}

INDEXES: dict[str, tuple[Index, ...]] = {
    "cases": (
        OUTBOX_INDEX,
        *(
            Index(
                keys=(
                    *((place, 1) for place in places),
                    (f"lanes.{level}", 1),
                    (f"turns.{level}", 1),
                    ("since", 1),
                    ("_id", 1),
                )
            )
            for level, places in PLACES.items()
        ),
        Index(keys=(("hold.staff_id", 1), ("held", 1), ("since", 1))),
        Index(keys=(("held", 1), ("free_at", 1))),
    ),
    "revoked_sessions": REVOCATION_INDEXES,
}


@dataclass(frozen=True, slots=True)
class MongoCases(Cases):
    """Cases as documents; a command and its events are one conditional update."""

    collection: Collection
    outbox: Outbox
    writer: EventWriter
    documents: CaseDocuments

    @override
    async def find(self, case_id: str) -> Case | None:
        """Return a case for reading."""
        document = await self.collection.find_one({"_id": case_id}, {"outbox": 0})
        return self.documents.case(document) if document else None

    @override
    async def find_for_change(self, case_id: str) -> Case | None:
        """Return a case that is about to be changed."""
        document = await self.collection.find_one({"_id": case_id})
        if document is None:
            return None
        ensure_room(document)
        return self.documents.case(document)

    @override
    async def save(self, before: Case, after: Case, events: Sequence[Event] = ()) -> bool:
        """Store a case with its events unless it was changed in between."""
        version = before.version + 1
        envelopes = [self._envelope(event, after, version) for event in events]
        fields = {**self.documents.changes(before, after), "version": version}
        if before.version == 0:
            stored = await self._insert({"_id": after.id, **fields, **fresh_outbox(envelopes)})
        else:
            update = with_outbox({"$set": fields}, envelopes)
            changed = await self.collection.update_one({"_id": after.id, "version": before.version}, update)
            stored = bool(changed.matched)
        if stored:
            _crash_where_a_test_wants_it(events)
            self.outbox.announce(after.id, envelopes)
        return stored

    @override
    async def rows(self, staff: Staff, view: View, now: datetime, limit: int) -> list[Row]:
        """Return one view of a desk."""
        where = _mine(staff, now) if view == "mine" else _lane(staff, view)
        # Who looks at what is done looks for the last ones.
        direction = -1 if view == "done" else 1
        documents = await self.collection.find(
            where, sort=_order(staff, view, direction), limit=limit, fields=ROW_FIELDS
        )
        return [row for document in documents if (row := self._row(document, now)) is not None]

    @override
    async def counts(self, staff: Staff, now: datetime) -> Counts:
        """Return how many cases each view of a desk has."""
        return Counts(
            waiting=await self.collection.count(_lane(staff, "waiting")),
            resubmitted=await self.collection.count(_lane(staff, "resubmitted")),
            mine=await self.collection.count(_mine(staff, now)),
            with_candidate=await self.collection.count(_lane(staff, "with_candidate")),
            done=await self.collection.count(_lane(staff, "done")),
        )

    @override
    async def free(self, staff: Staff, now: datetime, limit: int) -> list[str]:
        """Return the cases that wait at a desk and nobody holds, in the desk's order."""
        found: list[tuple[datetime, datetime, str]] = []
        views: tuple[View, ...] = ("resubmitted", "waiting")
        for view in views:
            documents = await self.collection.find(
                {**_lane(staff, view), "free_at": {"$lte": now}},
                sort=_order(staff, view, 1),
                limit=limit,
                fields={"since": 1, "turns": 1},
            )
            found += [(_turn(each, staff), each["since"], each["_id"]) for each in documents]
        return [case_id for *_, case_id in sorted(found)[:limit]]

    @override
    async def overdue(self, now: datetime, limit: int) -> list[str]:
        """Return the cases whose claim is over and not ended yet."""
        documents = await self.collection.find(
            {"held": True, "free_at": {"$lte": now}},
            sort=[("free_at", 1)],
            limit=limit,
            fields={"_id": 1},
        )
        return [document["_id"] for document in documents]

    async def _insert(self, document: Document) -> bool:
        try:
            await self.collection.insert_one(document)
        except DuplicateError:
            return False
        return True

    def _envelope(self, event: Event, case: Case, version: int) -> Envelope:
        return self.writer.envelope(event, subject=f"case:{case.id}", sequence=version, scope=_scope(case))

    def _row(self, document: Document, now: datetime) -> Row | None:
        person = self.documents.person(document)
        if person is None:
            return None
        registration, dossier = document["registration"], document["dossier"] or {}
        hold = Hold(**document["hold"]) if document["hold"] else None
        return Row(
            case_id=document["_id"],
            name=person.name,
            admission_ticket_no=person.admission_ticket_no,
            heading=f"{registration['session']}{registration['category_code']} {person.category_name}",
            site_name=person.site_name,
            state=document["state"],
            round=(document.get("send_back") or {"round": 0})["round"] + 1,
            resubmitted=document["resubmitted"],
            since=document["since"],
            submitted_at=dossier.get("submitted_at"),
            image_count=dossier.get("image_count", 0),
            hold=hold if hold is not None and hold.is_live(now) else None,
            overdue=tuple(dossier.get("overdue", ())),
            doubtful=dossier.get("doubtful", 0),
            duplicates=len({each["image_id"] for each in document.get("duplicates", ())}),
        )


def _turn(document: Document, staff: Staff) -> datetime:
    """Return a case's turn at a desk; one that was stored before there were turns has that of its age."""
    turn: datetime = document.get("turns", {}).get(staff.level) or document["since"]
    return turn


def _order(staff: Staff, view: View, direction: int) -> list[tuple[str, int]]:
    """Return a view's sort; what a reviewer holds is his own, whatever desk it is listed at."""
    own = [] if view == "mine" else [(f"turns.{staff.level}", direction)]
    return [*own, ("since", direction)]


def _lane(staff: Staff, view: View) -> Document:
    return {**_jurisdiction(staff), f"lanes.{staff.level}": view}


def _mine(staff: Staff, now: datetime) -> Document:
    return {
        **_jurisdiction(staff),
        "hold.staff_id": staff.staff_id,
        "held": True,
        "hold.level": staff.level,
        "free_at": {"$gt": now},
    }


def _jurisdiction(staff: Staff) -> Document:
    codes = {"registration.district": staff.district, "registration.site": staff.site}
    return {place: codes[place] for place in PLACES[staff.level]}


def _scope(case: Case) -> Scope:
    registration = case.registration
    if registration is None:
        return Scope(registration=case.id, policy=case.policy)
    return Scope(
        registration=case.id,
        candidate=registration.candidate_id,
        session=registration.session,
        district=registration.district,
        site=registration.site,
        policy=case.policy,
    )


def _crash_where_a_test_wants_it(events: Sequence[Event]) -> None:
    """Stand between the save and the announcement of the commands that others wait for."""
    for event in events:
        if isinstance(event, CaseClaimed):
            crashpoint("review.after_claim")
        elif isinstance(event, CaseReleased):
            crashpoint("review.after_release")
        elif isinstance(event, CaseSentBack | CaseDecided):
            crashpoint("review.after_decision")
