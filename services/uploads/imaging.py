"""Pictures with Pillow: upright, sRGB, without metadata, watermarked; runs in the workers' child only."""

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import noto_cjk_sans_otc
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFile, ImageFont, ImageMath, ImageOps

FORMATS = ("JPEG", "PNG")
QUALITY = 85
THUMBNAIL_SIDE = 480
FONT_FILE = Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc"
SIMPLIFIED_CHINESE = 2
ANGLE = 30
ROW_GAP = 1.5
# Dark letters show on white paper, their light edge on dark ground; the text beneath stays readable.
INK, INK_ALPHA = (40, 40, 40), 44
EDGE, EDGE_ALPHA = (255, 255, 255), 36
WHITE = (255, 255, 255)
OPAQUE = 255
# Damaged files raise what they like, struct.error among it: a list of kinds was never complete, and what it
# missed cost two children their life.
BROKEN = Exception


class BrokenImageError(Exception):
    """The bytes can't be decoded to the end."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of an original."""

    width: int
    height: int
    copy: bytes
    thumbnail: bytes


def finish(content: bytes, watermark: str) -> Finished:
    """Return copy and thumbnail of an original, decoded once.

    Raises:
        BrokenImageError: the bytes can't be decoded to the end.
    """
    picture = _decoded(content)
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    if watermark:
        _mark(picture, watermark)
        _mark(small, watermark)
    return Finished(picture.width, picture.height, _encoded(picture), _encoded(small))


def _decoded(content: bytes) -> Image.Image:
    # A library that sets this lets damaged files pass.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as checked:
            checked.verify()
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            opened.load()
            return _in_srgb(_upright(_plain_inks(opened)))
    except BROKEN as error:
        raise BrokenImageError from error


def _plain_inks(opened: Image.Image) -> Image.Image:
    """Return four inks as they are: Pillow turns them round as Adobe's files need it, whoever wrote them."""
    if opened.mode != "CMYK" or "adobe" in opened.info:
        return opened
    turned = ImageChops.invert(opened)
    turned.info = opened.info
    return turned


def _upright(opened: Image.Image) -> Image.Image:
    """Return the picture as its EXIF says it should be seen; broken EXIF says nothing."""
    profile = opened.info.get("icc_profile")
    try:
        turned = ImageOps.exif_transpose(opened)
    except BROKEN:
        turned = opened.copy()
    turned.info = {
        "icc_profile": profile,
        "transparency": opened.info.get("transparency"),
    }
    return turned


def _in_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.pop("icc_profile", None)
    if picture.info.get("transparency") is None:
        picture.info.pop("transparency", None)
    flat = _flattened(picture)
    if profile and flat.mode in {"RGB", "CMYK"} and picture.mode == flat.mode:
        flat = _converted(flat, profile)
    return flat.convert("RGB") if flat.mode != "RGB" else flat


def _flattened(picture: Image.Image) -> Image.Image:
    """Return the picture without alpha, palette or more than eight bits; what is transparent turns white."""
    if picture.mode.startswith("I"):
        return _of_sixteen_bits(picture.convert("I"), picture.info.get("transparency"))
    if picture.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in picture.info:
        above = picture.convert("RGBA")
        ground = Image.new("RGB", above.size, WHITE)
        ground.paste(above, mask=above.getchannel("A"))
        return ground
    return picture if picture.mode in {"RGB", "CMYK"} else picture.convert("RGB")


def _of_sixteen_bits(grey: Image.Image, clear: object) -> Image.Image:
    """Return a grey picture with its upper eight bits; the value that is called clear turns white."""
    flat = grey.point(lambda value: value * (1 / 256)).convert("RGB")
    if isinstance(clear, int):
        mask = ImageMath.lambda_eval(lambda of: of["convert"]((of["grey"] == clear) * OPAQUE, "L"), grey=grey)
        flat.paste(WHITE, (0, 0, *flat.size), mask)
    return flat


def _converted(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB; a profile that can't be used is as if it were not there."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except BROKEN:
        return picture
    return made or picture


def _mark(picture: Image.Image, text: str) -> None:
    """Draw the text in tilted rows over the whole picture."""
    size = max(12, round(math.sqrt(picture.width * picture.height) / 32))
    stroke = max(1, size // 14)
    ink, edge = _tiles(text, size, stroke, picture.size)
    picture.paste(EDGE, (0, 0, *picture.size), edge)
    picture.paste(INK, (0, 0, *picture.size), ink)


def _tiles(text: str, size: int, stroke: int, area: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """Return the masks of letters and edges: one tilted line, repeated."""
    font = _font(size)
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    line = (math.ceil(right - left) + size * 2, math.ceil(bottom - top) + size * 2)
    origin = (size - left, size - top)
    ink, edge = Image.new("L", line), Image.new("L", line)
    ImageDraw.Draw(ink).text(origin, text, fill=OPAQUE, font=font)
    ImageDraw.Draw(edge).text(origin, text, fill=OPAQUE, font=font, stroke_width=stroke)
    return _repeated(ink, area, INK_ALPHA), _repeated(edge, area, EDGE_ALPHA)


def _repeated(line: Image.Image, area: tuple[int, int], alpha: int) -> Image.Image:
    """Return the tilted line on an even lattice over the area, every second row shifted by half a line."""
    tilted = line.rotate(ANGLE, expand=True, resample=Image.Resampling.BILINEAR)
    mask = Image.new("L", area)
    cosine, sine = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
    gap = line.height * ROW_GAP
    reach = math.hypot(*area) + tilted.width
    for row in range(-math.ceil(reach / gap), math.ceil(reach / gap) + 1):
        for column in range(-math.ceil(reach / line.width), math.ceil(reach / line.width) + 1):
            along, across = (column + row % 2 / 2) * line.width, row * gap
            x, y = round(along * cosine + across * sine), round(across * cosine - along * sine)
            if -tilted.width < x < area[0] and -tilted.height < y < area[1]:
                mask.paste(OPAQUE, (x, y), tilted)
    return mask.point(lambda value: value * alpha // OPAQUE)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_FILE), size, index=SIMPLIFIED_CHINESE)


def _encoded(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
