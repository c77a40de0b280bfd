"""What auth's endpoints take and answer."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.auth.model import Card
from services.auth.use_cases.entry import ActivationForm, Entry
from services.auth.use_cases.profile import CandidateProfile, StaffProfile
from shared.masking import masked_name
from shared.policy.model import Policy
from shared.policy.values import AuthMode, CommitmentAt
from shared.rights import StaffRole
from shared.web.requests import Answer, Request

Username = Annotated[str, Field(min_length=1, max_length=80)]
Password = Annotated[str, Field(min_length=1, max_length=128)]
OneTimeCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Token = Annotated[str, Field(min_length=1, max_length=4096)]
Line = Annotated[str, Field(max_length=200)]


class EntryRequest(Request):
    """The ticket with which the registration system sent the candidate."""

    ticket: Token


class ActivationRequest(Request):
    """The activation page, filled in."""

    entry_token: Token
    password: Password
    password_confirmation: Password
    recovery_question: Line | None = None
    recovery_answer: Line | None = None
    commitments_accepted: bool

    def form(self) -> ActivationForm:
        """Return what the use case takes."""
        return ActivationForm(**self.model_dump())


class SignInRequest(Request):
    """A candidate's username and password."""

    username: Username
    password: Password


class StaffSignInRequest(Request):
    """A staff member's username, password and one-time code."""

    username: Username
    password: Password
    totp: OneTimeCode


class StepUpRequest(Request):
    """Another one-time code of who is signed in."""

    totp: OneTimeCode


class CardAnswer(Answer):
    """The registration card (S0-02)."""

    registration_id: str
    heading: str
    session: str
    category_code: str
    category_name: str
    name: str
    admission_ticket_no: str
    district_name: str
    site_name: str
    stage: str
    registered_on: date
    upload_button: bool

    @classmethod
    def of(cls, card: Card, *, is_masked: bool = False) -> "CardAnswer":
        """Return the card; masked as long as nobody has signed in."""
        one = card.registration
        return cls(
            registration_id=one.id,
            heading=one.heading,
            session=one.session,
            category_code=one.category_code,
            category_name=one.category_name,
            name=masked_name(one.name) if is_masked else one.name,
            admission_ticket_no=one.admission_ticket_no,
            district_name=one.district_name,
            site_name=one.site_name,
            stage=one.stage,
            registered_on=one.registered_on,
            upload_button=card.upload_button,
        )


class ActivationPage(Answer):
    """The texts and rules of the activation page (S0-04..S0-07)."""

    title: str
    auth_mode: AuthMode
    notes: tuple[str, ...]
    commitments: tuple[str, ...]
    commitment_at: CommitmentAt
    password_hint: str
    password_pattern: str
    recovery_question: bool
    recovery_questions: tuple[str, ...]
    captcha: bool

    @classmethod
    def of(cls, policy: Policy) -> "ActivationPage":
        """Return a policy's page."""
        settings = policy.auth
        return cls(
            title=settings.page_title,
            auth_mode=settings.mode,
            notes=settings.notes,
            commitments=settings.commitments,
            commitment_at=policy.commitment_at,
            password_hint=settings.password_rule.text,
            password_pattern=settings.password_rule.pattern,
            recovery_question=settings.recovery_question,
            recovery_questions=settings.recovery_questions,
            captcha=settings.captcha,
        )


class EntryAnswer(Answer):
    """Who came, whether the account is active, and what to show."""

    entry_token: str
    activated: bool
    username: str
    card: CardAnswer
    page: ActivationPage

    @classmethod
    def of(cls, entry: Entry) -> "EntryAnswer":
        """Return the answer to an entry."""
        return cls(
            entry_token=entry.token,
            activated=entry.account.activated_at is not None,
            username=entry.account.username,
            card=CardAnswer.of(entry.card, is_masked=True),
            page=ActivationPage.of(entry.policy),
        )


class CandidateMe(Answer):
    """A signed-in candidate."""

    kind: Literal["candidate"] = "candidate"
    candidate_id: str
    name_masked: str
    registrations: tuple[CardAnswer, ...]

    @classmethod
    def of(cls, profile: CandidateProfile) -> "CandidateMe":
        """Return a profile."""
        name = profile.cards[0].registration.name if profile.cards else ""
        return cls(
            candidate_id=profile.candidate_id,
            name_masked=masked_name(name),
            registrations=tuple(CardAnswer.of(card) for card in profile.cards),
        )


class StaffMe(Answer):
    """A signed-in staff member."""

    kind: Literal["staff"] = "staff"
    staff_id: str
    username: str
    display_name: str
    role: StaffRole
    district: str
    district_name: str | None
    site: str | None
    site_name: str | None

    @classmethod
    def of(cls, profile: StaffProfile) -> "StaffMe":
        """Return a profile."""
        member = profile.member
        return cls(
            staff_id=member.id,
            username=member.username,
            display_name=member.display_name,
            role=member.role,
            district=member.district,
            district_name=profile.place.name if profile.place else None,
            site=member.site,
            site_name=profile.site_name,
        )


class PortalAnswer(Answer):
    """The head of the page before anyone is known (S0-01)."""

    title: str
    subtitle: str
    auth_mode: AuthMode

    @classmethod
    def of(cls, policy: Policy) -> "PortalAnswer":
        """Return a policy's head."""
        return cls(title=policy.portal.title, subtitle=policy.portal.subtitle, auth_mode=policy.auth.mode)
