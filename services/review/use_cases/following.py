"""Following auth and uploads."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from services.review.duplicates import note_duplicate
from services.review.errors import CaseNotKnownYetError
from services.review.following import (
    close,
    close_send_back,
    follow_dossier,
    follow_registration,
    lock,
    refuse,
)
from services.review.forgetting import forget
from services.review.model import Case, Duplicate
from services.review.ports import Cases, Policies, RevokedSessions
from services.review.send_backs import withdrawal_refused, withdrawn
from services.review.use_cases.changing import follow
from shared.clock import Clock
from shared.events import Scope
from shared.events.auth import RegistrationChanged
from shared.events.uploads import (
    DossierChanged,
    DossierClaimRefused,
    DossierLocked,
    DuplicateFound,
    SendbackClosed,
    SendbackWithdrawalRefused,
)
from shared.policy.model import Policy

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FollowRegistration:
    """Keep a case's registration as auth last told it."""

    cases: Cases

    async def __call__(self, case_id: str, event: RegistrationChanged, sequence: int) -> None:
        """Take over a state unless a newer one is known."""
        case = await follow(self.cases, case_id, partial(follow_registration, event=event, sequence=sequence))
        log.info("case.registration_followed", registration_id=case_id, version=case.version)


@dataclass(frozen=True, slots=True)
class FollowDossier:
    """Keep a case's dossier as uploads last told it, and put it up for review when it is submitted."""

    cases: Cases
    policies: Policies
    clock: Clock

    async def __call__(self, case_id: str, event: DossierChanged, sequence: int, policy: str | None) -> None:
        """Take over a state unless a newer one is known."""
        known, now = _policy(self.policies, policy), self.clock.now()

        def decide(case: Case) -> Case:
            return follow_dossier(case, event, sequence, known, now)

        case = await follow(self.cases, case_id, decide)
        log.info("case.dossier_followed", case_id=case_id, stage=event.stage, state=case.state)


@dataclass(frozen=True, slots=True)
class BeginReview:
    """Let the reviewer begin: uploads has locked the dossier."""

    cases: Cases
    policies: Policies

    async def __call__(self, case_id: str, event: DossierLocked, sequence: int, policy: str | None) -> None:
        """Store the manifest under the claim that it answers; an ended claim is left alone."""
        known = _policy(self.policies, policy)

        def decide(case: Case) -> Case:
            return lock(case, event, sequence, known)

        case = await follow(self.cases, case_id, decide)
        begun = case.manifest is not None and case.manifest.hold == event.hold
        log.info("case.locked", case_id=case_id, hold=event.hold, begun=begun, images=len(event.items))


@dataclass(frozen=True, slots=True)
class EndRefusedClaim:
    """Tell the reviewer that uploads has not locked the dossier."""

    cases: Cases
    clock: Clock

    async def __call__(self, case_id: str, event: DossierClaimRefused) -> None:
        """End the claim that was refused; another one is left alone."""
        await follow(self.cases, case_id, partial(refuse, event=event, now=self.clock.now()))
        log.info("case.claim_refused", case_id=case_id, hold=event.hold, reason=event.reason)


@dataclass(frozen=True, slots=True)
class CloseCase:
    """End the case of a dossier that uploads has closed."""

    cases: Cases
    clock: Clock

    async def __call__(self, case_id: str) -> None:
        """Close it once."""
        await follow(self.cases, case_id, partial(close, now=self.clock.now()))
        log.info("case.closed", case_id=case_id)


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Forget who a deleted dossier was about."""

    cases: Cases
    clock: Clock

    async def __call__(self, case_id: str) -> None:
        """Forget once; an unknown case begins as a stub that takes nothing over any more."""
        await follow(self.cases, case_id, partial(forget, now=self.clock.now()))
        log.info("case.person_forgotten", case_id=case_id)


@dataclass(frozen=True, slots=True)
class NoteSendBackClosed:
    """Note how the open send-back ended."""

    cases: Cases
    clock: Clock

    async def __call__(self, case_id: str, event: SendbackClosed) -> None:
        """Note it once."""
        now = self.clock.now()

        def decide(case: Case) -> Case:
            closed = close_send_back(case, event, now)
            is_undone = closed is not case and event.outcome == "withdrawn"
            return withdrawn(closed, now) if is_undone else closed

        await follow(self.cases, case_id, decide)
        log.info("case.sendback_closed", case_id=case_id, round=event.round, outcome=event.outcome)


@dataclass(frozen=True, slots=True)
class NoteRefusedWithdrawal:
    """Note that a send-back could not be undone any more."""

    cases: Cases
    clock: Clock

    async def __call__(self, case_id: str, event: SendbackWithdrawalRefused) -> None:
        """Note it once."""
        await follow(self.cases, case_id, partial(withdrawal_refused, event=event, now=self.clock.now()))
        log.info("case.withdrawal_refused", case_id=case_id, round=event.round)


@dataclass(frozen=True, slots=True)
class NoteDuplicate:
    """Note with both cases that two candidates' pictures seem to show the same paper."""

    cases: Cases

    async def __call__(self, case_id: str, scope: Scope, event: DuplicateFound) -> None:
        """Note the pair once on either side; a case that is not known yet begins as a stub."""
        if scope.district is None or scope.site is None:
            raise CaseNotKnownYetError
        theirs = Duplicate(
            event.image_id,
            event.other_registration_id,
            event.other_image_id,
            event.other_district,
            event.other_site,
        )
        ours = Duplicate(event.other_image_id, case_id, event.image_id, scope.district, scope.site)
        await follow(self.cases, case_id, partial(note_duplicate, found=theirs))
        await follow(self.cases, event.other_registration_id, partial(note_duplicate, found=ours))
        log.info("case.duplicate_noted", case_id=case_id, other_case_id=event.other_registration_id)


def _policy(policies: Policies, version: str | None) -> Policy:
    if version is None:
        raise CaseNotKnownYetError
    return policies.version(version)


@dataclass(frozen=True, slots=True)
class NoteRevocation:
    """Remember a revoked session until its last token is over."""

    revoked_sessions: RevokedSessions

    async def __call__(self, session_id: str, revoked_at: datetime) -> None:
        """Note it for all instances."""
        await self.revoked_sessions.keep(session_id, revoked_at)
