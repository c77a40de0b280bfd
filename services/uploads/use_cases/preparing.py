"""What is done with an original before anything is made of it: smaller where it has to be, and looked at."""

from dataclasses import dataclass

from services.uploads.errors import ImageDamagedError
from services.uploads.model import Hint
from services.uploads.picture_check import check_ground
from services.uploads.picture_errors import ImageNotLegibleError, kilobytes
from services.uploads.ports import Workshop
from services.uploads.tasks import MeasureGround, Shrink, Unreadable
from services.uploads.traits import Camera
from shared.policy.pictures import PictureRules


@dataclass(frozen=True, slots=True)
class Prepared:
    """An original as it is to be kept; `camera` is what the one that came said, where it was made anew."""

    content: bytes
    camera: Camera | None = None
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class PrepareOriginal:
    """Make a picture that is too large smaller, and judge what only the decoded picture shows.

    Raises:
        InvalidError: it can't be read, not be made smaller legibly, or breaks a rule that refuses.
    """

    workshop: Workshop

    async def __call__(self, content: bytes, rules: PictureRules) -> Prepared:
        """Return the picture as it is to be kept."""
        prepared = Prepared(content)
        if len(content) > rules.max_bytes:
            prepared = await self._smaller(content, rules)
        if rules.background is None:
            return prepared
        ground = await self.workshop.do(MeasureGround(prepared.content))
        if isinstance(ground, Unreadable):
            raise ImageDamagedError
        return Prepared(prepared.content, prepared.camera, check_ground(ground, rules))

    async def _smaller(self, content: bytes, rules: PictureRules) -> Prepared:
        least = (rules.min_width or 1, rules.min_height or 1)
        made = await self.workshop.do(Shrink(content, rules.max_bytes, *least))
        if isinstance(made, Unreadable):
            raise ImageDamagedError
        if not made.content:
            raise ImageNotLegibleError(
                f"图片有 {kilobytes(len(content))}，压缩到 {kilobytes(rules.max_bytes)} 以内后文字会看不清，"
                "请靠近一些重新拍照，或裁掉四周后重新上传",
                measured_bytes=len(content),
                allowed_bytes=rules.max_bytes,
            )
        return Prepared(made.content, made.camera)
