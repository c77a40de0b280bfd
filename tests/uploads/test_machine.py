"""Random lives of a dossier under random policies: no sequence loses, changes or opens what it must not."""
# ruff: noqa: D102 - the name of a rule is its sentence, as with tests

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.uploads.announcing import Step
from services.uploads.confirmation import confirm, hold_back
from services.uploads.dossier import ImageStep, add_image, refuse_image, remove_image
from services.uploads.due import due
from services.uploads.errors import ForeignHoldError, TooEarlyError
from services.uploads.handshake import claim, decide, release, send_back
from services.uploads.instants import judged_at
from services.uploads.model import Awaits, Dossier, Item, Rules
from services.uploads.openness import Closed, reach, settled_count, supplied_papers
from services.uploads.sendback_requests import extend_send_back, withdraw_send_back
from services.uploads.submission import answer_send_back, submit, withdraw
from shared.errors import ConflictError, DomainError, NotFoundError
from shared.events import Event
from shared.events.review import (
    CaseReleased,
    ImageVerdict,
    SendbackDeadlineExtended,
    SendbackWithdrawalRequested,
)
from shared.events.uploads import DossierChanged, DossierLocked, SendbackClosed
from shared.policy.candidate import SubmitSettings, UnlockSettings
from shared.policy.model import Policy
from shared.policy.office import Deadline, ReviewSettings, Window
from shared.policy.values import LockOn, OnExpiry, OpenWhen, SubmitMode, UnlockScope
from tests.uploads.builders import (
    MADE,
    NOW,
    a_claim,
    a_decision,
    a_dossier,
    a_new_image,
    a_policy,
    a_sent_back,
    finished,
    places_of,
    rules_of,
)

CATEGORIES = ("idp", "diploma", "extra")
HOURS = st.integers(min_value=1, max_value=48)
PICK = st.integers(min_value=0, max_value=20)
OFTEN = st.sampled_from([True, True, True, False])
SELDOM = st.sampled_from([False, False, False, False, True])
OPEN_WHEN = st.sampled_from([OpenWhen.SUBMITTED, *OpenWhen])
ENDS = frozenset({"passed", "rejected", "closed"})


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Return a policy that hands in, locks and opens in any way that a district may choose."""
    open_when = draw(OPEN_WHEN)
    is_explicit = open_when is OpenWhen.SUBMITTED
    mode = SubmitMode.EXPLICIT if is_explicit else SubmitMode.AUTOSAVE
    scope = draw(st.sampled_from(UnlockScope))
    return a_policy(
        locks=draw(st.frozensets(st.sampled_from(LockOn))),
        on_expiry=draw(st.sampled_from(OnExpiry)),
        submit=SubmitSettings(mode=mode, require_mandatory=draw(st.booleans())),
        review=ReviewSettings(open_when=open_when),
        unlock=UnlockSettings(scope=scope, after_window=draw(OFTEN)),
        withdraw=is_explicit and draw(st.booleans()),
    )


@st.composite
def laws(draw: st.DrawFn) -> Rules:
    """Return a policy with the calendar of a place."""
    policy, close = draw(policies()), draw(st.none() | HOURS)
    if policy.review.open_when is OpenWhen.WINDOW_CLOSED:
        close = close or draw(HOURS)
    return rules_of(
        policy,
        Window(close=_later(close), on_expiry=draw(st.sampled_from(OnExpiry))),
        due_paper=Deadline(
            instant=_later(draw(st.none() | HOURS)), on_expiry=draw(st.sampled_from(OnExpiry))
        ),
        review_starts_at=_later(draw(st.none() | HOURS)),
    )


def _later(hours: int | None) -> datetime | None:
    return None if hours is None else NOW + timedelta(hours=hours)


class Life(RuleBasedStateMachine):
    """A candidate, a worker, a reviewer, staff with the calendar, and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.number = 0
        self.hold = 0
        self.accepted: set[str] = set()
        self.dead: set[str] = set()
        self.frozen: tuple[str, ...] | None = None
        self.opened_with: tuple[Item, ...] = ()
        self.approved: frozenset[str] = frozenset()
        self.told: DossierChanged | None = None
        self.open_sendbacks: set[str] = set()

    @initialize(law=laws())
    def open(self, law: Rules) -> None:
        self.law: Rules = law
        self.dossier: Dossier = a_dossier(law.policy)
        for category in ("idp", "idp", "diploma", "extra"):
            self.upload(category, None)

    @rule(category=st.sampled_from(CATEGORIES), victim=st.none() | PICK)
    def upload(self, category: str, victim: int | None) -> None:
        step = self._added(category, victim, self.now)
        if isinstance(step, ImageStep):
            self._accept(step)

    @precondition(lambda self: self.law.policy.submit.mode is SubmitMode.EXPLICIT)
    @rule(
        category=st.sampled_from(CATEGORIES),
        victim=st.none() | PICK,
        began=st.sampled_from([1, 30, 59]),
        took=st.sampled_from([1, 30, 59]),
    )
    def an_upload_crosses_an_instant(self, category: str, victim: int | None, began: int, took: int) -> None:
        """It is completely in or completely out, whatever time closes while its bytes come."""
        closing = self._next_instant()
        if closing is None or self.dossier.is_processing:
            return
        self.now = max(self.now, closing - timedelta(seconds=began))
        self._run_due()
        at_first, started = self._added(category, victim, self.now), self.now
        self.now += timedelta(seconds=took)
        self._run_due()
        in_the_end = self._added(category, victim, judged_at(started, self.now))
        assert type(at_first) is type(in_the_end)
        if isinstance(in_the_end, ImageStep):
            self._accept(in_the_end)

    @rule(victim=PICK)
    def delete(self, victim: int) -> None:
        item = self._pick(victim)
        with suppress(ConflictError):
            if item is not None:
                self._apply(remove_image(self.dossier, self.law, item.image_id, self.now))

    @rule(victim=PICK)
    def worker_refuses(self, victim: int) -> None:
        self._refuse(self._pick(victim))

    @rule(category=st.sampled_from(CATEGORIES))
    def worker_refuses_after_the_window_what_came_before(self, category: str) -> None:
        close, step = self.law.window.close, self._added(category, None, self.now)
        if close is not None and close > self.now and step is not None:
            self._accept(step)
            self.now = close + timedelta(minutes=5)
            self._refuse(step.added)

    def _refuse(self, item: Item | None) -> None:
        step = item and refuse_image(self.dossier, self.law, item.image_id, "image_damaged", self.now)
        if step:
            if step.dossier.send_back and self.dossier.send_back is None:
                self.opened_with = step.dossier.items
                self.open_sendbacks.add(step.dossier.send_back.sendback_id)
            self._apply(step)

    @rule(victim=PICK, awaits=st.sampled_from(Awaits))
    def worker_asks(self, victim: int, awaits: Awaits) -> None:
        item = self._pick(victim)
        step = item and hold_back(self.dossier, self.law, item.image_id, MADE, awaits)
        if step:
            self._apply(step)

    @rule(victim=PICK)
    def candidate_confirms(self, victim: int) -> None:
        waiting = [item for item in self.dossier.items if item.awaits]
        if not waiting:
            return
        with suppress(ConflictError):
            step = confirm(self.dossier, self.law, waiting[victim % len(waiting)].image_id, self.now)
            assert step is not None
            self._apply(step)

    @rule()
    def workers_finish(self) -> None:
        self.dossier = finished(self.dossier)

    @rule(workers_are_quick=OFTEN)
    def hand_in(self, *, workers_are_quick: bool) -> None:
        if workers_are_quick:
            self.workers_finish()
        with suppress(ConflictError):
            self._apply(submit(self.dossier, self.law, self.now))

    @rule()
    def candidate_says_that_all_has_come(self) -> None:
        with suppress(ConflictError):
            self._apply(answer_send_back(self.dossier, self.law, self.now))

    @rule()
    def candidate_withdraws(self) -> None:
        with suppress(ConflictError):
            self._apply(withdraw(self.dossier, self.law, self.now))
            assert self.frozen is None
            assert not self.dossier.rounds

    @rule(minutes=st.integers(min_value=1, max_value=2000), scheduler_is_awake=OFTEN)
    def time_passes(self, minutes: int, *, scheduler_is_awake: bool) -> None:
        self.now += timedelta(minutes=minutes)
        if scheduler_is_awake:
            self._run_due()

    @rule(hours=HOURS)
    def the_window_is_extended(self, hours: int) -> None:
        close = self.law.window.close
        if close is not None:
            longer = self.law.window.model_copy(update={"close": close + timedelta(hours=hours)})
            self.law = replace(self.law, window=longer)
            self._apply(due(self.dossier, self.law, self.now))

    @precondition(lambda self: self.frozen is None)
    @rule(workers_are_quick=OFTEN)
    def reviewer_claims(self, *, workers_are_quick: bool) -> None:
        if workers_are_quick:
            self.workers_finish()
        self.hold += 1
        try:
            step = claim(self.dossier, self.law, a_claim(self.hold), self.now, self.now)
        except DomainError:
            self.hold -= 1
            return
        assert step is not None
        self._apply(step)

    @precondition(lambda self: self.frozen is not None)
    @rule()
    def reviewer_releases(self) -> None:
        self._reviewer_ends(release(self.dossier, self.law, CaseReleased(hold=self.hold, cause="released")))

    @precondition(lambda self: self.frozen is not None)
    @rule(final=SELDOM, outcome=st.sampled_from(["passed", "rejected"]), on_condition=SELDOM)
    def reviewer_decides(self, *, final: bool, outcome: str, on_condition: bool) -> None:
        event = a_decision(self.hold, final=final, outcome=outcome)
        verdicts = tuple(ImageVerdict(image_id=each, verdict="passed") for each in self.frozen or ())
        papers = ("extra",) if on_condition and final and outcome == "passed" else ()
        event = event.model_copy(update={"verdicts": verdicts, "due_papers": papers})
        self.approved = frozenset(self.frozen or ())
        self._reviewer_ends(decide(self.dossier, self.law, event, self.now))

    @precondition(lambda self: self.frozen is not None)
    @rule(victims=st.sets(PICK, min_size=1, max_size=3), hours=st.none() | HOURS)
    def reviewer_sends_back(self, victims: set[int], hours: int | None) -> None:
        names = {item.image_id for victim in victims if (item := self._pick(victim))}
        deadline = self.now + timedelta(hours=hours) if hours else None
        event = a_sent_back(self.dossier.items, sorted(names), hold=self.hold, deadline=deadline)
        self.opened_with = self.dossier.items
        self.open_sendbacks.add(event.sendback_id)
        self._reviewer_ends(send_back(self.dossier, self.law, event, places_of(event), self.now))

    @rule(wanted=st.integers(min_value=1, max_value=20))
    def staff_withdraw_a_send_back(self, wanted: int) -> None:
        hold = min(wanted, self.dossier.ended_hold.number)
        request = SendbackWithdrawalRequested(hold=hold, sendback_id=f"sb-{hold}")
        opened = self.dossier.send_back
        step = withdraw_send_back(self.dossier, self.law, request, self.now)
        if step is not None:
            assert opened is not None
            assert opened.acted == (step.dossier.send_back is not None)
            self._apply(step)

    @rule(hours=HOURS)
    def staff_give_a_send_back_more_time(self, hours: int) -> None:
        ended = self.dossier.expired or self.dossier.send_back
        if ended is None:
            return
        event = SendbackDeadlineExtended(
            hold=self.dossier.ended_hold.number,
            sendback_id=ended.sendback_id,
            deadline=self.now + timedelta(hours=hours),
        )
        step = extend_send_back(self.dossier, self.law, event, self.now)
        if step is not None:
            self.open_sendbacks.add(ended.sendback_id)
            self._apply(step)

    @rule(hold=st.integers(min_value=0, max_value=20))
    def an_old_message_comes_again(self, hold: int) -> None:
        before = self.dossier
        old = min(hold, before.ended_hold.number)
        assert claim(before, self.law, a_claim(old), self.now, self.now) is None
        assert release(before, self.law, CaseReleased(hold=old, cause="released")) is None
        with suppress(ForeignHoldError):
            assert decide(before, self.law, a_decision(old), self.now) is None

    @rule()
    def a_message_comes_too_early(self) -> None:
        with pytest.raises(TooEarlyError):
            decide(self.dossier, self.law, a_decision(self.hold + 1), self.now)

    @invariant()
    def no_accepted_image_is_lost(self) -> None:
        assert self.accepted == {item.image_id for item in self.dossier.items} | self.dead

    @invariant()
    def what_is_frozen_stays(self) -> None:
        if self.frozen is not None:
            assert tuple(item.image_id for item in self.dossier.handed_in) == self.frozen

    @invariant()
    def what_was_approved_stays_while_later_papers_come(self) -> None:
        if self.dossier.due_papers is not None:
            assert self.approved <= {item.image_id for item in self.dossier.items}

    @invariant()
    def no_category_is_overfull_and_no_slot_twice_taken(self) -> None:
        for category in self.law.policy.categories:
            assert self.dossier.count(category.code) <= category.max_images
        slots = [(item.category, item.slot) for item in self.dossier.items if item.slot]
        assert len(slots) == len(set(slots))

    @invariant()
    def a_send_back_opens_no_more_than_was_sent_back(self) -> None:
        opened = self.dossier.send_back
        if opened is None:
            return
        scope = UnlockScope.IMAGE if opened.automatic else self.law.policy.unlock.scope
        if scope is UnlockScope.DOSSIER:
            return
        returned = {place.image_id for place in opened.places}
        categories = {place.category for place in opened.places}
        kept = {
            item.image_id
            for item in self.opened_with
            if item.awaits is None
            and item.derivatives is not None
            and (
                item.category not in categories
                or (scope is UnlockScope.IMAGE and item.image_id not in returned)
            )
        }
        assert kept <= {item.image_id for item in self.dossier.items}
        for image_id in kept:
            with pytest.raises(ConflictError):
                remove_image(self.dossier, self.law, image_id, self.now)
        if scope is UnlockScope.IMAGE:
            added = sum(place.image_id is None for place in opened.places)
            assert len(self.dossier.items) <= len(self.opened_with) + added

    @invariant()
    def others_know_what_they_act_on(self) -> None:
        told = self.told
        if told is None:
            return
        answered = told.send_back.answered if told.send_back else 0
        supplied = told.due_papers.supplied if told.due_papers else 0
        assert told.stage == self.dossier.stage
        assert told.overdue == self.dossier.overdue
        assert told.hold == (self.dossier.hold.number if self.dossier.hold else None)
        assert told.complete == (bool(self.dossier.handed_in) and not self.law.missing(self.dossier))
        assert (told.image_count > 0) == bool(self.dossier.handed_in)
        assert answered == settled_count(self.dossier, self.law)
        assert supplied == supplied_papers(self.dossier)
        assert (told.send_back is None) == (self.dossier.send_back is None)

    @invariant()
    def a_send_back_ends_once(self) -> None:
        live = {self.dossier.send_back.sendback_id} if self.dossier.send_back else set()
        assert live == self.open_sendbacks

    @invariant()
    def no_state_is_without_a_way_out(self) -> None:
        """The candidate, a reviewer, time, or staff by giving more of it can go on."""
        dossier = self.dossier
        if dossier.hold is not None or (dossier.stage in ENDS and dossier.due_papers is None):
            return
        longer = replace(self.law, window=Window(), due_paper=Deadline(), review_starts_at=None)
        if dossier.expired is not None or not isinstance(reach(dossier, longer, self.now), Closed):
            return
        if dossier.send_back is not None:
            assert dossier.next_due_at is not None
            return
        claimed = claim(finished(dossier), longer, a_claim(self.hold + 1), self.now, self.now)
        assert claimed is not None
        assert isinstance(claimed.events[0], DossierLocked)

    def _next_instant(self) -> datetime | None:
        deadline = self.dossier.send_back.deadline if self.dossier.send_back else None
        instants = (self.law.window.close, deadline, self.law.due_paper.instant)
        return min((at for at in instants if at is not None and at > self.now), default=None)

    def _added(self, category: str, victim: int | None, now: datetime) -> ImageStep | None:
        replaces = self._pick(victim)
        name = f"{category}.{self.number + 1}"
        new = a_new_image(name, category, replaces=replaces.image_id if replaces else None)
        try:
            return add_image(self.dossier, self.law, new, now)
        except (ConflictError, NotFoundError):
            return None

    def _accept(self, step: ImageStep) -> None:
        assert step.added is not None
        self.number += 1
        self.accepted.add(step.added.image_id)
        self._apply(step)

    def _run_due(self) -> None:
        if self.dossier.next_due_at and self.dossier.next_due_at <= self.now:
            self._apply(due(self.dossier, self.law, self.now))
            assert self.dossier.next_due_at is None or self.dossier.next_due_at > self.now

    def _pick(self, number: int | None) -> Item | None:
        items = self.dossier.items
        return items[number % len(items)] if items and number is not None else None

    def _reviewer_ends(self, step: Step | None) -> None:
        assert step is not None
        self.frozen = None
        self._apply(step)

    def _apply(self, step: Step | ImageStep) -> None:
        before, self.dossier = self.dossier, step.dossier
        assert self.dossier.version == before.version + 1
        assert (self.dossier.revision > before.revision) == (before.items != self.dossier.items)
        if isinstance(step, ImageStep) and step.dead is not None:
            self.dead.add(step.dead.item.image_id)
        for event in step.events:
            self._hear(event)
        if any(isinstance(event, DossierChanged) for event in step.events):
            assert self.dossier.gate == before.gate + 1

    def _hear(self, event: Event) -> None:
        if isinstance(event, DossierChanged):
            self.told = event
        elif isinstance(event, DossierLocked):
            self.frozen = tuple(item.image_id for item in event.items)
        elif isinstance(event, SendbackClosed):
            assert event.sendback_id in self.open_sendbacks
            self.open_sendbacks.remove(event.sendback_id)


Life.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestLife = Life.TestCase
