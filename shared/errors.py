"""The kinds of failure; each kind decides an HTTP status and what happens to a message."""

from typing import ClassVar

from pydantic import JsonValue


class DomainError(Exception):
    """A named failure in the user's words; `code` is stable, `detail` is shown to people.

    `hint` says how to go on, where that is not plain from the detail.
    Extra keyword arguments become members of the problem document.
    """

    code: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "系统暂时无法处理"
    hint: ClassVar[str] = ""

    def __init__(self, detail: str | None = None, /, **extra: JsonValue) -> None:
        super().__init__(self.code)
        self.detail = detail or self.title
        self.extra = extra


class InvalidError(DomainError):
    """The request says something that cannot be (422)."""

    code: ClassVar[str] = "invalid"
    title: ClassVar[str] = "提交的内容有误"


class UnauthenticatedError(DomainError):
    """Nobody, or nobody any more (401)."""

    code: ClassVar[str] = "unauthenticated"
    title: ClassVar[str] = "请先登录"


class ForbiddenError(DomainError):
    """Known, but not allowed (403)."""

    code: ClassVar[str] = "forbidden"
    title: ClassVar[str] = "您没有权限进行此操作"


class NotFoundError(DomainError):
    """Absent, or somebody else's: the two are never told apart (404)."""

    code: ClassVar[str] = "not_found"
    title: ClassVar[str] = "没有找到"


class GoneError(DomainError):
    """It was there and is not any more: lost, or deleted by rule; asking again does not help (410)."""

    code: ClassVar[str] = "gone"
    title: ClassVar[str] = "内容已不存在"


class ConflictError(DomainError):
    """Right in itself, but not in the present state (409)."""

    code: ClassVar[str] = "conflict"
    title: ClassVar[str] = "当前状态不能进行此操作"


class TooLargeError(DomainError):
    """More bytes than are accepted (413)."""

    code: ClassVar[str] = "too_large"
    title: ClassVar[str] = "内容太大"


class UnsupportedMediaError(DomainError):
    """A kind of content that is not accepted (415)."""

    code: ClassVar[str] = "unsupported_media"
    title: ClassVar[str] = "不接受这种格式"


class ThrottledError(DomainError):
    """Too often; `retry_after` (seconds) says when again (429)."""

    code: ClassVar[str] = "throttled"
    title: ClassVar[str] = "操作太频繁，请稍后再试"


class TransientError(DomainError):
    """Not now, but later: answered 503 over HTTP, retried when it was a message."""

    code: ClassVar[str] = "unavailable"
    title: ClassVar[str] = "系统繁忙，请稍后再试"


class UnansweredError(TransientError):
    """No answer came: what was asked for may have been done, or not."""
