"""The composition of auth: what is built from what, opened and closed in one place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from services.auth import repository, session_repository
from services.auth.passwords import hashing
from services.auth.ports import (
    Accounts,
    EntryTokens,
    Passwords,
    Places,
    Registrations,
    Sessions,
    Staff,
    Tickets,
    TryCounts,
    UsedTickets,
)
from services.auth.repository import MongoAccounts, MongoPlaces, MongoRegistrations, MongoStaff
from services.auth.routes import CLOCK, GATEWAYS, SIGNER, USE_CASES, routes
from services.auth.session_repository import MongoSessions, MongoTryCounts, MongoUsedTickets
from services.auth.settings import AuthSettings
from services.auth.tickets import JwtEntryTokens, RegistrationTickets
from services.auth.use_cases import UseCases
from services.auth.use_cases.entry import ActivateAccount, OpenEntry
from services.auth.use_cases.profile import Cards, ShowCandidate, ShowPortal, ShowStaff
from services.auth.use_cases.roster import ImportRoster, ImportStaff
from services.auth.use_cases.sessions import BeginSession, EndSession, RefreshSession, SignOut
from services.auth.use_cases.sign_in import Guard, OneTimeCodes, SignInCandidate, SignInStaff, StepUp
from shared.clock import Clock
from shared.messaging.consumer import consuming
from shared.messaging.outbox import Outbox, relaying
from shared.policy.loader import PolicyBook
from shared.runtime import Runtime, inner, running, serving, until_stopped
from shared.web.application import new_application
from shared.web.identity import TokenReader, TokenSigner


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the use cases are built on."""

    clock: Clock
    policies: PolicyBook
    registrations: Registrations
    accounts: Accounts
    staff: Staff
    places: Places
    sessions: Sessions
    used_tickets: UsedTickets
    try_counts: TryCounts
    passwords: Passwords
    tickets: Tickets
    entry_tokens: EntryTokens


def build_use_cases(ports: Ports) -> UseCases:
    """Wire every use case."""
    clock, sessions, registrations = ports.clock, ports.sessions, ports.registrations
    begin, end = BeginSession(sessions, clock), EndSession(sessions, clock)
    cards = Cards(ports.policies, clock)
    guard, codes = Guard(ports.try_counts, clock), OneTimeCodes(ports.staff, clock)
    return UseCases(
        open_entry=OpenEntry(
            ports.tickets, ports.used_tickets, registrations, ports.accounts, ports.entry_tokens, cards
        ),
        activate_account=ActivateAccount(
            registrations, ports.accounts, ports.entry_tokens, ports.passwords, ports.policies, begin, clock
        ),
        sign_in_candidate=SignInCandidate(ports.accounts, ports.passwords, guard, begin),
        sign_in_staff=SignInStaff(ports.staff, ports.passwords, guard, begin, codes),
        step_up=StepUp(sessions, ports.staff, guard, codes, clock),
        refresh_session=RefreshSession(sessions, ports.staff, end, clock),
        sign_out=SignOut(sessions, end),
        show_candidate=ShowCandidate(sessions, registrations, cards, clock),
        show_staff=ShowStaff(sessions, ports.staff, ports.places, clock),
        show_portal=ShowPortal(ports.policies),
        import_roster=ImportRoster(registrations, ports.accounts, ports.places, ports.policies),
        import_staff=ImportStaff(ports.staff, ports.places, ports.passwords, sessions, end),
    )


def build_app(
    use_cases: UseCases, settings: AuthSettings, signer: TokenSigner, reader: TokenReader
) -> web.Application:
    """Return the public application; it opens nothing."""
    application = new_application("auth", routes, settings.http, reader)
    application[USE_CASES] = use_cases
    application[SIGNER] = signer
    application[CLOCK] = signer.clock
    application[GATEWAYS] = settings.gateway.networks
    return application


@dataclass(frozen=True, slots=True)
class Outboxes:
    """The collections whose documents carry events."""

    registrations: Outbox
    accounts: Outbox
    sessions: Outbox

    @classmethod
    def of(cls, runtime: Runtime) -> "Outboxes":
        """Return the outboxes of the service's database."""
        names = ("registrations", "accounts", "sessions")
        return cls(*(Outbox(runtime.database[name], runtime.publisher) for name in names))

    def all(self) -> tuple[Outbox, ...]:
        """Return every one of them."""
        return self.registrations, self.accounts, self.sessions


def build_ports(runtime: Runtime, outboxes: Outboxes, passwords: Passwords) -> Ports:
    """Return the real adapters."""
    database, writer, cipher = runtime.database, runtime.writer, runtime.cipher
    keys, clock = runtime.keys, runtime.clock
    return Ports(
        clock=clock,
        policies=runtime.policies,
        registrations=MongoRegistrations(database["registrations"], outboxes.registrations, writer, cipher),
        accounts=MongoAccounts(database["accounts"], outboxes.accounts, writer, cipher),
        staff=MongoStaff(database["staff"], cipher),
        places=MongoPlaces(database["directory"]),
        sessions=MongoSessions(database["sessions"], outboxes.sessions, writer, cipher),
        used_tickets=MongoUsedTickets(database["used_tickets"]),
        try_counts=MongoTryCounts(database["tries"], cipher),
        passwords=passwords,
        tickets=RegistrationTickets(keys.public("registration-system.public.pem"), clock),
        entry_tokens=JwtEntryTokens(keys.signing("tokens"), keys.verifying("tokens"), clock),
    )


@asynccontextmanager
async def composed(settings: AuthSettings, role: str) -> AsyncIterator[tuple[Runtime, UseCases]]:
    """Open what auth needs; on leaving, what it has written is sent."""
    async with running(settings, "auth", role) as runtime, hashing() as passwords:
        await runtime.database.declare({**repository.INDEXES, **session_repository.INDEXES})
        outboxes = Outboxes.of(runtime)
        async with relaying(outboxes.all()):
            yield runtime, build_use_cases(build_ports(runtime, outboxes, passwords))


async def run(settings: AuthSettings) -> None:
    """Serve until told to stop."""
    async with composed(settings, "api") as (runtime, use_cases):
        keys, clock = runtime.keys, runtime.clock
        # No list of revoked sessions here: auth reads its own sessions where it matters.
        application = build_app(
            use_cases,
            settings,
            TokenSigner(keys.signing("tokens"), clock),
            TokenReader(keys.verifying("tokens"), clock),
        )
        async with (
            consuming(
                [], settings.broker, runtime.publisher, runtime.sealer, readers=[runtime.parked.reader()]
            ),
            serving(application, settings.http),
            inner(settings.http, runtime.checks()),
        ):
            await until_stopped()
