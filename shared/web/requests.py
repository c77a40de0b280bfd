"""Reading requests strictly and writing answers."""

import asyncio
import json
from typing import Any, NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from shared.errors import InvalidError

Model = TypeVar("Model", bound=BaseModel)

# The gateway waits as long as the largest picture may take; a form's few kilobytes must not.
BODY_SECONDS = 30.0
WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识这一项",
    "string_too_short": "太短",
    "string_too_long": "太长",
    "string_pattern_mismatch": "格式不对",
    "literal_error": "不是可选的值",
    "json_invalid": "不是有效的 JSON",
}


class Request(BaseModel):
    """A request model: strict types, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Answer(BaseModel):
    """A response model."""

    model_config = ConfigDict(frozen=True)


async def read_json(request: web.Request, model: type[Model]) -> Model:
    """Return the body as the model.

    Raises:
        InvalidError: it is not JSON, does not fit, or does not come; `errors` names the fields.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise InvalidError("内容没有在规定时间内传完，请检查网络后重试", errors=[]) from None
    try:
        content = json.loads(body, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidError("提交的内容不是有效的 JSON", errors=[]) from None
    return _validated(model, content)


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Return the query string as the model.

    Raises:
        InvalidError: it does not fit, or a parameter comes twice.
    """
    if len(set(request.query)) != len(request.query):
        raise InvalidError("地址中的参数重复", errors=[])
    return _validated(model, dict(request.query), strict=False)


def answer(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a model as JSON; personal answers are never cached."""
    return web.Response(
        text=model.model_dump_json(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def no_content() -> web.Response:
    """Return an empty success."""
    return web.Response(status=204)


def _validated(model: type[Model], content: Any, *, strict: bool | None = None) -> Model:  # noqa: ANN401 - untyped until validated
    try:
        if strict is None:
            # Strictness by JSON's own types: instants and enums come as strings.
            return model.model_validate_json(json.dumps(content))
        return model.model_validate(content, strict=strict)
    except (ValidationError, ValueError, RecursionError) as error:
        details = (
            error.errors(include_input=False, include_url=False) if isinstance(error, ValidationError) else []
        )
        raise InvalidError(
            "提交的内容有误，请检查后再试", errors=[_in_words(item) for item in details]
        ) from None


def _in_words(item: Any) -> JsonValue:  # noqa: ANN401 - pydantic's error record
    field = ".".join(str(part) for part in item["loc"])
    return {"field": field, "message": WORDS.get(item["type"], "不符合要求")}


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("not JSON")
