"""Coming from the registration system and activating the account (S0-03..S0-09)."""

import re
import unicodedata
from dataclasses import dataclass

import structlog

from services.auth.errors import (
    AlreadyActivatedError,
    CommitmentsMissingError,
    EntryTokenInvalidError,
    PasswordRuleError,
    PasswordsDifferError,
    RecoveryMissingError,
    RegistrationUnknownError,
    TicketUsedError,
)
from services.auth.model import Account, Activation, Card, Commitments, Recovery, Registration, folded
from services.auth.ports import Accounts, EntryTokens, Passwords, Registrations, Tickets, UsedTickets
from services.auth.use_cases.profile import Cards
from services.auth.use_cases.sessions import BeginSession, SignedIn
from services.auth.use_cases.telling import scope_of
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.events.auth import AccountActivated
from shared.policy.candidate import AuthSettings
from shared.policy.loader import PolicyBook
from shared.policy.model import Policy
from shared.policy.values import CommitmentAt

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """What the activation page shows."""

    token: str
    account: Account
    card: Card
    policy: Policy


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """Let a candidate in with a ticket of the registration system.

    Raises:
        TicketInvalidError: it is not genuine, or it is over.
        TicketUsedError: it has served already.
        RegistrationUnknownError: the registration is not here.
        PolicyNotFoundError: its district takes no part.
    """

    tickets: Tickets
    used: UsedTickets
    registrations: Registrations
    accounts: Accounts
    tokens: EntryTokens
    cards: Cards

    async def __call__(self, text: str) -> Entry:
        """Return the page's content and a token with which reloads and the activation go on."""
        ticket = self.tickets.read(text)
        registration = await _active(self.registrations, ticket.registration_id)
        if registration is None:
            raise RegistrationUnknownError
        account = await self.accounts.get(registration.candidate_id)
        if account is None:
            raise RegistrationUnknownError
        policy = self.cards.policy(registration)
        # Last of all: a refusal for another reason must not use the ticket up.
        if not await self.used.reserve(ticket.id):
            raise TicketUsedError
        log.info("entry.opened", registration_id=registration.id)
        return Entry(self.tokens.issue(registration.id), account, self.cards.card(registration), policy)


@dataclass(frozen=True, slots=True)
class ActivationForm:
    """What the candidate fills in."""

    entry_token: str
    password: str
    password_confirmation: str
    recovery_question: str | None
    recovery_answer: str | None
    commitments_accepted: bool


@dataclass(frozen=True, slots=True)
class ActivateAccount:
    """Give an account its password, recovery and commitments, and sign the candidate in.

    Raises:
        EntryTokenInvalidError: the time for it is over.
        AlreadyActivatedError: it has been done.
        PasswordsDifferError, PasswordRuleError, RecoveryMissingError, CommitmentsMissingError: as named.
    """

    registrations: Registrations
    accounts: Accounts
    tokens: EntryTokens
    passwords: Passwords
    policies: PolicyBook
    begin: BeginSession
    clock: Clock

    async def __call__(self, form: ActivationForm) -> SignedIn:
        """Return the new session (S0-09: no other sign-in)."""
        registration = await _active(self.registrations, self.tokens.read(form.entry_token))
        if registration is None:
            raise EntryTokenInvalidError
        policy = self.policies.resolve(registration.session, registration.district, registration.site)
        account = await self.accounts.get(registration.candidate_id)
        if account is None or account.activated_at is not None:
            raise AlreadyActivatedError
        check_form(form, policy)
        activation = await self._activation(form, policy)
        event = AccountActivated(candidate_id=account.id, registration_id=registration.id)
        if not await self.accounts.activate(account.id, activation, event, scope_of(registration)):
            raise AlreadyActivatedError
        crashpoint("auth.after_activation")
        log.info("account.activated", candidate_id=account.id)
        return await self.begin("candidate", account.id)

    async def _activation(self, form: ActivationForm, policy: Policy) -> Activation:
        now = self.clock.now()
        recovery = None
        if form.recovery_question and form.recovery_answer and policy.auth.recovery_question:
            answer = await self.passwords.hash(folded(form.recovery_answer))
            recovery = Recovery(form.recovery_question.strip(), answer)
        agreed = policy.commitment_at is CommitmentAt.ACTIVATION
        return Activation(
            at=now,
            password_hash=await self.passwords.hash(form.password),
            recovery=recovery,
            commitments=Commitments(policy.version, now) if agreed else None,
        )


def check_form(form: ActivationForm, policy: Policy) -> None:
    """Hold the form against the policy (S0-05..S0-08).

    Raises:
        PasswordRuleError: the password is not as the rule wants it.
        PasswordsDifferError: the confirmation says something else.
        RecoveryMissingError: the question or the answer is empty.
        CommitmentsMissingError: not every commitment was agreed to.
    """
    _check_password(form.password, policy.auth)
    if form.password != form.password_confirmation:
        raise PasswordsDifferError
    filled = (form.recovery_question or "").strip() and (form.recovery_answer or "").strip()
    if policy.auth.recovery_question and not filled:
        raise RecoveryMissingError
    if policy.commitment_at is CommitmentAt.ACTIVATION and not form.commitments_accepted:
        raise CommitmentsMissingError


def _check_password(password: str, settings: AuthSettings) -> None:
    rule = settings.password_rule
    if re.fullmatch(rule.pattern, unicodedata.normalize("NFKC", password)) is None:
        raise PasswordRuleError(f"密码须为{rule.text}" if rule.text else None)


async def _active(registrations: Registrations, registration_id: str) -> Registration | None:
    stored = await registrations.get(registration_id)
    if stored is None or stored.registration.status != "active":
        return None
    return stored.registration
