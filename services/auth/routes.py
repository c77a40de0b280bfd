"""The endpoints of auth: parse, call one use case, answer."""

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from pydantic import BaseModel, RootModel

from services.auth.errors import (
    AlreadyActivatedError,
    CodeWrongError,
    CommitmentsMissingError,
    EntryTokenInvalidError,
    HasherBusyError,
    PasswordRuleError,
    PasswordsDifferError,
    RecoveryMissingError,
    RegistrationUnknownError,
    SessionEndedError,
    SignInFailedError,
    TicketInvalidError,
    TicketUsedError,
    TooManyTriesError,
)
from services.auth.schemas import (
    ActivationRequest,
    CandidateMe,
    EntryAnswer,
    EntryRequest,
    PortalAnswer,
    SignInRequest,
    StaffMe,
    StaffSignInRequest,
    StepUpRequest,
)
from services.auth.use_cases import UseCases
from services.auth.use_cases.sessions import SignedIn
from shared.clock import Clock
from shared.policy.errors import PolicyNotFoundError
from shared.rights import Action
from shared.web.identity import (
    ACCESS_COOKIE,
    ACCESS_LIFE,
    CALLER,
    REFRESH_COOKIE,
    Caller,
    CandidateCaller,
    StaffCaller,
    TokenSigner,
    anyone,
    staff,
)
from shared.web.openapi import PUBLIC, Described, described
from shared.web.requests import answer, no_content, read_json

USE_CASES = web.AppKey("USE_CASES", UseCases)
SIGNER = web.AppKey("SIGNER", TokenSigner)
CLOCK = web.AppKey("CLOCK", Clock)
GATEWAYS = web.AppKey("GATEWAYS", tuple[IPv4Network | IPv6Network, ...])
REFRESH_PATH = "/api/auth"
LONGEST_COOKIE = 500

routes = web.RouteTableDef()


class Me(RootModel[CandidateMe | StaffMe]):
    """Whoever is signed in."""


@routes.get("/api/auth/portal")
@described(Described(action=PUBLIC, response=PortalAnswer, problems=(PolicyNotFoundError,)))
async def get_portal(request: web.Request) -> web.Response:
    """Show the head of the page before anyone is known."""
    return answer(PortalAnswer.of(request.app[USE_CASES].show_portal()))


@routes.post("/api/auth/entry")
@described(
    Described(
        action=PUBLIC,
        request=EntryRequest,
        response=EntryAnswer,
        problems=(TicketInvalidError, TicketUsedError, RegistrationUnknownError, PolicyNotFoundError),
    )
)
async def post_entry(request: web.Request) -> web.Response:
    """Let a candidate in with a one-time ticket of the registration system."""
    body = await read_json(request, EntryRequest)
    return answer(EntryAnswer.of(await request.app[USE_CASES].open_entry(body.ticket)))


@routes.post("/api/auth/activation")
@described(
    Described(
        action=PUBLIC,
        request=ActivationRequest,
        response=CandidateMe,
        status=201,
        problems=(
            EntryTokenInvalidError,
            AlreadyActivatedError,
            PasswordRuleError,
            PasswordsDifferError,
            RecoveryMissingError,
            CommitmentsMissingError,
            HasherBusyError,
        ),
    )
)
async def post_activation(request: web.Request) -> web.Response:
    """Activate the account with password, recovery and commitments; the candidate is signed in."""
    body = await read_json(request, ActivationRequest)
    signed_in = await request.app[USE_CASES].activate_account(body.form())
    return await _welcome(request, signed_in, status=201)


@routes.post("/api/auth/sign-in")
@described(
    Described(
        action=PUBLIC,
        request=SignInRequest,
        response=CandidateMe,
        problems=(SignInFailedError, TooManyTriesError, HasherBusyError),
    )
)
async def post_sign_in(request: web.Request) -> web.Response:
    """Sign a candidate in."""
    body = await read_json(request, SignInRequest)
    sign_in = request.app[USE_CASES].sign_in_candidate
    return await _welcome(request, await sign_in(body.username, body.password, _address(request)))


@routes.post("/api/auth/staff/sign-in")
@described(
    Described(
        action=PUBLIC,
        request=StaffSignInRequest,
        response=StaffMe,
        problems=(SignInFailedError, TooManyTriesError, HasherBusyError),
    )
)
async def post_staff_sign_in(request: web.Request) -> web.Response:
    """Sign a staff member in with password and one-time code."""
    body = await read_json(request, StaffSignInRequest)
    sign_in = request.app[USE_CASES].sign_in_staff
    signed_in = await sign_in(body.username, body.password, body.totp, _address(request))
    return await _welcome(request, signed_in)


@routes.post("/api/auth/staff/step-up")
@described(
    Described(
        action=Action.STEP_UP,
        request=StepUpRequest,
        status=204,
        problems=(SessionEndedError, CodeWrongError, TooManyTriesError),
    )
)
async def post_step_up(request: web.Request) -> web.Response:
    """Take another one-time code; for five minutes the access token says so."""
    caller, body = staff(request), await read_json(request, StepUpRequest)
    good_at = await request.app[USE_CASES].step_up(
        caller.staff_id, caller.session_id, body.totp, _address(request)
    )
    response = no_content()
    _set_access(request, response, replace(caller, stepped_up_at=good_at))
    return response


@routes.post("/api/auth/refresh")
@described(Described(action=PUBLIC, status=204, problems=(SessionEndedError,)))
async def post_refresh(request: web.Request) -> web.Response:
    """Renew the access token; the refresh token is the proof, and changes too."""
    token = _refresh_token(request)
    if token is None:
        raise SessionEndedError
    signed_in = await request.app[USE_CASES].refresh_session(token)
    response = no_content()
    _set_cookies(request, response, signed_in)
    return response


@routes.post("/api/auth/sign-out")
@described(Described(action=PUBLIC, status=204))
async def post_sign_out(request: web.Request) -> web.Response:
    """End the session; it is void for every service within seconds."""
    caller = request.get(CALLER)
    session_id = caller.session_id if caller is not None else None
    await request.app[USE_CASES].sign_out(_refresh_token(request), session_id)
    response = no_content()
    response.del_cookie(ACCESS_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    response.del_cookie(REFRESH_COOKIE, path=REFRESH_PATH, secure=True, httponly=True, samesite="Strict")
    return response


@routes.get("/api/auth/me")
@described(Described(action=Action.SHOW_ME, response=Me, problems=(SessionEndedError,)))
async def get_me(request: web.Request) -> web.Response:
    """Show who is signed in: a candidate with the registrations, or a staff member."""
    return answer(await _me(request, anyone(request)))


async def _me(request: web.Request, caller: Caller) -> BaseModel:
    use_cases = request.app[USE_CASES]
    if isinstance(caller, CandidateCaller):
        return CandidateMe.of(await use_cases.show_candidate(caller.candidate_id, caller.session_id))
    return StaffMe.of(await use_cases.show_staff(caller.staff_id, caller.session_id))


async def _welcome(request: web.Request, signed_in: SignedIn, status: int = 200) -> web.Response:
    """Answer a sign-in: who it is, and both cookies."""
    response = answer(await _me(request, _caller(signed_in)), status)
    _set_cookies(request, response, signed_in)
    return response


def _caller(signed_in: SignedIn) -> Caller:
    session, member = signed_in.session, signed_in.member
    if member is None:
        return CandidateCaller(session.account_id, session.id)
    return StaffCaller(
        member.id,
        member.role,
        member.district,
        member.site,
        session.id,
        display_name=member.display_name,
        number=member.username,
    )


def _set_cookies(request: web.Request, response: web.Response, signed_in: SignedIn) -> None:
    rest = signed_in.session.expires_at - request.app[CLOCK].now()
    _set_access(request, response, _caller(signed_in))
    response.set_cookie(
        REFRESH_COOKIE,
        signed_in.refresh_token,
        max_age=max(0, int(rest.total_seconds())),
        path=REFRESH_PATH,
        secure=True,
        httponly=True,
        samesite="Strict",
    )


def _set_access(request: web.Request, response: web.Response, caller: Caller) -> None:
    response.set_cookie(
        ACCESS_COOKIE,
        request.app[SIGNER].access(caller),
        max_age=int(ACCESS_LIFE.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )


def _refresh_token(request: web.Request) -> str | None:
    token = request.cookies.get(REFRESH_COOKIE)
    return token if token is not None and len(token) <= LONGEST_COOKIE else None


def _address(request: web.Request) -> str:
    """Return the caller's address: the peer's, or what our own gateway saw."""
    peer = request.remote or "unknown"
    if not _is_in(peer, request.app[GATEWAYS]):
        return peer
    # The last hop is what the gateway itself added; whatever stands before it anyone can write.
    hop = request.headers.getall("X-Forwarded-For", [""])[-1].rpartition(",")[2].strip()
    return hop if _is_address(hop) else peer


def _is_in(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    # A scope may hold any text, and an address needs none here.
    if "%" in text:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
