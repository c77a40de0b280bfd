"""Before a handler runs: is its action open to the caller's role? How far, the use case asks."""

from aiohttp import web
from aiohttp.typedefs import Handler

from shared.errors import ForbiddenError
from shared.rights import allows
from shared.web.identity import anyone
from shared.web.openapi import PUBLIC, description_of


@web.middleware
async def permitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through what the table of rights allows; a route that doesn't say its action is closed."""
    match = request.match_info
    # An address that does not exist is answered as such, whoever asks.
    if match.http_exception is None:
        _require_right(request, match.handler)
    return await handler(request)


def _require_right(request: web.Request, handler: Handler) -> None:
    description = description_of(handler)
    if description is None:
        raise ForbiddenError
    if description.action != PUBLIC and not allows(description.action, anyone(request).role):
        raise ForbiddenError
