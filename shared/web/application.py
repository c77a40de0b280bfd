"""The public application of a service: one order of middlewares for all of them."""

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

from shared.settings import HttpSettings
from shared.web.correlation import correlation
from shared.web.docs import CSS, STYLE, docs_page
from shared.web.health import get_healthz
from shared.web.identity import TokenReader, identity, own_origin
from shared.web.openapi import PUBLIC, Described, described, openapi_document
from shared.web.permission import permitted
from shared.web.problems import problems

MAX_BODY_BYTES = 65_536
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


def new_application(
    service: str,
    routes: Sequence[web.AbstractRouteDef],
    http: HttpSettings,
    tokens: TokenReader,
    *,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> web.Application:
    """Return a service's public application; it opens nothing."""
    application = web.Application(
        middlewares=[correlation, secured, problems, own_origin(http.origins), identity(tokens), permitted],
        client_max_size=max_body_bytes,
    )
    application.add_routes(routes)
    application.router.add_get("/healthz", get_healthz)
    _add_docs(application, service, routes)
    return application


@web.middleware
async def secured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the headers that keep an answer from being anything but what it is."""
    response = await handler(request)
    if not response.prepared:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _add_docs(application: web.Application, service: str, routes: Sequence[web.AbstractRouteDef]) -> None:
    document = openapi_document(service, routes)
    page = docs_page(document)

    @described(Described(action=PUBLIC))
    async def get_openapi(_: web.Request) -> web.Response:
        return web.json_response(document)

    @described(Described(action=PUBLIC))
    async def get_docs(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    @described(Described(action=PUBLIC))
    async def get_style(_: web.Request) -> web.Response:
        return web.Response(text=CSS, content_type="text/css")

    application.router.add_get(f"/api/{service}/openapi.json", get_openapi)
    application.router.add_get(f"/api/{service}/docs", get_docs)
    application.router.add_get(f"/api/{service}/{STYLE}", get_style)
