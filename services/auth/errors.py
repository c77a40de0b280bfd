"""What auth refuses, each with a stable code and words for people."""

from typing import ClassVar

from shared.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
)


class TicketInvalidError(UnauthenticatedError):
    """The entry ticket is not the registration system's, or it is over."""

    code: ClassVar[str] = "ticket_invalid"
    title: ClassVar[str] = "入口链接无效或已过期，请回到报名系统，重新点击「上传相关材料」"


class TicketUsedError(ConflictError):
    """The entry ticket has served already."""

    code: ClassVar[str] = "ticket_used"
    title: ClassVar[str] = "入口链接已使用过，请回到报名系统，重新点击「上传相关材料」"


class RegistrationUnknownError(NotFoundError):
    """The registration has not been imported, or was cancelled."""

    code: ClassVar[str] = "registration_unknown"
    title: ClassVar[str] = "没有找到您的报名信息，请稍后再试或联系考点"


class EntryTokenInvalidError(UnauthenticatedError):
    """The time for activating has run out."""

    code: ClassVar[str] = "entry_token_invalid"
    title: ClassVar[str] = "页面停留时间过长，请回到报名系统，重新点击「上传相关材料」"


class AlreadyActivatedError(ConflictError):
    """The account has a password already."""

    code: ClassVar[str] = "already_activated"
    title: ClassVar[str] = "该用户已激活，请直接登录"


class PasswordsDifferError(InvalidError):
    """The confirmation says something else (S0-05)."""

    code: ClassVar[str] = "passwords_differ"
    title: ClassVar[str] = "两次输入的密码不一致"


class PasswordRuleError(InvalidError):
    """The password is not as the rule wants it (S0-06)."""

    code: ClassVar[str] = "password_rule"
    title: ClassVar[str] = "密码不符合要求"


class RecoveryMissingError(InvalidError):
    """The question or the answer is empty (S0-08)."""

    code: ClassVar[str] = "recovery_missing"
    title: ClassVar[str] = "请填写找回密码问题和答案"


class CommitmentsMissingError(InvalidError):
    """Not every commitment was agreed to (S0-08)."""

    code: ClassVar[str] = "commitments_missing"
    title: ClassVar[str] = "请阅读并同意全部承诺"


class CodeWrongError(ForbiddenError):
    """The one-time code is not the device's, or was used before."""

    code: ClassVar[str] = "code_wrong"
    title: ClassVar[str] = "动态口令不正确或已用过，请等下一个口令"


class SignInFailedError(UnauthenticatedError):
    """Unknown, not activated, wrong password, wrong code: the answer never says which."""

    code: ClassVar[str] = "sign_in_failed"
    title: ClassVar[str] = "用户名、密码或动态口令不正确"


class TooManyTriesError(ThrottledError):
    """Too many failed tries for this account."""

    code: ClassVar[str] = "too_many_tries"
    title: ClassVar[str] = "尝试次数过多，请稍后再试"


class HasherBusyError(ThrottledError):
    """More sign-ins at once than can be checked."""

    code: ClassVar[str] = "sign_in_busy"
    title: ClassVar[str] = "登录人数较多，请稍后再试"


class SessionEndedError(UnauthenticatedError):
    """The session is over, revoked, or was never ours."""

    code: ClassVar[str] = "session_ended"
    title: ClassVar[str] = "登录已失效，请重新登录"
