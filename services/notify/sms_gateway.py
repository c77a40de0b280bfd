"""The development provider over HTTP: what each of its answers means for an SMS."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

import aiohttp
from pydantic import BaseModel, ValidationError

from services.notify.errors import SmsNotTakenError, SmsRefusedError, SmsUndecidedError
from services.notify.sms import CALL_TIMEOUT

OK = 200
# Our account or the address is wrong, too fast, or closed for now: nothing was taken, none of it is the
# SMS' fault.
NOT_TAKEN = frozenset({401, 403, 404, 429, 503})
REFUSALS = range(400, 500)
# A provider's code goes into events and logs, so it must be one: no sentence, and no number of a phone.
_CODE = re.compile(r"[A-Za-z](?:[A-Za-z_.-]|[0-9]{1,4}(?![0-9]))*")
LONGEST_CODE = 60


class _Accepted(BaseModel):
    provider_id: str


class _Refusal(BaseModel):
    error: str


class _Found(BaseModel):
    our_id: str
    provider_id: str


class _FoundItems(BaseModel):
    items: list[_Found]


@dataclass(frozen=True, slots=True)
class DevelopmentSmsGateway:
    """Hands SMS to the simulated provider (`POST /send`, `GET /messages`); never repeats a call itself."""

    CONNECTION_FAILURES: ClassVar = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

    session: aiohttp.ClientSession
    url: str

    async def send(self, our_id: str, phone: str, signature: str, text: str) -> str:
        """Hand an SMS over; return the provider's id for it.

        Raises:
            SmsRefusedError: the provider will not send it.
            SmsNotTakenError: it certainly did not arrive there.
            SmsUndecidedError: it may have arrived.
        """
        body = {"our_id": our_id, "phone": phone, "signature": signature, "text": text}
        try:
            async with self.session.post(f"{self.url}/send", json=body, allow_redirects=False) as response:
                return _provider_id(response.status, await response.read())
        except self.CONNECTION_FAILURES:
            raise SmsNotTakenError from None
        except (aiohttp.ClientError, TimeoutError):
            raise SmsUndecidedError from None

    async def find(self, our_id: str) -> str | None:
        """Return the provider's id for what it got under ours, or nothing when it got nothing.

        Raises:
            SmsUndecidedError: the provider does not say.
        """
        try:
            async with self.session.get(
                f"{self.url}/messages", params={"our_id": our_id}, allow_redirects=False
            ) as response:
                if response.status != OK:
                    raise SmsUndecidedError
                found = _FoundItems.model_validate_json(await response.read()).items
        except (aiohttp.ClientError, TimeoutError, ValidationError):
            raise SmsUndecidedError from None
        return next((item.provider_id for item in found if item.our_id == our_id), None)


def _provider_id(status: int, body: bytes) -> str:
    if status in NOT_TAKEN:
        raise SmsNotTakenError
    try:
        if status == OK:
            return _Accepted.model_validate_json(body).provider_id
        if status in REFUSALS:
            raise SmsRefusedError(_code_in(_Refusal.model_validate_json(body).error, status))
    except ValidationError:
        if status in REFUSALS:
            raise SmsRefusedError(_code_in("", status)) from None
    raise SmsUndecidedError


def _code_in(text: str, status: int) -> str:
    """Return the provider's code, or the status where it is not one."""
    return text if _CODE.fullmatch(text) and len(text) <= LONGEST_CODE else f"http_{status}"


@asynccontextmanager
async def gateway_at(url: str) -> AsyncIterator[DevelopmentSmsGateway]:
    """Hold the gateway to the provider at an address."""
    timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT.total_seconds())
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield DevelopmentSmsGateway(session, url.rstrip("/"))
