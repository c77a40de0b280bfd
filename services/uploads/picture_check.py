"""Whether a picture is what its place asks for, as far as its structure tells: refuse, or give a hint."""

from collections.abc import Iterator

from services.uploads.model import Ground, Hint
from services.uploads.picture_errors import (
    KILO,
    ImageBackgroundError,
    ImagePixelsError,
    ImageRatioError,
    ImageTooFewBytesError,
    ImageTurnedError,
    kilobytes,
)
from services.uploads.structure import Structure
from shared.errors import DomainError
from shared.policy.pictures import PictureRules
from shared.policy.values import Background, ImageFormat, ImageRule, Severity

Broken = tuple[ImageRule, DomainError]

WHITE_FROM = 215
MOST_TINT = 24
PLAIN_FROM = 0.85
_BACKGROUNDS = {Background.WHITE: "白色", Background.PLAIN: "单色"}


def check_structure(found: Structure, size_bytes: int, rules: PictureRules) -> tuple[Hint, ...]:
    """Return the hints about a picture whose structure is sound.

    Raises:
        DomainError: it breaks a rule that refuses.
    """
    return _settled(broken_by_structure(found, size_bytes, rules), rules)


def check_ground(ground: Ground, rules: PictureRules) -> tuple[Hint, ...]:
    """Return the hints about what stands behind a portrait.

    Raises:
        DomainError: it breaks a rule that refuses.
    """
    return _settled(broken_by_ground(ground, rules), rules)


def broken_by_structure(found: Structure, size_bytes: int, rules: PictureRules) -> Iterator[Broken]:
    """Yield every broken rule, each with the sentence about it."""
    if rules.min_bytes is not None and size_bytes < rules.min_bytes:
        yield ImageRule.BYTES, _too_few_bytes(size_bytes, rules.min_bytes)
    width, height = found.upright_size
    if not (
        _within(width, rules.min_width, rules.max_width)
        and _within(height, rules.min_height, rules.max_height)
    ):
        yield ImageRule.PIXELS, _pixels(width, height, rules)
    ratio = width / height
    if not _within(ratio, rules.min_ratio, rules.max_ratio):
        yield ImageRule.RATIO, _ratio(ratio, rules)
    if found.is_turned and rules.on_violation.get(ImageRule.UPRIGHT) is Severity.HINT:
        yield ImageRule.UPRIGHT, ImageTurnedError()


def broken_by_ground(ground: Ground, rules: PictureRules) -> Iterator[Broken]:
    """Yield the broken rule about the background, if there is one."""
    if rules.background is None:
        return
    is_plain = ground.plain >= PLAIN_FROM
    is_white = min(ground.colour) >= WHITE_FROM and max(ground.colour) - min(ground.colour) <= MOST_TINT
    if not is_plain or (rules.background is Background.WHITE and not is_white):
        yield ImageRule.BACKGROUND, _background(ground, rules.background)


def in_words(rules: PictureRules) -> str:
    """Return what is asked of a picture, in one sentence."""
    parts = [f"{'、'.join('jpg' if each is ImageFormat.JPEG else 'png' for each in rules.formats)} 格式"]
    if sides := _sides(rules):
        parts.append(f"{sides} 像素")
    if (rules.min_ratio, rules.max_ratio) != (None, None):
        parts.append(f"宽高比 {_span(rules.min_ratio, rules.max_ratio)}")
    if rules.min_bytes is not None:
        parts.append(f"不小于 {rules.min_bytes / KILO:g}k")
    parts.append(f"不超过 {rules.max_bytes / KILO:g}k")
    if rules.background is not None:
        parts.append(f"{_BACKGROUNDS[rules.background]}背景")
    return "，".join(parts)


def _settled(broken: Iterator[Broken], rules: PictureRules) -> tuple[Hint, ...]:
    hints: list[Hint] = []
    for rule, error in broken:
        if rules.severity(rule) is Severity.REFUSE:
            raise error
        hints.append(Hint(error.code, error.detail))
    return tuple(hints)


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _span(least: float | None, most: float | None, unit: str = "") -> str:
    """Return the allowed values in words, such as `295-300` or `至少 413`."""
    if least is not None and most is not None:
        return f"{least:g}{unit}" if least == most else f"{least:g}-{most:g}{unit}"
    return f"至少 {least:g}{unit}" if least is not None else f"最多 {most:g}{unit}"


def _too_few_bytes(measured: int, required: int) -> ImageTooFewBytesError:
    return ImageTooFewBytesError(
        f"图片只有 {kilobytes(measured)}，至少需要 {kilobytes(required)}，请上传更清晰的原图",
        measured_bytes=measured,
        required_bytes=required,
    )


def _sides(rules: PictureRules) -> str:
    """Return the window in words, such as `宽 358，高 441`."""
    sides = (("宽", rules.min_width, rules.max_width), ("高", rules.min_height, rules.max_height))
    return "，".join(
        f"{name} {_span(least, most)}" for name, least, most in sides if (least, most) != (None, None)
    )


def _pixels(width: int, height: int, rules: PictureRules) -> ImagePixelsError:
    return ImagePixelsError(
        f"图片为 {width}×{height} 像素，要求{_sides(rules)} 像素，请按要求调整后重新上传",
        width=width,
        height=height,
        min_width=rules.min_width,
        max_width=rules.max_width,
        min_height=rules.min_height,
        max_height=rules.max_height,
    )


def _ratio(measured: float, rules: PictureRules) -> ImageRatioError:
    return ImageRatioError(
        f"图片宽高比为 {measured:.2f}，要求 {_span(rules.min_ratio, rules.max_ratio)}，请裁剪后重新上传",
        measured_ratio=round(measured, 3),
        min_ratio=rules.min_ratio,
        max_ratio=rules.max_ratio,
    )


def _background(ground: Ground, wanted: Background) -> ImageBackgroundError:
    colour = "#{:02x}{:02x}{:02x}".format(*ground.colour)
    return ImageBackgroundError(
        f"照片背景要求{_BACKGROUNDS[wanted]}，这张背景约为 {colour}，均匀程度 {ground.plain:.0%}"
        f"（至少 {PLAIN_FROM:.0%}），请换{_BACKGROUNDS[wanted]}背景重新拍照",
        measured_colour=colour,
        measured_plain=round(ground.plain, 3),
        wanted=wanted.value,
    )
