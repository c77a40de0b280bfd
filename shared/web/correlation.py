"""One id per request through logs, events and problem documents; one access line without personal data."""

import re
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Counter, Histogram

from shared.ids import new_id

HEADER = "X-Correlation-Id"
# A UUID and nothing else: a number that means a person would stand in every log.
_WELL_FORMED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

REQUESTS = Counter("kaoshen_http_requests", "Requests", ["method", "route", "status"])
SECONDS = Histogram("kaoshen_http_seconds", "Time to answer", ["route"])
log = structlog.get_logger()


@web.middleware
async def correlation(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bind the request's correlation id and write its access line."""
    given = request.headers.get(HEADER, "")
    correlation_id = given if _WELL_FORMED.fullmatch(given) else new_id()
    resource = request.match_info.route.resource
    # The pattern, never the path: a path may carry what someone typed.
    route = resource.canonical if resource is not None else "unmatched"
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
        response = await handler(request)
        seconds = time.perf_counter() - started
        REQUESTS.labels(request.method, route, response.status).inc()
        SECONDS.labels(route).observe(seconds)
        # The gateway asks for health every second; that is no news.
        tell = log.debug if route == "/healthz" else log.info
        tell(
            "request.answered",
            method=request.method,
            route=route,
            status=response.status,
            ms=round(seconds * 1000),
        )
    if not response.prepared:
        response.headers[HEADER] = correlation_id
    return response
