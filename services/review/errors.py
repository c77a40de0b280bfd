"""What can go wrong in review, in the user's words."""

from typing import ClassVar

from shared.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, TransientError


class CaseNotFoundError(NotFoundError):
    """No such case in this jurisdiction."""

    code: ClassVar[str] = "case_not_found"
    title: ClassVar[str] = "没有找到这份材料"


class ImageNotFoundError(NotFoundError):
    """The picture is not among those that are locked for review."""

    code: ClassVar[str] = "image_not_found"
    title: ClassVar[str] = "这张图片不在本次审核的材料中"


class QueueEmptyError(NotFoundError):
    """Nothing waits at this desk."""

    code: ClassVar[str] = "queue_empty"
    title: ClassVar[str] = "队列里暂时没有可以领取的材料"


class CaseAlreadyClaimedError(ConflictError):
    """A colleague holds the case."""

    code: ClassVar[str] = "case_already_claimed"
    title: ClassVar[str] = "这份材料刚被其他审核员领取"


class CaseNotWaitingError(ConflictError):
    """The case is not up for review on this level."""

    code: ClassVar[str] = "case_not_waiting"
    title: ClassVar[str] = "这份材料现在不在待审队列中"


class SamePersonError(ForbiddenError):
    """One person never acts on two levels of a case."""

    code: ClassVar[str] = "same_person_two_levels"
    title: ClassVar[str] = "这份材料由本人在另一级审核过，不能再审"


class HoldLostError(ConflictError):
    """The reviewer holds the case no more, or never did."""

    code: ClassVar[str] = "hold_lost"
    title: ClassVar[str] = "领取已结束，请重新领取这份材料"


class NotLockedYetError(ConflictError):
    """Uploads has not locked the dossier yet."""

    code: ClassVar[str] = "not_locked_yet"
    title: ClassVar[str] = "材料正在锁定，请稍候"


class ClaimRefusedError(ConflictError):
    """Uploads did not lock the dossier."""

    code: ClassVar[str] = "claim_refused"
    title: ClassVar[str] = "材料没有锁定成功，请从队列重新领取"


class ReasonNeededError(InvalidError):
    """A returned picture needs a reason that the candidate can read."""

    code: ClassVar[str] = "reason_needed"
    title: ClassVar[str] = "退回图片需要选择原因，选“其他”时请写明原因"


class ReasonUnknownError(InvalidError):
    """The category has no such reason."""

    code: ClassVar[str] = "reason_unknown"
    title: ClassVar[str] = "这个材料类别没有这条退回原因"


class TextTooLongError(InvalidError):
    """More words than fit."""

    code: ClassVar[str] = "text_too_long"
    title: ClassVar[str] = "文字太长，请精简后再试"


class ImagesNotPassedError(ConflictError):
    """A pass needs every picture passed."""

    code: ClassVar[str] = "images_not_passed"
    title: ClassVar[str] = "还有图片没有通过，不能提交通过的结论"


class NothingReturnedError(ConflictError):
    """A send-back needs a returned picture."""

    code: ClassVar[str] = "nothing_returned"
    title: ClassVar[str] = "没有退回的图片，不能提交退回的结论"


class CommentNeededError(InvalidError):
    """A rejection needs a comment."""

    code: ClassVar[str] = "comment_needed"
    title: ClassVar[str] = "审核拒绝需要写明理由"


class OutcomeNotOfferedError(ConflictError):
    """The policy does not offer this conclusion."""

    code: ClassVar[str] = "outcome_not_offered"
    title: ClassVar[str] = "本考区不使用这种审核结论"


class SupplementOverError(ConflictError):
    """The fixed instant until which candidates may supplement has passed."""

    code: ClassVar[str] = "supplement_over"
    title: ClassVar[str] = "补充材料的截止时间已过，不能再退回"


class SendBackNotOpenError(ConflictError):
    """The send-back that is meant is over, or was replaced by a later one."""

    code: ClassVar[str] = "send_back_not_open"
    title: ClassVar[str] = "这次补充要求已经结束，请刷新后再看"


class ForeignSendBackError(ForbiddenError):
    """Only the level that sent back undoes or extends it."""

    code: ClassVar[str] = "send_back_of_other_level"
    title: ClassVar[str] = "补充要求由另一级提出，只能由那一级撤回或延长"


class DeadlineNotLaterError(InvalidError):
    """An extension must end after what was told, and in the future."""

    code: ClassVar[str] = "deadline_not_later"
    title: ClassVar[str] = "新的截止时间必须晚于现在和原来的截止时间"


class WhyNeededError(InvalidError):
    """Undoing or extending needs a reason for the record."""

    code: ClassVar[str] = "why_needed"
    title: ClassVar[str] = "请写明原因，留作记录"


class CaseBusyError(TransientError):
    """Too many changes at once."""

    code: ClassVar[str] = "case_busy"
    title: ClassVar[str] = "操作的人太多，请再试一次"


class CaseNotKnownYetError(TransientError):
    """An event came before those it builds on."""

    code: ClassVar[str] = "case_not_known_yet"


class StrangeHoldError(Exception):
    """An event names a hold that was never given: a bug, to be parked and looked at."""
