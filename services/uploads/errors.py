"""What can go wrong for a candidate who uploads, in the candidate's words."""

from typing import ClassVar

from shared.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    TooLargeError,
    TransientError,
    UnsupportedMediaError,
)


class DossierNotFoundError(NotFoundError):
    """No such dossier, or somebody else's."""

    code: ClassVar[str] = "dossier_not_found"
    title: ClassVar[str] = "没有找到这份报名材料"
    hint: ClassVar[str] = "请刷新页面后从报名信息重新进入"


class ImageNotFoundError(NotFoundError):
    """No such image, or not the caller's to see."""

    code: ClassVar[str] = "image_not_found"
    title: ClassVar[str] = "没有找到这张图片"
    hint: ClassVar[str] = "请刷新页面，看一看现在的图片"


class ImageLostError(GoneError):
    """The record stands, but the stored picture is missing or not what was stored; an alarm has gone out."""

    code: ClassVar[str] = "image_lost"
    title: ClassVar[str] = "图片文件已丢失或损坏"


class DossierErasedError(GoneError):
    """The whole dossier was deleted by rule or on request; `erased_at` says when."""

    code: ClassVar[str] = "dossier_erased"
    title: ClassVar[str] = "您的报名材料已按规定删除"


class ImageErasedError(GoneError):
    """The image was deleted by rule; what stays is that it was there."""

    code: ClassVar[str] = "image_erased"
    title: ClassVar[str] = "这张图片已按规定删除，不能再查看"


class DossierLockedError(ConflictError):
    """The place that was meant is closed; `reason` says why."""

    code: ClassVar[str] = "dossier_locked"
    title: ClassVar[str] = "内容已锁定，不能修改"
    hint: ClassVar[str] = "如果材料确实需要修改，请联系考点办公室退回"


class UploadNotOpenYetError(ConflictError):
    """The upload window begins later; `opens_at` says when."""

    code: ClassVar[str] = "upload_not_open_yet"
    title: ClassVar[str] = "上传尚未开始"
    hint: ClassVar[str] = "请在开放时间之后再来上传，照片可以先准备好"


class UploadWindowClosedError(ConflictError):
    """The upload window is over; `closed_at` says since when."""

    code: ClassVar[str] = "upload_window_closed"
    title: ClassVar[str] = "上传时间已经结束"
    hint: ClassVar[str] = "请联系考点办公室；在截止前上传失败过的，可以请考点查询记录"


class CategoryUnknownError(InvalidError):
    """The policy has no such category, or the category no such place."""

    code: ClassVar[str] = "category_unknown"
    title: ClassVar[str] = "没有这一类材料"
    hint: ClassVar[str] = "请刷新页面后，在页面列出的材料类别里上传"


class CategoryFullError(ConflictError):
    """The category's number of images is reached (S0-18)."""

    code: ClassVar[str] = "category_full"
    title: ClassVar[str] = "这一类材料的图片数量已满"
    hint: ClassVar[str] = "请先删除一张，或者在原来的图片上选择换一张"


class SameAsReturnedError(ConflictError):
    """These bytes are those of the version that was returned; `anyway` sends them all the same."""

    code: ClassVar[str] = "same_as_returned"
    title: ClassVar[str] = "这和被退回的是同一个文件"
    hint: ClassVar[str] = "建议重新拍摄；如确认无误，可以仍然提交"


class SlotTakenError(ConflictError):
    """An image already stands in this place."""

    code: ClassVar[str] = "slot_taken"
    title: ClassVar[str] = "这个位置已有图片，请先删除"
    hint: ClassVar[str] = "请先删除这个位置上的图片，或者选择换一张"


class IdenticalImageError(ConflictError):
    """The very same bytes are already in the dossier."""

    code: ClassVar[str] = "identical_image"
    title: ClassVar[str] = "这张图片已经上传过了"
    hint: ClassVar[str] = "请选另一张图片；如果要换掉原来的，请先删除它"


class ImageTooLargeError(TooLargeError):
    """More bytes than the policy allows."""

    code: ClassVar[str] = "image_too_large"
    title: ClassVar[str] = "图片文件太大"
    hint: ClassVar[str] = "请在本页选原图，由页面自动压缩；或用看图软件缩小后再上传"


class ImageTypeNotAcceptedError(UnsupportedMediaError):
    """The content is not of an accepted format, whatever its name."""

    code: ClassVar[str] = "image_type_not_accepted"
    title: ClassVar[str] = "图片格式不符合要求"
    hint: ClassVar[str] = "请重新拍照，或把图片另存为要求的格式；只改文件名没有用"


class FormNotAcceptedError(UnsupportedMediaError):
    """A form came where the file itself is taken: no form is ever read."""

    code: ClassVar[str] = "form_not_accepted"
    title: ClassVar[str] = "请直接发送图片文件本身，不接受表单"
    hint: ClassVar[str] = "请使用本页的上传按钮；程序请把文件字节直接作为请求正文发送"


class ImageDamagedError(InvalidError):
    """The file's structure is broken or ends too early."""

    code: ClassVar[str] = "image_damaged"
    title: ClassVar[str] = "图片文件已损坏"
    hint: ClassVar[str] = "请重新拍照，或用看图软件打开后重新保存，再上传"


class ImageTooManyPixelsError(InvalidError):
    """The header promises more pixels than anybody needs."""

    code: ClassVar[str] = "image_too_many_pixels"
    title: ClassVar[str] = "图片的尺寸太大"
    hint: ClassVar[str] = "请用看图软件缩小图片的宽和高，再上传"


class ImageEmptyError(InvalidError):
    """No bytes came."""

    code: ClassVar[str] = "image_empty"
    title: ClassVar[str] = "没有收到图片内容"
    hint: ClassVar[str] = "请重新选择图片；从云盘选的图片，请等它下载完"


class UploadStalledError(InvalidError):
    """The bytes stopped coming, or the connection broke."""

    code: ClassVar[str] = "upload_stalled"
    title: ClassVar[str] = "图片没有传完，请检查网络后重试"
    hint: ClassVar[str] = "请换到信号好的地方；已经上传的图片不用再传"


class IdempotencyKeyMissingError(InvalidError):
    """The upload has no key by which a repeated attempt would be known."""

    code: ClassVar[str] = "idempotency_key_missing"
    title: ClassVar[str] = "请求缺少上传编号"
    hint: ClassVar[str] = "请刷新页面后重新上传"


class IdempotencyKeyReusedError(InvalidError):
    """The key was used for other bytes."""

    code: ClassVar[str] = "idempotency_key_reused"
    title: ClassVar[str] = "同一上传编号不能用于不同的图片"
    hint: ClassVar[str] = "请刷新页面后重新上传这张图片"


class DossierIncompleteError(ConflictError):
    """Required categories lack images; `missing` names them."""

    code: ClassVar[str] = "dossier_incomplete"
    title: ClassVar[str] = "还有必须上传的材料没有上传"


class StillProcessingError(ConflictError):
    """Images are being processed; try again in a moment."""

    code: ClassVar[str] = "still_processing"
    title: ClassVar[str] = "图片还在处理中，请稍候"


class ConfirmationMissingError(ConflictError):
    """Images wait for the candidate's word; `images` names them."""

    code: ClassVar[str] = "confirmation_missing"
    title: ClassVar[str] = "还有图片等待您确认"


class SendbackUnansweredError(ConflictError):
    """Returned images have no successor yet; `items` names them."""

    code: ClassVar[str] = "sendback_unanswered"
    title: ClassVar[str] = "还有被退回的图片没有重新上传"


class WithdrawalNotOfferedError(ConflictError):
    """The district lets nobody pull a dossier back, or there is no submission to undo."""

    code: ClassVar[str] = "withdrawal_not_offered"
    title: ClassVar[str] = "本考区不支持撤回，如需修改，请联系考点办公室"


class WithdrawalImpossibleError(ConflictError):
    """A reviewer has sent it back before: what passed then must not be opened by a withdrawal."""

    code: ClassVar[str] = "withdrawal_impossible"
    title: ClassVar[str] = "审核过的材料不能撤回，如需修改，请联系考点办公室"


class NothingToWithdrawError(ConflictError):
    """It is not submitted, so there is nothing to undo."""

    code: ClassVar[str] = "nothing_to_withdraw"
    title: ClassVar[str] = "材料没有提交，不需要撤回"


class NothingToSubmitError(ConflictError):
    """There is nothing that could be put forward."""

    code: ClassVar[str] = "nothing_to_submit"
    title: ClassVar[str] = "没有可以提交的内容"


class GrantRefusedError(ForbiddenError):
    """The view grant is missing, over, or not for this viewer and image."""

    code: ClassVar[str] = "grant_refused"
    title: ClassVar[str] = "没有查看这张图片的授权，请刷新页面"


class ViewReasonNeededError(InvalidError):
    """What is more than the usual view needs a reason."""

    code: ClassVar[str] = "view_reason_needed"
    title: ClassVar[str] = "请填写查看原因"


class FreshCodeNeededError(ForbiddenError):
    """An original is opened on a one-time code given within the last minutes."""

    code: ClassVar[str] = "fresh_code_needed"
    title: ClassVar[str] = "查看原图前，请再次输入动态口令"


class TooManyCoversError(ConflictError):
    """As many places of the picture are covered by hand as can be."""

    code: ClassVar[str] = "too_many_covers"
    title: ClassVar[str] = "这张图片手工遮盖的地方已满，可先撤销再重新遮盖"


class DailyViewsReachedError(ThrottledError):
    """The viewer has looked at as many pictures as the policy allows a day."""

    code: ClassVar[str] = "daily_views_reached"
    title: ClassVar[str] = "今天查看图片已达上限"


class OverloadedError(TransientError):
    """More uploads at once than this instance takes."""

    code: ClassVar[str] = "overloaded"
    title: ClassVar[str] = "上传人数较多，请稍后再试"
    hint: ClassVar[str] = "不用重新选择图片，页面会自动再传"


class TooManyUploadsError(ThrottledError):
    """One candidate sends too many images at once."""

    code: ClassVar[str] = "too_many_uploads"
    title: ClassVar[str] = "同时上传的图片太多，请稍后再试"
    hint: ClassVar[str] = "请等前面的图片传完，页面会自动接着传"


class ContendedError(TransientError):
    """Others changed the dossier each time; the command can be repeated."""

    code: ClassVar[str] = "contended"
    title: ClassVar[str] = "操作太频繁，请稍后再试"
    hint: ClassVar[str] = "请稍等几秒再试"


class TooEarlyError(TransientError):
    """An event arrived before what it follows, or needs, is there."""

    code: ClassVar[str] = "too_early"
    title: ClassVar[str] = "请稍后再试"


class ObjectBrokenError(RuntimeError):
    """An object is not what was stored: missing, changed, swapped, or under a key that is not ours."""


class ForeignHoldError(RuntimeError):
    """A decision under a hold that is not the live one: a bug, parked and alarmed, never ignored."""


class KeyStillNeededError(ConflictError):
    """A master key can't be destroyed yet; the detail says what needs it. Operators alone read it."""

    code: ClassVar[str] = "key_still_needed"
    title: ClassVar[str] = "the master key is still needed"


class DataKeyBrokenError(ObjectBrokenError):
    """A wrapped data key was changed, or its master key is another one than its id says."""
