"""HTTP: the candidate's messages, and the stream that tells open pages to look again."""

import contextlib
import json
import time
from dataclasses import dataclass

from aiohttp import web

from services.notify.errors import OverloadedError, RegistrationNotFoundError, TooManyStreamsError
from services.notify.live import Change, Stream
from services.notify.schemas import MessageList, MessageView, StreamQuery
from services.notify.use_cases import UseCases
from shared.errors import UnauthenticatedError
from shared.rights import Action
from shared.web.application import SECURITY_HEADERS
from shared.web.identity import ACCESS_COOKIE, TokenReader, candidate
from shared.web.openapi import Described, described
from shared.web.requests import answer, read_query

RECONNECT_MS = 2000
STREAM_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """The stream's times: how often it speaks, and how soon it notices that the page has gone."""

    heartbeat_seconds: float = 15.0
    look_seconds: float = 5.0


USE_CASES = web.AppKey("USE_CASES", UseCases)
TOKENS = web.AppKey("TOKENS", TokenReader)
PULSE = web.AppKey("PULSE", Pulse)
routes = web.RouteTableDef()


@routes.get("/api/notify/registrations/{registration_id}/messages")
@described(
    Described(action=Action.READ_MESSAGES, response=MessageList, problems=(RegistrationNotFoundError,))
)
async def get_messages(request: web.Request) -> web.Response:
    """Return the messages of an own registration, newest first."""
    caller = candidate(request)
    read = request.app[USE_CASES].read_messages
    lines = await read(caller.candidate_id, request.match_info["registration_id"])
    return answer(MessageList(items=[MessageView.of(line) for line in lines]))


@routes.get("/api/notify/stream")
@described(
    Described(
        action=Action.LISTEN_FOR_CHANGES,
        query=StreamQuery,
        media_type="text/event-stream",
        problems=(RegistrationNotFoundError, TooManyStreamsError, OverloadedError),
    )
)
async def get_stream(request: web.Request) -> web.StreamResponse:
    """Tell an open page that something changed, until its access token is over."""
    caller = candidate(request)
    wanted = read_query(request, StreamQuery).registration
    listen = request.app[USE_CASES].listen_for_changes
    with await listen(caller.candidate_id, wanted) as stream:
        response = web.StreamResponse(headers=STREAM_HEADERS)
        await response.prepare(request)
        # The page going away is how streams end.
        with contextlib.suppress(ConnectionError):
            await _stream(request, response, stream)
    return response


async def _stream(request: web.Request, response: web.StreamResponse, stream: Stream) -> None:
    pulse = request.app[PULSE]
    await response.write(f"retry: {RECONNECT_MS}\n\n".encode())
    beaten = time.monotonic()
    while not stream.is_closing and request.transport is not None:
        changes = await stream.take(pulse.look_seconds)
        if changes:
            await response.write(b"".join(map(_told, changes)))
        if time.monotonic() - beaten >= pulse.heartbeat_seconds:
            if not _may_stay(request):
                return
            await response.write(b": still here\n\n")
            beaten = time.monotonic()


def _may_stay(request: web.Request) -> bool:
    """Return whether the access token that opened the stream is still good."""
    try:
        _ = request.app[TOKENS].read(request.cookies.get(ACCESS_COOKIE, ""))
    except UnauthenticatedError:
        return False
    return True


def _told(change: Change) -> bytes:
    data = json.dumps({"subject": change.subject, "sequence": change.sequence}, separators=(",", ":"))
    return f"event: change\ndata: {data}\n\n".encode()
