"""Failures over HTTP: RFC 9457 problem documents with a stable `code`, in the user's words."""

from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.typedefs import Handler
from pydantic import JsonValue

from shared.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    TooLargeError,
    TransientError,
    UnauthenticatedError,
    UnsupportedMediaError,
)

STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (InvalidError, 422),
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (GoneError, 410),
    (TooLargeError, 413),
    (UnsupportedMediaError, 415),
    (ThrottledError, 429),
    (TransientError, 503),
)
MEDIA_TYPE = "application/problem+json"
HTTP_WORDS = {
    400: ("bad_request", "请求格式有误"),
    404: ("not_found", "没有找到这个地址"),
    405: ("method_not_allowed", "不支持这种操作"),
    413: ("too_large", "内容太大"),
}

log = structlog.get_logger()


class BadRequestError(InvalidError):
    """Not even a request; aiohttp's own refusals come out as this."""

    code = "bad_request"
    title = "请求格式有误"


def status_of(error: DomainError) -> int:
    """Return the HTTP status of a failure's kind."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def problem_response(error: DomainError) -> web.Response:
    """Return the problem document of a failure."""
    status = status_of(error)
    headers: dict[str, str] = {}
    retry_after = error.extra.get("retry_after")
    if retry_after is None and isinstance(error, TransientError):
        retry_after = 2
    if isinstance(retry_after, int | float):
        headers["Retry-After"] = str(max(1, round(retry_after)))
    hint = {"hint": error.hint} if error.hint else {}
    extra = {**hint, **error.extra}
    return _response(status, error.code, error.title, error.detail, extra=extra, headers=headers)


def _response(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    extra: dict[str, JsonValue] | None = None,
    headers: dict[str, str] | None = None,
) -> web.Response:
    document: dict[str, Any] = {
        **(extra or {}),
        "type": f"urn:kaoshen:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "correlation_id": structlog.contextvars.get_contextvars().get("correlation_id"),
    }
    return web.json_response(document, status=status, headers=headers, content_type=MEDIA_TYPE)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Render every failure as a problem document; tell nothing of an unexpected one."""
    try:
        return await handler(request)
    except DomainError as error:
        log.info("request.refused", code=error.code, status=status_of(error))
        return problem_response(error)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - redirects are answers, not failures
            raise
        code, title = HTTP_WORDS.get(error.status, ("http_error", "请求无法处理"))
        return _response(error.status, code, title, title, headers=_allow(error))
    except BadHttpMessage:
        return problem_response(BadRequestError())
    except Exception as error:
        log.exception("request.failed", error=type(error).__name__)
        return _response(500, DomainError.code, DomainError.title, DomainError.title)


def _allow(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
