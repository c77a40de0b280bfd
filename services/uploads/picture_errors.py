"""What can be wrong with a picture whose file is sound: it is not what its place asks for."""

from typing import ClassVar

from shared.errors import InvalidError

KILO = 1024


class ImageTooFewBytesError(InvalidError):
    """Fewer bytes than the place asks for: mostly a picture that was made small before."""

    code: ClassVar[str] = "image_too_few_bytes"
    title: ClassVar[str] = "图片文件太小"
    hint: ClassVar[str] = "请上传相机拍的原图，不要用聊天软件转发过的图片"


class ImagePixelsError(InvalidError):
    """Wider, narrower, higher or lower than the place asks for."""

    code: ClassVar[str] = "image_pixels_not_accepted"
    title: ClassVar[str] = "图片的像素不符合要求"
    hint: ClassVar[str] = "请用看图软件把图片调整到要求的宽和高，保存后重新上传"


class ImageRatioError(InvalidError):
    """Another shape than the place asks for."""

    code: ClassVar[str] = "image_ratio_not_accepted"
    title: ClassVar[str] = "图片的宽高比例不符合要求"
    hint: ClassVar[str] = "请裁剪到要求的比例，不要拉伸，保存后重新上传"


class ImageTurnedError(InvalidError):
    """The file lies on its side and says so; it is turned, this is never more than a hint."""

    code: ClassVar[str] = "image_turned"
    title: ClassVar[str] = "已按拍摄方向自动转正，请核对方向"


class ImageBackgroundError(InvalidError):
    """What stands behind the portrait is not what was asked for."""

    code: ClassVar[str] = "image_background_not_accepted"
    title: ClassVar[str] = "照片背景不符合要求"
    hint: ClassVar[str] = "请在要求颜色的背景前、光线均匀处重新拍照"


class PortraitTooLargeError(InvalidError):
    """A portrait that can't be brought under its limit."""

    code: ClassVar[str] = "portrait_too_large"
    title: ClassVar[str] = "照片文件太大"
    hint: ClassVar[str] = "请用看图软件按比例缩小后再检测"


class ImageNotLegibleError(InvalidError):
    """Made as small as it has to be, its text could no longer be read."""

    code: ClassVar[str] = "image_not_shrinkable"
    title: ClassVar[str] = "图片压缩后文字看不清"
    hint: ClassVar[str] = "请靠近一些、只拍材料本身，或裁掉四周后重新上传"


def kilobytes(size: int) -> str:
    """Return a size as the guides write it, to the byte."""
    return f"{size / KILO:.1f}k（{size} 字节）"
