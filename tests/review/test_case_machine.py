"""Random reviewers, clocks and messages: what must hold for every case, whatever happens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from services.review.case import Step, claim, expire, judge, release, renew, take_back
from services.review.following import follow_dossier, follow_registration, lock, refuse
from services.review.model import Case, Conclusion, Judgement, Staff
from shared.errors import DomainError
from shared.events.review import CaseClaimed, CaseDecided, CaseReleased, CaseSentBack, ReviewLevel
from shared.events.uploads import DossierChanged, DossierClaimRefused, DossierLocked, ManifestItem
from tests.review.builders import (
    CASE,
    DEMO,
    a_district_reviewer,
    a_dossier,
    a_lock,
    a_registration,
    a_site_reviewer,
    an_item,
    concluded,
)
from tests.support.clocks import A_MORNING

PEOPLE = ("wang", "li", "chen")
STAFF = st.sampled_from(
    [*(a_site_reviewer(person) for person in PEOPLE), *(a_district_reviewer(person) for person in PEOPLE)]
)
PASSED, RETURNED = Judgement("passed"), Judgement("returned", "other", "看不清")
JUDGEMENTS = st.sampled_from([PASSED, RETURNED])
OUTCOMES: st.SearchStrategy[Conclusion] = st.sampled_from(["pass", "send_back", "reject"])
USUAL_OUTCOMES: st.SearchStrategy[Conclusion] = st.sampled_from(
    ["pass", "pass", "pass", "send_back", "send_back", "reject"]
)
FINAL = {"passed", "rejected"}


@dataclass
class Uploads:
    """The other side of the handshake: one dossier, frozen while it is held."""

    sequence: int = 0
    submissions: int = 0
    held: int | None = None
    applied: int = 0
    images: list[str] = field(default_factory=list)
    said: list[tuple[int, DossierChanged]] = field(default_factory=list)

    def tell(self) -> None:
        """Say the dossier's state."""
        self.sequence += 1
        state = a_dossier(submissions=self.submissions, hold=self.held)
        self.said.append((self.sequence, state))

    def manifest(self) -> tuple[ManifestItem, ...]:
        """Return the live pictures."""
        return tuple(an_item(image_id) for image_id in self.images)


class CaseMachine(RuleBasedStateMachine):
    """Drives one case and watches over it."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = A_MORNING
        self.case: Case = follow_registration(Case(CASE), a_registration(), 1)
        self.uploads = Uploads(images=["image-1", "image-2"])
        self.claims: list[CaseClaimed] = []
        self.ended: set[int] = set()
        self.answered: set[int] = set()
        self.decisions: dict[int, Staff] = {}
        self.actors: dict[ReviewLevel, set[str]] = {"site": set(), "district": set()}

    @rule(seconds=st.sampled_from([1, 30, 61, 600, 1200]))
    def time_goes_by(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.uploads.held is None and self._is_open_for_candidate())
    @rule()
    def candidate_submits(self) -> None:
        """Submit, with a new picture after a send-back."""
        self.uploads.submissions += 1
        if self.uploads.submissions > 1:
            self.uploads.images[-1] = f"image-{len(self.uploads.images)}-{self.uploads.submissions}"
        self.uploads.tell()

    @precondition(lambda self: self.uploads.said)
    @rule(data=st.data())
    def a_state_arrives(self, data: st.DataObject) -> None:
        """Deliver any state that was ever said: late, twice, out of order."""
        sequence, state = data.draw(st.sampled_from(self.uploads.said))
        before = self.case
        self.case = follow_dossier(before, state, sequence, DEMO, self.now)
        assert self.case.hold == before.hold

    @rule(staff=STAFF)
    def somebody_claims(self, staff: Staff) -> None:
        """Claim."""
        live = self.case.hold is not None and self.case.hold.is_live(self.now)
        step = self._try(lambda: claim(self.case, staff, self.now))
        if step is not None and live:
            assert step == Step(self.case)
        self._take(step, staff)

    @rule(staff=STAFF)
    def somebody_renews(self, staff: Staff) -> None:
        """Renew."""
        self._take(self._try(lambda: renew(self.case, staff, self.now)), staff)

    @rule(staff=STAFF)
    def somebody_releases(self, staff: Staff) -> None:
        """Release."""
        self._take(self._try(lambda: release(self.case, staff, self.now)), staff)

    @rule()
    def the_scheduler_looks(self) -> None:
        """Expire."""
        self._take(expire(self.case, self.now), None)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), ready=st.booleans())
    def uploads_answers(self, data: st.DataObject, ready: bool) -> None:
        """Lock or refuse for any claim that was ever made, also late and repeatedly."""
        hold = data.draw(st.sampled_from(self.claims)).hold
        stands = self.case.hold is not None and self.case.hold.number == hold
        if ready and (hold not in self.answered or self.uploads.held == hold):
            self.answered.add(hold)
            self.uploads.held = hold if stands and hold not in self.ended else self.uploads.held
            self.uploads.sequence += 1
            self.case = lock(self.case, self._lock(hold), self.uploads.sequence, DEMO)
        elif hold not in self.answered:
            self.answered.add(hold)
            self.case = refuse(self.case, DossierClaimRefused(hold=hold, reason="not-ready"), self.now)

    @precondition(lambda self: self.decisions and self.uploads.applied < max(self.decisions))
    @rule()
    def uploads_applies_the_decision(self) -> None:
        """Let uploads hear of the last decision."""
        self.uploads.applied = max(self.decisions)
        self.uploads.held = None

    @rule(staff=STAFF, judgement=JUDGEMENTS, data=st.data())
    def somebody_judges(self, staff: Staff, judgement: Judgement, data: st.DataObject) -> None:
        """Judge any picture, locked or not."""
        image = data.draw(st.sampled_from([*self.uploads.images, "image-2", "foreign"]))
        step = self._try(lambda: judge(self.case, staff, image, judgement, policy=DEMO, now=self.now))
        if step is not None:
            self._assert_holding(staff)
            assert self.case.manifest is not None
            assert self.case.manifest.item(image) is not None
            self.actors[staff.level].add(staff.staff_id)
        self._take(step, staff)

    @rule(staff=STAFF)
    def somebody_takes_back(self, staff: Staff) -> None:
        """Take a verdict back."""
        step = self._try(lambda: take_back(self.case, staff, self.uploads.images[0], self.now))
        if step is not None:
            self._assert_holding(staff)
        self._take(step, staff)

    @rule(staff=STAFF, outcome=OUTCOMES)
    def somebody_concludes(self, staff: Staff, outcome: Conclusion) -> None:
        """Conclude."""
        step = self._try(lambda: concluded(self.case, staff, outcome, self.now, "理由"))
        if step is not None and step.events:
            self._assert_holding(staff)
            assert self.case.last_hold not in self.decisions
            self.decisions[self.case.last_hold] = staff
            self.actors[staff.level].add(staff.staff_id)
            assert step.case.hold is None
        self._take(step, staff)

    @rule(person=st.sampled_from(PEOPLE), outcome=USUAL_OUTCOMES)
    def the_case_moves_on(self, person: str, outcome: Conclusion) -> None:
        """Take the step that everybody waits for, so that the others are tried at every stage."""
        hold = self.case.hold
        if self.case.state in {"collecting", "returned"}:
            self._candidate_acts()
        elif hold is None or not hold.is_live(self.now):
            site = self.case.state == "awaiting_site"
            self.somebody_claims(a_site_reviewer(person) if site else a_district_reviewer(person))
        elif hold.state == "waiting":
            self._lock_now(hold.number)
        else:
            staff = (
                a_site_reviewer(hold.staff_id) if hold.level == "site" else a_district_reviewer(hold.staff_id)
            )
            for image in self.uploads.images:
                passed = outcome == "pass" or image != self.uploads.images[-1]
                self._take(self._judged(staff, image, PASSED if passed else RETURNED), staff)
            self.somebody_concludes(staff, outcome)

    @rule(person=st.sampled_from(PEOPLE), outcome=USUAL_OUTCOMES)
    def the_case_moves_on_again(self, person: str, outcome: Conclusion) -> None:
        """Do so twice as often."""
        self.the_case_moves_on(person, outcome)

    @invariant()
    def nobody_acts_on_two_levels(self) -> None:
        """One person, one level."""
        assert not self.actors["site"] & self.actors["district"]

    @invariant()
    def hold_numbers_grow(self) -> None:
        """Every claim has a greater number than all before."""
        numbers = [event.hold for event in self.claims]
        assert numbers == sorted(set(numbers))
        assert self.case.last_hold == (numbers[-1] if numbers else 0)

    @invariant()
    def verdicts_stand_on_locked_pictures_only(self) -> None:
        """Nothing that was never locked is judged."""
        assert "foreign" not in self.case.verdicts

    @invariant()
    def the_end_is_the_end(self) -> None:
        """Nobody holds a decided case."""
        if self.case.state in FINAL:
            assert self.case.hold is None

    @override
    def teardown(self) -> None:
        """Tell how far the case came (`--hypothesis-show-statistics`)."""
        event(f"ended {self.case.state} after {len(self.decisions)} decisions")

    def _judged(self, staff: Staff, image: str, judgement: Judgement) -> Step | None:
        step = self._try(lambda: judge(self.case, staff, image, judgement, policy=DEMO, now=self.now))
        if step is not None:
            self._assert_holding(staff)
            assert self.case.manifest is not None
            assert self.case.manifest.item(image) is not None
            self.actors[staff.level].add(staff.staff_id)
        return step

    def _candidate_acts(self) -> None:
        if self.decisions and self.uploads.applied < max(self.decisions):
            self.uploads_applies_the_decision()
        if self.uploads.held is None and self._is_open_for_candidate():
            self.candidate_submits()
        if self.uploads.said:
            sequence, state = self.uploads.said[-1]
            self.case = follow_dossier(self.case, state, sequence, DEMO, self.now)

    def _lock_now(self, hold: int) -> None:
        self.answered.add(hold)
        self.uploads.held = hold
        self.uploads.sequence += 1
        self.case = lock(self.case, self._lock(hold), self.uploads.sequence, DEMO)

    def _take(self, step: Step | None, staff: Staff | None) -> None:
        if step is None:
            return
        was_final = self.case.state in FINAL
        self.case = step.case
        for said in step.events:
            match said:
                case CaseClaimed():
                    assert staff is not None
                    self._assert_no_open_hold_before(said.hold)
                    self.claims.append(said)
                case CaseReleased():
                    self.ended.add(said.hold)
                    if self.uploads.held == said.hold:
                        self.uploads.held = None
                case CaseSentBack() | CaseDecided():
                    assert not was_final
                    self.ended.add(said.hold)
                case _:
                    continue

    def _assert_no_open_hold_before(self, number: int) -> None:
        refused = self.answered - {self.uploads.held}
        assert {claimed.hold for claimed in self.claims if claimed.hold < number} <= self.ended | refused

    def _assert_holding(self, staff: Staff) -> None:
        hold = self.case.hold
        assert hold is not None
        assert (hold.staff_id, hold.level, hold.state) == (staff.staff_id, staff.level, "locked")
        assert self.now < hold.until

    def _is_open_for_candidate(self) -> bool:
        if not self.decisions:
            return self.uploads.submissions == 0
        applied = self.uploads.applied == max(self.decisions)
        return applied and self.case.state == "returned"

    def _lock(self, hold: int) -> DossierLocked:
        return a_lock(hold, self.uploads.manifest())

    @staticmethod
    def _try(command: Callable[[], Step]) -> Step | None:
        try:
            return command()
        except DomainError:
            return None


TestCaseMachine = CaseMachine.TestCase
TestCaseMachine.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
