"""The composition of review: what is built from what, opened and closed in one place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from services.review.consumers import subscriptions
from services.review.documents import CaseDocuments
from services.review.grants import SignedGrants
from services.review.page import ReviewerPage
from services.review.ports import Cases, Grants, Policies, RevokedSessions
from services.review.repository import INDEXES, MongoCases
from services.review.routes import USE_CASES, routes
from services.review.settings import ReviewSettings
from services.review.use_cases import UseCases
from services.review.use_cases.claims import ClaimCase, ClaimNext, ExpireClaims, ReleaseClaim, RenewClaim
from services.review.use_cases.conclusions import ConcludeCase
from services.review.use_cases.following import (
    BeginReview,
    CloseCase,
    EndRefusedClaim,
    FollowDossier,
    FollowRegistration,
    ForgetPerson,
    NoteDuplicate,
    NoteRefusedWithdrawal,
    NoteRevocation,
    NoteSendBackClosed,
)
from services.review.use_cases.reading import ReadCase, ReadQueue, ReadStatus, ShowCase
from services.review.use_cases.send_backs import ExtendSendBack, WithdrawSendBack
from services.review.use_cases.verdicts import GiveVerdict, TakeBackVerdict
from services.review.use_cases.viewing import GrantViews
from shared.clock import Clock
from shared.messaging.consumer import consuming
from shared.messaging.outbox import Outbox, relaying
from shared.runtime import Runtime, every, inner, running, serving, until_stopped
from shared.web.application import new_application
from shared.web.identity import TokenReader
from shared.web.revocations import REREAD_SECONDS, RevocationList

EXPIRE_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the use cases are built on."""

    clock: Clock
    policies: Policies
    cases: Cases
    grants: Grants
    revoked_sessions: RevokedSessions


def build_use_cases(ports: Ports) -> UseCases:
    """Wire every use case."""
    cases, policies, clock = ports.cases, ports.policies, ports.clock
    return UseCases(
        follow_registration=FollowRegistration(cases),
        follow_dossier=FollowDossier(cases, policies, clock),
        begin_review=BeginReview(cases, policies),
        end_refused_claim=EndRefusedClaim(cases, clock),
        close_case=CloseCase(cases, clock),
        forget_person=ForgetPerson(cases, clock),
        note_send_back_closed=NoteSendBackClosed(cases, clock),
        note_refused_withdrawal=NoteRefusedWithdrawal(cases, clock),
        note_duplicate=NoteDuplicate(cases),
        note_revocation=NoteRevocation(ports.revoked_sessions),
        claim_case=ClaimCase(cases, clock),
        claim_next=ClaimNext(cases, clock),
        renew_claim=RenewClaim(cases, clock),
        release_claim=ReleaseClaim(cases, clock),
        expire_claims=ExpireClaims(cases, clock),
        give_verdict=GiveVerdict(cases, policies, clock),
        take_back_verdict=TakeBackVerdict(cases, clock),
        conclude_case=ConcludeCase(cases, policies, clock),
        withdraw_send_back=WithdrawSendBack(cases, clock),
        extend_send_back=ExtendSendBack(cases, clock),
        grant_views=GrantViews(cases, ports.grants, clock),
        read_queue=ReadQueue(cases, clock),
        read_case=ReadCase(cases),
        show_case=ShowCase(policies, clock),
        read_status=ReadStatus(cases, policies),
    )


def build_app(use_cases: UseCases, settings: ReviewSettings, reader: TokenReader) -> web.Application:
    """Return the public application; it opens nothing."""
    application = new_application("review", routes, settings.http, reader)
    application[USE_CASES] = use_cases
    ReviewerPage(settings.page.directory).add_to(application)
    return application


@dataclass(frozen=True, slots=True)
class Composed:
    """The service put together."""

    runtime: Runtime
    use_cases: UseCases
    revoked: RevocationList


@asynccontextmanager
async def composed(settings: ReviewSettings, role: str) -> AsyncIterator[Composed]:
    """Open what review needs; on leaving, what it has written is sent."""
    async with running(settings, "review", role) as runtime:
        await runtime.database.declare(INDEXES)
        outbox = Outbox(runtime.database["cases"], runtime.publisher)
        revoked = RevocationList(runtime.database["revoked_sessions"])
        ports = Ports(
            clock=runtime.clock,
            policies=runtime.policies,
            cases=MongoCases(
                runtime.database["cases"], outbox, runtime.writer, CaseDocuments(runtime.cipher)
            ),
            grants=SignedGrants(runtime.keys.signing("grants"), runtime.clock),
            revoked_sessions=revoked,
        )
        async with relaying([outbox]):
            yield Composed(runtime, build_use_cases(ports), revoked)


async def run_api(settings: ReviewSettings) -> None:
    """Serve reviewers and candidates and follow the other services, until told to stop."""
    async with composed(settings, "api") as service:
        runtime, use_cases = service.runtime, service.use_cases
        reader = TokenReader(runtime.keys.verifying("tokens"), runtime.clock, service.revoked)
        await service.revoked.reread()
        async with (
            every(REREAD_SECONDS, service.revoked.reread),
            consuming(
                subscriptions(use_cases),
                settings.broker,
                runtime.publisher,
                runtime.sealer,
                readers=[runtime.parked.reader()],
            ),
            serving(build_app(use_cases, settings, reader), settings.http),
            inner(settings.http, runtime.checks()),
        ):
            await until_stopped()


async def run_scheduler(settings: ReviewSettings) -> None:
    """End claims whose time is over, until told to stop."""
    async with (
        composed(settings, "scheduler") as service,
        every(EXPIRE_EVERY_SECONDS, service.use_cases.expire_claims),
        inner(settings.http, service.runtime.checks()),
    ):
        await until_stopped()
