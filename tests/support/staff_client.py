"""What a reviewer does at the gateway; every step survives a lost answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tests.support.gateway_client import Browser, Json, ProblemError, eventually

CodeDevice = Callable[[str], Awaitable[str]]

_STEP_SECONDS: Final = 40.0
_HOLD_SECONDS: Final = 90.0
_CLAIMS: Final = 4


@dataclass(slots=True)
class Staff:
    """A member of staff with a browser and a device that shows one-time codes."""

    browser: Browser
    username: str
    password: str
    device: CodeDevice

    async def sign_in(self) -> Json:
        """Sign in with password and code; a code that was used before is followed by the next one."""
        code = await self.device(self.username)
        try:
            return await self._sign_in(code)
        except ProblemError as problem:
            if problem.status not in {400, 401, 403, 409, 422}:
                raise
        return await self._sign_in(await self._code_after(code))

    async def queue(self, view: str = "waiting") -> Json:
        """Read one view of the queue."""
        return await self.browser.get_json(f"/api/review/queue?view={view}")

    async def sees_in_queue(self, case_id: str, view: str = "waiting") -> Json | None:
        """Return the case's line in a view of the queue, if it is there."""
        items: list[Json] = (await self.queue(view))["items"]
        return next((item for item in items if item["case_id"] == case_id), None)

    async def case(self, case_id: str) -> Json:
        """Read a case."""
        return await self.browser.get_json(f"/api/review/cases/{case_id}")

    async def claim(self, case_id: str) -> None:
        """Claim one case."""
        try:
            await self.browser.call("POST", "/api/review/claims", body={"case_id": case_id})
        except ProblemError as problem:
            hold = (await self.case(case_id))["hold"] if problem.code == "case_already_claimed" else None
            if hold is None or not hold["mine"]:
                raise

    async def hold(self, case_id: str, *, within: float = _HOLD_SECONDS) -> Json:
        """Claim a case and wait until the candidate can't change it any more; return the case."""
        for _ in range(_CLAIMS):
            await self.claim(case_id)
            case = await eventually(
                lambda: self._answered(case_id), within=within, what="the claim is answered"
            )
            if case["hold"] is not None and case["hold"]["state"] == "locked":
                return case
        raise AssertionError(f"the claim was refused {_CLAIMS} times: {case['hold']}")

    async def grant(self, case_id: str) -> str:
        """Get the right to see the case's pictures for some minutes."""
        answer = await self.browser.call("POST", f"/api/review/cases/{case_id}/grants")
        return str(answer.json()["grant"])

    async def picture(self, image_id: str, grant: str, form: str = "copy") -> bytes:
        """Fetch a picture on a grant."""
        path = f"/api/uploads/images/{image_id}/{form}"
        return (await self.browser.get(path, headers={"X-View-Grant": grant})).content

    async def give_verdict(
        self,
        case_id: str,
        image_id: str,
        verdict: str,
        *,
        reason_code: str | None = None,
        text: str | None = None,
    ) -> Json:
        """Pass or return one picture."""
        given = {"verdict": verdict, "reason_code": reason_code, "text": text}
        body: Json = {name: value for name, value in given.items() if value is not None}
        path = f"/api/review/cases/{case_id}/verdicts/{image_id}"
        return (await self.browser.call("PUT", path, body=body)).json()

    async def conclude(self, case_id: str, outcome: str, comment: str | None = None) -> Json:
        """Conclude the case on this level; a conclusion whose answer got lost is looked up."""
        body: Json = {"outcome": outcome, **({"comment": comment} if comment else {})}
        path = f"/api/review/cases/{case_id}/conclusion"
        try:
            return (await self.browser.call("POST", path, body=body)).json()
        except ProblemError as problem:
            if problem.attempts == 1:
                raise
            case = await self.case(case_id)
            if case["hold"] is not None and case["hold"]["mine"]:
                raise
            return case

    async def pass_all(self, case: Json) -> None:
        """Give every picture without an own level's verdict a pass."""
        for item in case["items"]:
            verdict = item["verdict"]
            if verdict is None or verdict["level"] != case["level"]:
                await self.give_verdict(case["case_id"], item["image_id"], "passed")

    async def _sign_in(self, code: str) -> Json:
        body: Json = {"username": self.username, "password": self.password, "totp": code}
        return (await self.browser.call("POST", "/api/auth/staff/sign-in", body=body)).json()

    async def _code_after(self, used: str) -> str:
        async def next_code() -> str | None:
            code = await self.device(self.username)
            return code if code != used else None

        return await eventually(
            next_code, within=_STEP_SECONDS, what="the device shows the next code", every=0.5
        )

    async def _answered(self, case_id: str) -> Json | None:
        case = await self.case(case_id)
        return None if case["hold"] is not None and case["hold"]["state"] == "waiting" else case
