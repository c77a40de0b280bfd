"""Drawn faces: nobody's, but a picture of a person all the same."""

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.support.specimens.people import Person
from tests.support.specimens.sheet import Colour

_SKIN: tuple[Colour, ...] = ((232, 198, 172), (222, 184, 154), (238, 208, 184), (212, 172, 140))
_COATS: tuple[Colour, ...] = ((52, 62, 84), (72, 70, 76), (96, 52, 54), (44, 78, 82))
_HAIR: Colour = (36, 30, 28)


def portrait(person: Person, width: int, height: int, *, ground: Colour = (236, 240, 244)) -> Image.Image:
    """Return the head and shoulders of a person, the same for the same person."""
    chance = Random(f"{person.id_number}/face")
    skin = chance.choice(_SKIN)
    picture = Image.new("RGB", (400, 500), ground)
    pen = ImageDraw.Draw(picture)
    long_hair = person.sex == "女"
    if long_hair:
        pen.rounded_rectangle((112, 110, 288, 372), 80, fill=_HAIR)
    _shoulders(pen, chance.choice(_COATS), skin)
    _head(pen, skin, chance)
    _hair(pen, long_hair=long_hair)
    if chance.random() < 0.35:
        _glasses(pen)
    shaded = _lit_from_the_left(picture.filter(ImageFilter.GaussianBlur(1.6)))
    return shaded.resize((width, height), Image.Resampling.LANCZOS)


def colours_of(person: Person) -> tuple[Colour, Colour]:
    """Return the colours of the person's skin and coat, for hands and chest."""
    chance = Random(f"{person.id_number}/face")
    return chance.choice(_SKIN), chance.choice(_COATS)


def cut_out(person: Person, width: int, height: int) -> tuple[Image.Image, Image.Image]:
    """Return the person, and the mask that leaves the ground behind him away."""
    dark = portrait(person, width, height, ground=(0, 0, 0))
    light = portrait(person, width, height, ground=(255, 255, 255))
    ground = ImageChops.difference(dark, light).convert("L")
    return dark, ground.point(lambda value: 0 if value > 60 else 255).filter(ImageFilter.MinFilter(5))


def _shoulders(pen: ImageDraw.ImageDraw, coat: Colour, skin: Colour) -> None:
    pen.ellipse((20, 366, 380, 700), fill=coat)
    pen.polygon(((160, 330), (240, 330), (252, 400), (200, 446), (148, 400)), fill=_darker(skin, 0.86))
    pen.polygon(((146, 384), (200, 446), (178, 500), (128, 500), (112, 402)), fill=(240, 242, 244))
    pen.polygon(((254, 384), (200, 446), (222, 500), (272, 500), (288, 402)), fill=(240, 242, 244))


def _head(pen: ImageDraw.ImageDraw, skin: Colour, chance: Random) -> None:
    pen.ellipse((108, 214, 134, 276), fill=_darker(skin, 0.92))
    pen.ellipse((266, 214, 292, 276), fill=_darker(skin, 0.92))
    pen.ellipse((120, 110, 280, 362), fill=skin)
    for x in (164, 236):
        pen.ellipse((x - 17, 229, x + 17, 245), fill=(246, 244, 240))
        pen.ellipse((x - 8, 228, x + 8, 246), fill=(48, 36, 30))
        pen.arc((x - 24, 208 + chance.randint(-3, 3), x + 24, 240), 205, 335, fill=_HAIR, width=7)
    pen.arc((184, 240, 216, 290), 20, 160, fill=_darker(skin, 0.74), width=5)
    pen.chord((170, 300, 230, 328), 8, 172, fill=(186, 104, 96))
    pen.line((170, 313, 230, 313), fill=(150, 84, 78), width=3)


def _hair(pen: ImageDraw.ImageDraw, *, long_hair: bool) -> None:
    pen.pieslice((110, 88, 290, 300), 180, 360, fill=_HAIR)
    pen.polygon(((128, 194), (272, 194), (262, 178), (232, 166), (196, 184), (150, 172)), fill=_HAIR)
    if long_hair:
        pen.polygon(((112, 190), (136, 190), (128, 300), (114, 330)), fill=_HAIR)
        pen.polygon(((288, 190), (264, 190), (272, 300), (286, 330)), fill=_HAIR)


def _glasses(pen: ImageDraw.ImageDraw) -> None:
    for x in (164, 236):
        pen.rounded_rectangle((x - 30, 216, x + 30, 258), 12, outline=(40, 40, 44), width=4)
    pen.line((194, 234, 206, 234), fill=(40, 40, 44), width=4)


def _lit_from_the_left(picture: Image.Image) -> Image.Image:
    shade = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(picture.size)
    dark = picture.point(lambda value: value * 0.74)
    return Image.composite(dark, picture, shade.point(lambda value: value * 0.72))


def _darker(colour: Colour, factor: float) -> Colour:
    red, green, blue = (int(channel * factor) for channel in colour)
    return red, green, blue
