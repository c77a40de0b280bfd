"""OpenAPI 3.1 from the routes themselves: what a handler is described with is what the document says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.errors import DomainError, ForbiddenError, UnauthenticatedError
from shared.rights import RIGHTS, Action
from shared.web.problems import MEDIA_TYPE, STATUSES

Document = dict[str, Any]
HandlerType = TypeVar("HandlerType", bound=Callable[..., Any])
REFERENCE = "#/components/schemas/{model}"
PUBLIC: Final = "public"
_ATTRIBUTE = "kaoshen_description"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What an endpoint takes, answers and refuses; its action says who may call it."""

    action: Action | Literal["public"]
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    status: int = 200
    problems: tuple[type[DomainError], ...] = ()
    media_type: str = "application/json"
    request_media_type: str = "application/json"

    @property
    def who(self) -> Literal["candidate", "staff", "anyone", "public"]:
        """Return who may call it, in a word."""
        if self.action == PUBLIC:
            return PUBLIC
        roles = set(RIGHTS[self.action])
        if roles == {"candidate"}:
            return "candidate"
        return "anyone" if "candidate" in roles else "staff"

    @property
    def refusals(self) -> tuple[type[DomainError], ...]:
        """Return every named refusal, those of the right included."""
        of_the_right = () if self.action == PUBLIC else (UnauthenticatedError, ForbiddenError)
        return *of_the_right, *self.problems


def described(description: Described) -> Callable[[HandlerType], HandlerType]:
    """Attach a description to a route handler; the handler's docstring is the summary."""

    def attach(handler: HandlerType) -> HandlerType:
        setattr(handler, _ATTRIBUTE, description)
        return handler

    return attach


def description_of(handler: Callable[..., Any]) -> Described | None:
    """Return what a handler was described with."""
    found: Described | None = getattr(handler, _ATTRIBUTE, None)
    return found


def openapi_document(service: str, routes: Sequence[web.AbstractRouteDef]) -> Document:
    """Return the OpenAPI document of a service's routes."""
    found = [route for route in routes if isinstance(route, web.RouteDef)]
    pairs = [(route, description) for route in found if (description := description_of(route.handler))]
    schemas = _schemas([description for _, description in pairs])
    paths: Document = {}
    for route, description in pairs:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(service, route, description)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Kaoshen {service}", "version": "1"},
        "paths": paths,
        "components": {"schemas": {**schemas, "Problem": _PROBLEM}},
    }


def _schemas(descriptions: list[Described]) -> Document:
    wanted: dict[tuple[type[BaseModel], Literal["validation", "serialization"]], None] = {}
    for description in descriptions:
        if description.request is not None:
            wanted[(description.request, "validation")] = None
        if description.response is not None:
            wanted[(description.response, "serialization")] = None
    _, top = models_json_schema(list(wanted), ref_template=REFERENCE)
    definitions: Document = top.get("$defs", {})
    return definitions


def _operation(service: str, route: web.RouteDef, description: Described) -> Document:
    operation: Document = {
        "operationId": f"{service}_{route.handler.__name__}",
        "summary": (route.handler.__doc__ or "").strip().splitlines()[0],
        "tags": [description.who],
        "x-action": description.action,
        "parameters": [*_path_parameters(route.path), *_query_parameters(description.query)],
        "responses": _responses(description),
    }
    if description.request is not None:
        schema = {"$ref": REFERENCE.format(model=description.request.__name__)}
        operation["requestBody"] = {
            "required": True,
            "content": {description.request_media_type: {"schema": schema}},
        }
    elif description.request_media_type != "application/json":
        operation["requestBody"] = {"required": True, "content": {description.request_media_type: {}}}
    return operation


def _path_parameters(path: str) -> list[Document]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(model: type[BaseModel] | None) -> list[Document]:
    if model is None:
        return []
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema.get("properties", {}).items()
    ]


def _responses(description: Described) -> Document:
    good: Document = {"description": "done"}
    if description.response is not None:
        schema = {"$ref": REFERENCE.format(model=description.response.__name__)}
        good["content"] = {description.media_type: {"schema": schema}}
    elif description.media_type != "application/json":
        good["content"] = {description.media_type: {}}
    responses: Document = {str(description.status): good}
    for problem in description.refusals:
        status = str(next((status for kind, status in STATUSES if issubclass(problem, kind)), 500))
        known = responses.setdefault(
            status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
            },
        )
        known["description"] = ", ".join(filter(None, (known["description"], problem.code)))
    return responses


_PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457 problem document; `detail` is for people, `code` for programs.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "correlation_id": {"type": ["string", "null"]},
    },
}
