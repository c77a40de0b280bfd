"""Auth over fakes: a roster of two, two staff members, a standing clock."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import jwt
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.auth.app import Ports, build_use_cases
from services.auth.tickets import JwtEntryTokens, RegistrationTickets
from services.auth.use_cases import UseCases
from services.auth.use_cases.entry import ActivationForm
from services.auth.use_cases.sessions import SignedIn
from shared.policy.loader import PolicyBook
from tests.auth.fakes import (
    InMemoryAccounts,
    InMemoryPlaces,
    InMemoryRegistrations,
    InMemorySessions,
    InMemoryStaff,
    InMemoryTryCounts,
    InMemoryUsedTickets,
    QuickPasswords,
    Telling,
)
from tests.support.clocks import StandingClock

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "deploy" / "policies" / "shandong-2020.yaml"
BOOK = PolicyBook.load([POLICY])
ZHANG = "0ce5467b-4d66-5068-91a4-77b2a6c29815"
LI = "dfd9c21b-6751-5dfa-8c81-2350e8892708"
PASSWORD = "Abcd12345"
SECRET = "LLD7Q3NOCIN3NT333ZZLMHCQWWHFKU4L"

ROSTER = f"""
directory:
  - district: "37"
    name: 山东省
    sites:
      - {{site: "3701", name: 济南}}
      - {{site: "3702", name: 青岛}}
registrations:
  - registration_id: {ZHANG}
    session: 2020
    category_code: 110
    category_name: 临床执业医师
    level: physician
    username: zhangyangli
    name: 张样例
    id_type: 居民身份证
    id_number: "370199198906080113"
    phone: "13900000001"
    admission_ticket_no: "2020370100001"
    district: "37"
    site: "3701"
    stage: 报名
    registered_on: 2020-03-10
    attributes: {{discipline: clinical, probation_employers: 1}}
  - registration_id: {LI}
    session: "2020"
    category_code: "110"
    category_name: 临床执业医师
    level: physician
    username: lishifan
    name: 李示范
    id_type: 居民身份证
    id_number: "37019919901115022x"
    phone: "13900000002"
    admission_ticket_no: "2020370200002"
    district: "37"
    site: "3702"
    stage: 报名
    registered_on: 2020-03-10
"""
STAFF = f"""
staff:
  - username: jn-0412
    display_name: 李审核员
    role: site_reviewer
    district: "37"
    site: "3701"
    password: Jinan-demo-0412
    totp_secret: {SECRET}
  - username: sd-0001
    display_name: 周复审员
    role: district_reviewer
    district: "37"
    site: null
    password: Shandong-demo-0001
    totp_secret: 4LGWMCMGBIHE4EEQCLZNKWA5MK24QCQN
"""


@dataclass
class Auth:
    """The service over fakes, and the outer world that it needs."""

    clock: StandingClock = field(default_factory=StandingClock)
    told: Telling = field(default_factory=list)
    outside: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    own: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    passwords: QuickPasswords = field(default_factory=QuickPasswords)
    staff: InMemoryStaff = field(default_factory=InMemoryStaff)
    places: InMemoryPlaces = field(default_factory=InMemoryPlaces)
    used_tickets: InMemoryUsedTickets = field(default_factory=InMemoryUsedTickets)
    try_counts: InMemoryTryCounts = field(default_factory=InMemoryTryCounts)

    def __post_init__(self) -> None:
        self.registrations = InMemoryRegistrations(self.told)
        self.accounts = InMemoryAccounts(self.told)
        self.sessions = InMemorySessions(self.told)
        self.policies = BOOK

    @property
    def use_cases(self) -> UseCases:
        """Return the wired use cases."""
        return build_use_cases(
            Ports(
                clock=self.clock,
                policies=self.policies,
                registrations=self.registrations,
                accounts=self.accounts,
                staff=self.staff,
                places=self.places,
                sessions=self.sessions,
                used_tickets=self.used_tickets,
                try_counts=self.try_counts,
                passwords=self.passwords,
                tickets=RegistrationTickets(self.outside.public_key(), self.clock),
                entry_tokens=JwtEntryTokens(self.own, (self.own.public_key(),), self.clock),
            )
        )

    def claims(self, registration_id: str = ZHANG) -> dict[str, object]:
        """Return the claims of a fresh ticket."""
        now = self.clock.now()
        return {
            "iss": "registration-system",
            "sub": registration_id,
            "jti": str(uuid4()),
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=10)).timestamp()),
        }

    def ticket(self, registration_id: str = ZHANG) -> str:
        """Return a ticket of the registration system."""
        return jwt.encode(self.claims(registration_id), self.outside, algorithm="EdDSA")

    async def form(self, registration_id: str = ZHANG, **changes: object) -> ActivationForm:
        """Return a rightly filled-in activation page with changes."""
        entry = await self.use_cases.open_entry(self.ticket(registration_id))
        fields: dict[str, object] = {
            "entry_token": entry.token,
            "password": PASSWORD,
            "password_confirmation": PASSWORD,
            "recovery_question": "您的小学校名是什么？",
            "recovery_answer": " 济南路小学Ａ ",
            "commitments_accepted": True,
        }
        return ActivationForm(**{**fields, **changes})  # type: ignore[arg-type]  # tests give wrong ones too

    async def activated(self, registration_id: str = ZHANG) -> SignedIn:
        """Return a session of a freshly activated account."""
        return await self.use_cases.activate_account(await self.form(registration_id))

    def code(self, secret: str = SECRET) -> str:
        """Return the code that a staff member's device shows now."""
        return pyotp.TOTP(secret).at(self.clock.now())


@pytest.fixture
async def auth(tmp_path: Path) -> Auth:
    """Return the service with roster and staff."""
    service = Auth()
    roster, staff = tmp_path / "roster.yaml", tmp_path / "staff.yaml"
    roster.write_text(ROSTER)
    staff.write_text(STAFF)
    await service.use_cases.import_roster(roster)
    await service.use_cases.import_staff(staff)
    service.told.clear()
    return service
