"""What can go wrong in notify, in the candidate's words."""

from typing import ClassVar

from shared.errors import ConflictError, NotFoundError, ThrottledError, TransientError


class RegistrationNotFoundError(NotFoundError):
    """There is no such registration, or it is somebody else's."""

    code: ClassVar[str] = "registration_not_found"
    title: ClassVar[str] = "没有找到该报名记录"


class RegistrationNotKnownYetError(TransientError):
    """The registration has not arrived here yet, so nobody's phone can be told."""

    code: ClassVar[str] = "registration_not_known_yet"


class TooManyStreamsError(ThrottledError):
    """One candidate keeps too many pages open."""

    code: ClassVar[str] = "too_many_streams"
    title: ClassVar[str] = "打开的页面太多，请先关闭一些"


class OverloadedError(TransientError):
    """This instance keeps as many streams as it can."""

    code: ClassVar[str] = "overloaded"


class SmsRefusedError(ConflictError):
    """The provider will not send this SMS; `reason` is its own code."""

    code: ClassVar[str] = "sms_refused"
    title: ClassVar[str] = "短信未能发送"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class SmsNotTakenError(TransientError):
    """The provider has certainly not taken the SMS; it may be sent again."""

    code: ClassVar[str] = "sms_not_taken"


class SmsUndecidedError(TransientError):
    """Whether the provider has taken the SMS is not known; it must not be sent again blindly."""

    code: ClassVar[str] = "sms_undecided"
