"""Pairs of pictures that are alike, each in a known way: what comparing is measured on."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from random import Random

from PIL import Image, ImageEnhance, ImageFilter

from tests.support.specimens import camera, encoding
from tests.support.specimens.documents import DRAWINGS, Kind
from tests.support.specimens.people import Person

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静磊强军洋勇艳杰娟涛明超秀霞平刚建华文丽"
_GREY = (120, 120, 120)
_PAPER = 5


class Relation(StrEnum):
    """How the second picture of a pair came about."""

    RECOMPRESSED = "recompressed"
    RESIZED = "resized"
    CROPPED = "cropped"
    TURNED = "turned"
    BRIGHTENED = "brightened"
    NEW_SHOT = "new shot"
    PRINTED = "photographed print"
    OTHER_PERSON = "other person"

    @property
    def is_same_shot(self) -> bool:
        """Tell whether both are files of one exposure."""
        return self in _FILES_OF_A_SHOT

    @property
    def is_same_paper(self) -> bool:
        """Tell whether both show one and the same paper."""
        return self is not Relation.OTHER_PERSON


_FILES_OF_A_SHOT = frozenset(
    {Relation.RECOMPRESSED, Relation.RESIZED, Relation.CROPPED, Relation.TURNED, Relation.BRIGHTENED}
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files, and how the second came about."""

    relation: Relation
    kind: Kind
    first: bytes
    second: bytes


def classmates(
    count: int, chance: Random, *, school: str | None = None, employer: str | None = None
) -> list[Person]:
    """Return people of one school or one employer, born within two years."""
    found: dict[str, Person] = {}
    while len(found) < count:
        name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.randint(1, 2)))
        born = f"{chance.randint(1993, 1994)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
        person = Person(name, f"370102{born}{chance.randint(0, 9999):04d}")
        if school in {None, person.school} and employer in {None, person.employer}:
            found.setdefault(person.id_number, person)
    return list(found.values())


def photographed(kind: Kind, person: Person, shot: int) -> bytes:
    """Return a photograph of a person's paper: always the same sheet, every shot another one."""
    sheet = DRAWINGS[kind](person, Random(_PAPER)).image
    picture = camera.photograph(sheet, kind, camera.Shot.of(shot))
    return encoding.jpeg(picture, max_bytes=encoding.MAX_BYTES, exif=None)


def printed(content: bytes, shot: int) -> bytes:
    """Return a photograph of a print of the picture."""
    picture = camera.photograph(_opened(content), Kind.DIPLOMA, camera.Shot.of(shot))
    return encoding.jpeg(picture, max_bytes=encoding.MAX_BYTES, exif=None)


def blurred(content: bytes, radius: float) -> bytes:
    """Return the picture less sharp."""
    return _saved(_opened(content).filter(ImageFilter.GaussianBlur(radius)), 75)


def changed(content: bytes, relation: Relation, chance: Random) -> bytes:
    """Return another file of the same shot."""
    return _saved(_CHANGES[relation](_opened(content), chance), chance.randint(35, 75))


def pairs(kind: Kind, people: list[Person], seed: int) -> Iterator[Pair]:
    """Yield for every person a pair of each relation; the last one has no other person after him."""
    chance = Random(seed)
    shots = [photographed(kind, person, seed + number) for number, person in enumerate(people)]
    for number, (person, shot) in enumerate(zip(people, shots, strict=True)):
        of = partial(Pair, kind=kind, first=shot)
        for relation in sorted(_FILES_OF_A_SHOT):
            yield of(relation=relation, second=changed(shot, relation, chance))
        yield of(relation=Relation.NEW_SHOT, second=photographed(kind, person, seed + 1000 + number))
        yield of(relation=Relation.PRINTED, second=printed(shot, seed + 2000 + number))
        if number:
            yield of(relation=Relation.OTHER_PERSON, second=shots[number - 1])


def _resized(picture: Image.Image, chance: Random) -> Image.Image:
    scale = chance.uniform(0.45, 0.9)
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _cropped(picture: Image.Image, chance: Random) -> Image.Image:
    left, top, right, bottom = (chance.uniform(0, 0.05) for _ in range(4))
    width, height = picture.size
    edges = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return picture.crop((round(edges[0]), round(edges[1]), round(edges[2]), round(edges[3])))


def _turned(picture: Image.Image, chance: Random) -> Image.Image:
    return picture.rotate(chance.uniform(-3, 3), Image.Resampling.BICUBIC, fillcolor=_GREY)


def _brightened(picture: Image.Image, chance: Random) -> Image.Image:
    lighter = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.85, 1.15))
    return ImageEnhance.Contrast(lighter).enhance(chance.uniform(0.9, 1.1))


_CHANGES: dict[Relation, Callable[[Image.Image, Random], Image.Image]] = {
    Relation.RECOMPRESSED: lambda picture, _: picture,
    Relation.RESIZED: _resized,
    Relation.CROPPED: _cropped,
    Relation.TURNED: _turned,
    Relation.BRIGHTENED: _brightened,
}


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def _saved(picture: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()
