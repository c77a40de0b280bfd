"""Health for the gateway and the operator, metrics for Prometheus."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.errors import TransientError
from shared.web.openapi import PUBLIC, Described, described

CHECK_SECONDS = 3.0
Check = Callable[[], Awaitable[None]]


@described(Described(action=PUBLIC))
async def get_healthz(_: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


def inner_application(checks: Mapping[str, Check]) -> web.Application:
    """Return the application of the internal port: health, readiness, metrics."""

    async def get_readyz(_: web.Request) -> web.Response:
        """Say which needed parts answer; 503 when one does not."""
        names = sorted(checks)
        results = await asyncio.gather(*(_passes(checks[name]) for name in names))
        parts = dict(zip(names, results, strict=True))
        ready = all(parts.values())
        return web.json_response(
            {"status": "ready" if ready else "degraded", "parts": parts}, status=200 if ready else 503
        )

    async def get_metrics(_: web.Request) -> web.Response:
        """Return all metrics of this process."""
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get("/healthz", get_healthz)
    application.router.add_get("/readyz", get_readyz)
    application.router.add_get("/metrics", get_metrics)
    return application


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except (TransientError, TimeoutError):
        return False
    return True
