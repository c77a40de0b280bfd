"""The story's view of what lies outside the product: registration cards, code devices, phones."""

from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from tests.support.gateway_client import Json


@dataclass(frozen=True, slots=True)
class OuterWorld:
    """The registration system, the staff's code devices and the candidates' phones."""

    session: aiohttp.ClientSession
    registration_system: str
    sms_provider: str

    async def ticket(self, registration_id: str) -> str:
        """Click 上传相关材料 on the registration card: get a one-time ticket."""
        url = f"{self.registration_system}/registrations/{registration_id}/ticket"
        async with self.session.post(url, raise_for_status=True) as answer:
            document: Json = await answer.json()
        return str(document["ticket"])

    async def code(self, username: str) -> str:
        """Look at a staff member's code device."""
        async with self.session.get(
            f"{self.registration_system}/staff/{username}/totp", raise_for_status=True
        ) as answer:
            document: Json = await answer.json()
        return str(document["code"])

    async def sms(self, phone: str) -> list[str]:
        """Read the SMS that a phone received, oldest first."""
        query = urlencode({"phone": phone})
        async with self.session.get(f"{self.sms_provider}/messages?{query}", raise_for_status=True) as answer:
            document: Json = await answer.json()
        return [str(item["text"]) for item in document["items"]]
