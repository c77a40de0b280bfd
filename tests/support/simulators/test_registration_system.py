"""The simulated registration system: tickets that auth can check, codes that devices would show."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import jwt
import pyotp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.embedded.plan import DEMO_ROSTER, DEMO_STAFF
from tests.support.simulators.demo import load_roster, load_staff
from tests.support.simulators.registration_system import RegistrationSystem, build_app

Client = TestClient[web.Request, web.Application]
KEY = Ed25519PrivateKey.generate()
NOW = datetime(2020, 3, 12, 12, 0, tzinfo=UTC)
CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ROSTER = load_roster(DEMO_ROSTER)
STAFF = load_staff(DEMO_STAFF)


class StoppedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return the one instant."""
        return NOW


@pytest.fixture
async def registration_system() -> AsyncIterator[Client]:
    system = RegistrationSystem(ROSTER, STAFF, KEY, "http://gateway.test", StoppedClock())
    async with TestClient(TestServer(build_app(system))) as client:
        yield client


async def test_a_ticket_names_the_registration_for_ten_minutes_and_is_new_each_time(
    registration_system: Client,
) -> None:
    registration_id = ROSTER.registrations[0].registration_id

    answers = [await registration_system.post(f"/registrations/{registration_id}/ticket") for _ in range(2)]
    first, second = [_claims((await answer.json())["ticket"]) for answer in answers]

    assert first["iss"] == "registration-system"
    assert first["sub"] == registration_id
    assert first["exp"] - first["iat"] == 600
    assert first["iat"] == int(NOW.timestamp())
    assert first["jti"] != second["jti"]


async def test_the_button_jumps_to_the_material_system_with_the_ticket_in_the_fragment(
    registration_system: Client,
) -> None:
    registration_id = ROSTER.registrations[0].registration_id

    answer = await registration_system.post(
        f"/registrations/{registration_id}/upload-materials", allow_redirects=False
    )

    address, _, ticket = answer.headers["Location"].partition("#ticket=")
    assert (answer.status, address) == (303, "http://gateway.test/")
    assert _claims(unquote(ticket))["sub"] == registration_id


async def test_a_stranger_gets_no_ticket(registration_system: Client) -> None:
    assert (await registration_system.post("/registrations/nobody/ticket")).status == 404


async def test_the_card_shows_what_the_guide_shows(registration_system: Client) -> None:
    page = await (await registration_system.get("/")).text()

    for words in (
        "2020110 临床执业医师",
        "姓名",
        "准考证号",
        "山东省",
        "济南",
        "报名",
        "2020-03-10",
        "上传相关材料",
        "演示",
    ):
        assert words in page


async def test_a_browser_that_asks_for_an_icon_hears_no_error(registration_system: Client) -> None:
    assert (await registration_system.get("/favicon.ico")).status == 204


async def test_the_code_is_the_device_s(registration_system: Client) -> None:
    answer = await registration_system.get(f"/staff/{STAFF[0].username}/totp")

    assert (await answer.json())["code"] == pyotp.TOTP(STAFF[0].totp_secret).at(NOW)


def test_every_demo_candidate_has_a_right_check_digit_and_an_own_phone() -> None:
    for registration in ROSTER.registrations:
        total = sum(int(d) * w for d, w in zip(registration.id_number, CHECK_WEIGHTS, strict=False))
        assert registration.id_number[17] == "10X98765432"[total % 11]

    assert len({r.phone for r in ROSTER.registrations}) == len(ROSTER.registrations) == 30
    assert len({r.registration_id for r in ROSTER.registrations}) == 30
    assert len({r.username for r in ROSTER.registrations}) == 30


def _claims(ticket: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        ticket, KEY.public_key(), algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False}
    )
    return claims
