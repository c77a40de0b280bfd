"""The composition of notify: what is built from what, opened and closed in one place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from services.notify.consumers import LIVE_EVENTS, subscriptions
from services.notify.live import Change, LiveHub
from services.notify.ports import (
    Messages,
    Policies,
    Registrations,
    RevokedSessions,
    Sendbacks,
    SmsGateway,
    SmsMessages,
)
from services.notify.repository import (
    INDEXES,
    MongoMessages,
    MongoRegistrations,
    MongoSendbacks,
    MongoSmsMessages,
)
from services.notify.routes import PULSE, TOKENS, USE_CASES, Pulse, routes
from services.notify.settings import NotifySettings
from services.notify.sms_gateway import gateway_at
from services.notify.use_cases import Duties, UseCases
from services.notify.use_cases.following import (
    CloseSendback,
    FollowRegistration,
    ForgetPerson,
    NoteRevocation,
)
from services.notify.use_cases.inbox import ListenForChanges, ReadMessages
from services.notify.use_cases.sms import SendDueSms, SettleSms
from services.notify.use_cases.telling import Tell
from shared.clock import Clock, SystemClock
from shared.events import Envelope
from shared.messaging.consumer import consuming
from shared.messaging.live import Listener, hearing
from shared.messaging.outbox import Outbox, relaying
from shared.runtime import Runtime, every, inner, running, serving, until_stopped
from shared.settings import HttpSettings
from shared.web.application import new_application
from shared.web.identity import TokenReader
from shared.web.revocations import REREAD_SECONDS, RevocationList

Role = Literal["api", "scheduler"]
SEND_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the use cases are built on; `machine` is the clock that nobody moves."""

    clock: Clock
    machine: Clock
    policies: Policies
    registrations: Registrations
    messages: Messages
    sendbacks: Sendbacks
    sms: SmsMessages
    revoked_sessions: RevokedSessions


def build_use_cases(ports: Ports, hub: LiveHub) -> UseCases:
    """Wire what requests and events lead to."""
    registrations, messages, sendbacks = ports.registrations, ports.messages, ports.sendbacks
    return UseCases(
        follow_registration=FollowRegistration(registrations),
        forget_person=ForgetPerson(registrations, messages),
        close_sendback=CloseSendback(sendbacks),
        note_revocation=NoteRevocation(ports.revoked_sessions),
        tell=Tell(ports.policies, registrations, messages, ports.sms, ports.machine),
        read_messages=ReadMessages(registrations, messages, sendbacks, ports.clock),
        listen_for_changes=ListenForChanges(registrations, hub),
    )


def build_duties(ports: Ports, gateway: SmsGateway) -> Duties:
    """Wire what falls due."""
    return Duties(
        send_sms=SendDueSms(ports.sms, ports.registrations, gateway, ports.clock, ports.machine),
        settle_sms=SettleSms(ports.sms, gateway, ports.machine),
    )


def build_app(
    use_cases: UseCases, http: HttpSettings, tokens: TokenReader, hub: LiveHub, pulse: Pulse | None = None
) -> web.Application:
    """Return the public application; it opens nothing."""

    async def close_streams(_: web.Application) -> None:
        hub.close()

    application = new_application("notify", routes, http, tokens)
    application[USE_CASES] = use_cases
    application[TOKENS] = tokens
    application[PULSE] = pulse or Pulse()
    application.on_shutdown.append(close_streams)
    return application


def build_listener(hub: LiveHub) -> Listener:
    """Return what tells this instance's streams."""

    def receive(envelope: Envelope) -> None:
        if envelope.scope.registration is not None:
            hub.tell(envelope.scope.registration, Change(envelope.subject, envelope.sequence))

    return Listener(LIVE_EVENTS, receive, hub.tell_everyone)


@dataclass(frozen=True, slots=True)
class Outboxes:
    """The collections whose documents carry events."""

    messages: Outbox
    sms: Outbox

    def all(self) -> tuple[Outbox, ...]:
        """Return every one of them."""
        return self.messages, self.sms


def build_ports(runtime: Runtime, outboxes: Outboxes, revoked: RevocationList) -> Ports:
    """Return the real adapters."""
    database, writer, cipher = runtime.database, runtime.writer, runtime.cipher
    return Ports(
        clock=runtime.clock,
        machine=SystemClock(),
        policies=runtime.policies,
        registrations=MongoRegistrations(database["registrations"], cipher),
        messages=MongoMessages(database["messages"], outboxes.messages, writer, cipher),
        sendbacks=MongoSendbacks(database["sendbacks"]),
        sms=MongoSmsMessages(database["sms"], outboxes.sms, writer),
        revoked_sessions=revoked,
    )


@asynccontextmanager
async def composed(
    settings: NotifySettings, role: Role
) -> AsyncIterator[tuple[Runtime, Ports, RevocationList]]:
    """Open what notify needs; on leaving, what it has written is sent."""
    async with running(settings, "notify", role) as runtime:
        await runtime.database.declare(INDEXES)
        names = ("messages", "sms")
        outboxes = Outboxes(*(Outbox(runtime.database[name], runtime.publisher) for name in names))
        revoked = RevocationList(runtime.database["revoked_sessions"])
        async with relaying(outboxes.all()):
            yield runtime, build_ports(runtime, outboxes, revoked), revoked


async def run(settings: NotifySettings, role: Role) -> None:
    """Serve in a role until told to stop."""
    match role:
        case "api":
            await run_api(settings)
        case "scheduler":
            await run_scheduler(settings)


async def run_api(settings: NotifySettings) -> None:
    """Serve requests and streams, and consume events."""
    async with composed(settings, "api") as (runtime, ports, revoked):
        hub = LiveHub()
        use_cases = build_use_cases(ports, hub)
        tokens = TokenReader(runtime.keys.verifying("tokens"), runtime.clock, revoked)
        application = build_app(use_cases, settings.http, tokens, hub)
        await revoked.reread()
        async with (
            every(REREAD_SECONDS, revoked.reread),
            consuming(
                subscriptions(use_cases),
                settings.broker,
                runtime.publisher,
                runtime.sealer,
                readers=[runtime.parked.reader()],
            ),
            hearing(settings.broker, "notify", build_listener(hub)),
            serving(application, settings.http),
            inner(settings.http, runtime.checks()),
        ):
            await until_stopped()


async def run_scheduler(settings: NotifySettings) -> None:
    """Send what is due and settle what is undecided."""
    async with (
        composed(settings, "scheduler") as (runtime, ports, _),
        gateway_at(settings.sms.url) as gateway,
    ):
        duties = build_duties(ports, gateway)
        async with (
            every(SEND_EVERY_SECONDS, duties.send_sms),
            every(SEND_EVERY_SECONDS, duties.settle_sms),
            inner(settings.http, runtime.checks()),
        ):
            await until_stopped()
