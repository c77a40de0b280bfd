"""Files as phones and scanners write them, small enough for the intake."""

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

MAX_BYTES = 204_800
_BEST, _WORST = 88, 20
_GPS_BLOCK = 0x8825
_CAMERA_BLOCK = 0x8769


def jpeg(picture: Image.Image, *, max_bytes: int, exif: Image.Exif | None) -> bytes:
    """Return the picture as JPEG in the best quality that fits."""
    low, high = _WORST, _BEST
    best = _jpeg(picture, _WORST, exif)
    while low < high:
        quality = (low + high + 1) // 2
        content = _jpeg(picture, quality, exif)
        if len(content) <= max_bytes:
            low, best = quality, content
        else:
            high = quality - 1
    return best


def png(picture: Image.Image, *, exif: Image.Exif | None) -> bytes:
    """Return the picture as true-colour PNG; rounded tones make it compress."""
    tones = picture.point(lambda value: min(255, round(value / 12) * 12))
    target = io.BytesIO()
    notes = PngInfo()
    if exif is not None:
        notes.add_text("Comment", "scanned at 36.6683N 117.0208E")
    tones.save(target, "PNG", pnginfo=notes, **({"exif": exif} if exif is not None else {}))
    return target.getvalue()


def camera_notes(orientation: int | None) -> Image.Exif:
    """Return what a phone writes into a picture: camera, time, place, how it was held."""
    notes = Image.Exif()
    notes[0x010F] = "Kaoshen"
    notes[0x0110] = "Specimen Camera 1"
    notes[0x0112] = orientation or 1
    notes[0x0132] = "2020:03:12 21:40:00"
    camera = notes.get_ifd(_CAMERA_BLOCK)
    camera[0x9003] = "2020:03:12 21:40:00"
    camera[0xA431] = "SPECIMEN-SERIAL-0001"
    place = notes.get_ifd(_GPS_BLOCK)
    place.update({1: "N", 2: (36.0, 40.0, 6.0), 3: "E", 4: (117.0, 1.0, 15.0)})
    return notes


def _jpeg(picture: Image.Image, quality: int, exif: Image.Exif | None) -> bytes:
    target = io.BytesIO()
    if exif is None:
        picture.save(target, "JPEG", quality=quality)
    else:
        picture.save(target, "JPEG", quality=quality, exif=exif)
    return target.getvalue()
