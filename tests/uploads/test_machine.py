"""Random lives of a dossier: no sequence of commands loses, changes or opens what it must not."""
# ruff: noqa: D102 - the name of a rule is its sentence, as with tests

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.uploads.announcing import Step
from services.uploads.confirmation import confirm, hold_back
from services.uploads.dossier import ImageStep, add_image, refuse_image, remove_image
from services.uploads.due import due
from services.uploads.errors import TooEarlyError
from services.uploads.handshake import claim, decide, release, send_back
from services.uploads.model import Awaits, Dossier, Item, Rules
from services.uploads.openness import settled_count
from services.uploads.submission import submit
from shared.errors import ConflictError, DomainError, NotFoundError
from shared.events import Event
from shared.events.review import CaseReleased
from shared.events.uploads import DossierChanged, DossierLocked, SendbackClosed
from shared.policy.values import LockOn, OnExpiry, UnlockScope
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
LOCKS = st.frozensets(st.sampled_from([LockOn.SUBMIT, LockOn.SITE_PASS, LockOn.REVIEW_DECISION]))
SCOPES = st.sampled_from([UnlockScope.IMAGE, UnlockScope.CATEGORY, UnlockScope.DOSSIER])
PICK = st.integers(min_value=0, max_value=20)
OFTEN = st.sampled_from([True, True, True, False])
SELDOM = st.sampled_from([False, False, False, False, True])


class Life(RuleBasedStateMachine):
    """A candidate, a worker, a reviewer and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.number = 0
        self.hold = 0
        self.accepted: set[str] = set()
        self.dead: set[str] = set()
        self.frozen: tuple[str, ...] | None = None
        self.opened_with: tuple[Item, ...] = ()
        self.told: DossierChanged | None = None
        self.open_sendbacks: set[str] = set()

    @initialize(scope=SCOPES, locks=LOCKS, lock_on_expiry=st.booleans())
    def open(self, *, scope: UnlockScope, locks: frozenset[LockOn], lock_on_expiry: bool) -> None:
        on_expiry = OnExpiry.LOCK if lock_on_expiry else OnExpiry.FLAG
        policy = a_policy(scope=scope, locks=locks, on_expiry=on_expiry)
        self.law: Rules = rules_of(policy)
        self.dossier: Dossier = a_dossier(policy)
        for category in ("idp", "idp", "diploma", "extra"):
            self.upload(category, None)

    @rule(category=st.sampled_from(CATEGORIES), victim=st.none() | PICK)
    def upload(self, category: str, victim: int | None) -> None:
        self.number += 1
        replaces = self._pick(victim)
        new = a_new_image(
            f"{category}.{self.number}", category, replaces=replaces.image_id if replaces else None
        )
        try:
            step = add_image(self.dossier, self.law, new, self.now)
        except (ConflictError, NotFoundError):
            return
        assert step.added is not None
        self.accepted.add(step.added.image_id)
        self._apply(step)

    @rule(victim=PICK)
    def delete(self, victim: int) -> None:
        item = self._pick(victim)
        if item is None:
            return
        try:
            self._apply(remove_image(self.dossier, self.law, item.image_id, self.now))
        except ConflictError:
            return

    @rule(victim=PICK)
    def worker_refuses(self, victim: int) -> None:
        item = self._pick(victim)
        step = item and refuse_image(self.dossier, self.law, item.image_id, "image_damaged", self.now)
        if step:
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
        try:
            step = confirm(self.dossier, self.law, waiting[victim % len(waiting)].image_id, self.now)
        except ConflictError:
            return
        assert step is not None
        self._apply(step)

    @rule()
    def workers_finish(self) -> None:
        self.dossier = finished(self.dossier)

    @rule(workers_are_quick=OFTEN)
    def hand_in(self, *, workers_are_quick: bool) -> None:
        if workers_are_quick:
            self.workers_finish()
        try:
            self._apply(submit(self.dossier, self.law, self.now))
        except ConflictError:
            return

    @rule(minutes=st.integers(min_value=1, max_value=2000))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        if self.dossier.next_due_at and self.dossier.next_due_at <= self.now:
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
    @rule(final=SELDOM, outcome=st.sampled_from(["passed", "rejected"]))
    def reviewer_decides(self, *, final: bool, outcome: str) -> None:
        event = a_decision(self.hold, final=final, outcome=outcome)
        self._reviewer_ends(decide(self.dossier, self.law, event, self.now))

    @precondition(lambda self: self.frozen is not None)
    @rule(victims=st.sets(PICK, min_size=1, max_size=3), hours=st.none() | st.integers(1, 48))
    def reviewer_sends_back(self, victims: set[int], hours: int | None) -> None:
        names = {item.image_id for victim in victims if (item := self._pick(victim))}
        deadline = self.now + timedelta(hours=hours) if hours else None
        event = a_sent_back(self.dossier.items, sorted(names), hold=self.hold, deadline=deadline)
        self.opened_with = self.dossier.items
        self.open_sendbacks.add(event.sendback_id)
        self._reviewer_ends(send_back(self.dossier, self.law, event, places_of(event), self.now))

    @rule(hold=st.integers(min_value=0, max_value=20))
    def an_old_message_comes_again(self, hold: int) -> None:
        before = self.dossier
        old = min(hold, before.ended_hold.number)
        assert claim(before, self.law, a_claim(old), self.now, self.now) is None
        assert release(before, self.law, CaseReleased(hold=old, cause="released")) is None

    @rule()
    def a_message_comes_too_early(self) -> None:
        try:
            step = decide(self.dossier, self.law, a_decision(self.hold + 1), self.now)
        except TooEarlyError:
            return
        raise AssertionError(step)

    @invariant()
    def no_accepted_image_is_lost(self) -> None:
        assert self.accepted == {item.image_id for item in self.dossier.items} | self.dead

    @invariant()
    def what_is_frozen_stays(self) -> None:
        if self.frozen is not None:
            assert tuple(item.image_id for item in self.dossier.handed_in) == self.frozen

    @invariant()
    def no_category_is_overfull_and_no_slot_twice_taken(self) -> None:
        for category in self.law.policy.categories:
            assert self.dossier.count(category.code) <= category.max_images
        slots = [(item.category, item.slot) for item in self.dossier.items if item.slot]
        assert len(slots) == len(set(slots))

    @invariant()
    def a_send_back_opens_no_more_than_was_sent_back(self) -> None:
        opened = self.dossier.send_back
        scope = self.law.policy.unlock.scope
        if opened is None or scope is UnlockScope.DOSSIER:
            return
        returned = {place.image_id for place in opened.places}
        categories = {place.category for place in opened.places}
        kept = [
            item
            for item in self.opened_with
            if item.awaits is None
            and (
                item.category not in categories
                or (scope is UnlockScope.IMAGE and item.image_id not in returned)
            )
        ]
        assert set(kept) <= set(self.dossier.items)
        for item in kept:
            with pytest.raises(ConflictError):
                remove_image(self.dossier, self.law, item.image_id, self.now)
        if scope is UnlockScope.IMAGE:
            assert len(self.dossier.items) <= len(self.opened_with)

    @invariant()
    def others_know_what_they_act_on(self) -> None:
        told = self.told
        if told is None:
            return
        answered = told.send_back.answered if told.send_back else 0
        assert told.stage == self.dossier.stage
        assert told.hold == (self.dossier.hold.number if self.dossier.hold else None)
        assert told.complete == (bool(self.dossier.handed_in) and not self.law.missing(self.dossier))
        assert (told.image_count > 0) == bool(self.dossier.handed_in)
        assert answered == settled_count(self.dossier, self.law)
        assert (told.send_back is None) == (self.dossier.send_back is None)

    @invariant()
    def a_send_back_ends_once(self) -> None:
        live = {self.dossier.send_back.sendback_id} if self.dossier.send_back else set()
        assert live == self.open_sendbacks

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


Life.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
TestLife = Life.TestCase
