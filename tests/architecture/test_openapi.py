"""Every route is in its service's OpenAPI document, and the documents are valid."""

from importlib import import_module

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.web.openapi import openapi_document

SERVICES = ("auth", "uploads", "review", "notify")


def routes_of(service: str) -> web.RouteTableDef:
    """Return the routes of a service."""
    routes: web.RouteTableDef = import_module(f"services.{service}.routes").routes
    return routes


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_valid_openapi_3_1(service: str) -> None:
    OpenAPIV31SpecValidator(openapi_document(service, routes_of(service))).validate()


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_in_the_document(service: str) -> None:
    paths = openapi_document(service, routes_of(service))["paths"]
    routes = [route for route in routes_of(service) if isinstance(route, web.RouteDef)]

    missing = [
        f"{route.method} {route.path}"
        for route in routes
        if route.path.startswith("/api/") and route.method.lower() not in paths.get(route.path, {})
    ]

    assert missing == []
