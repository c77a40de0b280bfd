"""Decoding hostile files: complete or not at all, upright, sRGB, eight bits, nothing see-through."""

import io
from typing import NamedTuple

from PIL import Image, ImageChops, ImageCms, ImageFile, ImageMath, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from services.uploads.imaging.camera import camera_of
from services.uploads.imaging.planes import Planes
from services.uploads.imaging.quality import BEST, quality_of
from services.uploads.imaging.turbo import planes_in
from services.uploads.traits import Camera

FORMATS = ("JPEG", "PNG")
WHITE = (255, 255, 255)
OPAQUE = 255
ORIENTATION, UPRIGHT = 0x0112, 1
SRGB = "sRGB"
# Damaged files raise what they like, struct.error among it: a list of kinds was never complete, and what it
# missed cost two children their life.
BROKEN = Exception


class BrokenImageError(Exception):
    """The bytes can't be decoded to the end."""


class Decoded(NamedTuple):
    """A picture as it should be seen, and what its file said about the camera."""

    picture: Image.Image
    camera: Camera


class DecodedPlanes(NamedTuple):
    """The same, as brightness and colour; how fine they are, if they lie as they lay in a JPEG."""

    planes: Planes
    camera: Camera
    quality: int = BEST


def decoded(content: bytes) -> Decoded:
    """Return the picture in a file in RGB, decoded to the end.

    Raises:
        BrokenImageError: it can't be.
    """
    try:
        with _opened(content) as opened:
            return Decoded(_in_rgb(opened), camera_of(opened))
    except BROKEN as error:
        raise BrokenImageError from error


def decoded_planes(content: bytes) -> DecodedPlanes:
    """Return the picture in a file as brightness and colour, decoded to the end; most JPEGs the short way.

    Raises:
        BrokenImageError: it can't be.
    """
    try:
        with _opened(content) as opened:
            camera = camera_of(opened)
            orientation = _orientation(opened)
            planes = planes_in(content) if _is_plain(opened, orientation) else None
            if planes is None:
                return DecodedPlanes(Planes.of(_in_rgb(opened)), camera)
            return DecodedPlanes(planes.turned(orientation), camera, _quality(opened, orientation))
    except BROKEN as error:
        raise BrokenImageError from error


def _opened(content: bytes) -> Image.Image:
    # A library that sets this lets damaged files pass.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    opened = Image.open(io.BytesIO(content), formats=FORMATS)
    if opened.format == "PNG":
        # Its checksums; what was verified can't be loaded any more.
        opened.verify()
        opened = Image.open(io.BytesIO(content), formats=FORMATS)
        # Before anybody asks for notes that stand at its end: a failure on the way there is swallowed.
        opened.load()
    return opened


def _in_rgb(opened: Image.Image) -> Image.Image:
    opened.load()
    return _in_srgb(_upright(_plain_inks(opened)))


def _is_plain(opened: Image.Image, orientation: int) -> bool:
    """Tell whether a JPEG's numbers are those to be seen, in sRGB or as good as that.

    Turning an odd number of pixels would move the colour, which has half as many, by one.
    """
    is_even = opened.width % 2 == opened.height % 2 == 0
    is_srgb = opened.mode == "L" or _names_srgb(opened.info.get("icc_profile"))
    return opened.format != "PNG" and is_srgb and (is_even or orientation == UPRIGHT)


def _names_srgb(profile: bytes | None) -> bool:
    if not profile:
        return True
    try:
        return SRGB in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except BROKEN:
        return True


def _orientation(opened: Image.Image) -> int:
    try:
        return int(opened.getexif().get(ORIENTATION, UPRIGHT))
    except BROKEN:
        return UPRIGHT


def _quality(opened: Image.Image, orientation: int) -> int:
    """Return how finely a JPEG was rounded; turned, its blocks no longer lie as they did."""
    if orientation != UPRIGHT or not isinstance(opened, JpegImageFile):
        return BEST
    return quality_of(opened.quantization)


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
