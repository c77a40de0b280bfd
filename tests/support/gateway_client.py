"""A browser for programs: keeps cookies, names its origin, tries again while the system restarts."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, Final, TypeVar

import aiohttp

Json = dict[str, Any]
T = TypeVar("T")

_TRY_AGAIN: Final = frozenset({502, 503, 504})
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 2.0
_REQUEST_SECONDS: Final = 20.0
_NO_REFRESH: Final = ("/api/auth/entry", "/api/auth/activation", "/api/auth/sign-in", "/api/auth/staff/")
DEFAULT_PATIENCE: Final = 30.0


class ProblemError(Exception):
    """The system refused, with a problem document; `attempts` > 1: an earlier try may have got through."""

    def __init__(self, status: int, document: Json, *, attempts: int = 1) -> None:
        self.status = status
        self.document = document
        self.attempts = attempts
        super().__init__(f"{status} {self.code}: {self.detail}")

    @property
    def code(self) -> str:
        """Return the stable code."""
        return str(self.document.get("code", ""))

    @property
    def detail(self) -> str:
        """Return what people read."""
        return str(self.document.get("detail") or self.document.get("title") or "")


class UnreachableError(Exception):
    """No answer came although the patience was used up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer."""

    status: int
    content: bytes
    headers: Mapping[str, str]
    attempts: int = 1

    def json(self) -> Json:
        """Return the body as an object."""
        document: Json = json.loads(self.content)
        return document


@dataclass(frozen=True, slots=True)
class _Cookie:
    value: str
    path: str


class Browser:
    """One person's browser at the gateway.

    Every request may be repeated after a lost answer; who calls makes repeating harmless, by an idempotency
    key or by looking whether the first try was carried out.
    """

    def __init__(
        self, gateway: str, session: aiohttp.ClientSession, *, patience: float = DEFAULT_PATIENCE
    ) -> None:
        self.gateway = gateway.rstrip("/")
        self.patience = patience
        self._session = session
        self._cookies: dict[str, _Cookie] = {}
        self._refreshing = asyncio.Lock()

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Read something."""
        return await self.call("GET", path, headers=headers)

    async def get_json(self, path: str) -> Json:
        """Read an object."""
        return (await self.get(path)).json()

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request as the signed-in person; the access token is renewed when it is over.

        Raises:
            ProblemError: the system refused.
            UnreachableError: no answer came in time.
        """
        before = self._cookies.get("__Host-access")
        try:
            return await self._patiently(method, path, body, headers or {})
        except ProblemError as problem:
            if problem.status != 401 or path.startswith(_NO_REFRESH) or not await self._renew(before):
                raise
        return await self._patiently(method, path, body, headers or {})

    def forget(self) -> None:
        """Close and open the browser: every cookie is gone."""
        self._cookies.clear()

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[aiohttp.StreamReader]:
        """Open a stream of server-sent events, once, without trying again."""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=40.0)
        headers = {**self._headers(path), "Accept": "text/event-stream"}
        async with self._session.get(self.gateway + path, headers=headers, timeout=timeout) as response:
            if response.status != 200:
                raise ProblemError(response.status, _document(await response.read()))
            yield response.content

    async def renew(self) -> bool:
        """Renew the session; tell whether it worked."""
        return await self._renew(self._cookies.get("__Host-access"))

    async def _patiently(
        self, method: str, path: str, body: Json | bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        until = time.monotonic() + self.patience
        pause, attempts = _FIRST_PAUSE, 0
        while True:
            attempts += 1
            reason: object
            try:
                status, content, answered = await self._once(method, path, body, headers)
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
                reason = f"{type(error).__name__} {error}"
            else:
                if status < 400:
                    return Answer(status, content, answered, attempts)
                if status not in _TRY_AGAIN:
                    raise ProblemError(status, _document(content), attempts=attempts)
                reason = status
            if time.monotonic() + pause > until:
                raise UnreachableError(
                    f"{method} {path}: {reason}, {attempts} attempts in {self.patience:.0f} s"
                )
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.6)

    async def _once(
        self, method: str, path: str, body: Json | bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        as_json = {"Content-Type": "application/json"} if isinstance(body, dict) else {}
        async with self._session.request(
            method,
            self.gateway + path,
            data=json.dumps(body).encode() if isinstance(body, dict) else body,
            headers={**self._headers(path), **as_json, **headers},
            timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS),
            allow_redirects=False,
        ) as response:
            content = await response.read()
            for line in response.headers.getall("Set-Cookie", []):
                self._keep(line)
            return response.status, content, response.headers

    def _headers(self, path: str) -> dict[str, str]:
        pairs = (
            f"{name}={cookie.value}" for name, cookie in self._cookies.items() if path.startswith(cookie.path)
        )
        cookies = "; ".join(pairs)
        return {"Origin": self.gateway, **({"Cookie": cookies} if cookies else {})}

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self._cookies.pop(name, None)
            else:
                self._cookies[name] = _Cookie(morsel.value, morsel["path"] or "/")

    async def _renew(self, used: _Cookie | None) -> bool:
        async with self._refreshing:
            if self._cookies.get("__Host-access") != used:
                return True
            try:
                await self._patiently("POST", "/api/auth/refresh", None, {})
            except ProblemError:
                return False
            return True


@asynccontextmanager
async def opened_session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open the connections that browsers share; cookies are every browser's own affair."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        session._retry_connection = False  # noqa: SLF001 - it repeats silently; we must know every attempt
        yield session


async def eventually(
    check: Callable[[], Awaitable[T | None]], *, within: float, what: str, every: float = 0.25
) -> T:
    """Repeat a check until it returns something and no assertion fails; return that.

    Raises:
        AssertionError: it never held; the text says what was waited for and what was seen last.
    """
    until = time.monotonic() + within
    seen = "nothing"
    while True:
        try:
            found = await check()
        except (AssertionError, UnreachableError) as error:
            seen = str(error) or type(error).__name__
        else:
            if found is not None and found is not False:
                return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {within:.0f} s: {what}; last seen: {seen}")
        await asyncio.sleep(every)


def _document(content: bytes) -> Json:
    try:
        document = json.loads(content)
    except ValueError:
        return {"code": "", "detail": content[:200].decode(errors="replace")}
    return document if isinstance(document, dict) else {"code": "", "detail": str(document)}
