"""What a phone camera makes of a paper: a table below it, a slant, uneven light, noise."""

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tests.support.specimens.documents import Kind
from tests.support.specimens.people import Person
from tests.support.specimens.portrait import colours_of, cut_out
from tests.support.specimens.sheet import Colour, Point, rounded

Pixels = NDArray[np.float32]

_LANDSCAPE = (1600, 1200)
_UPRIGHT = (1200, 1600)
_TABLES: tuple[Colour, ...] = (
    (139, 119, 98),
    (112, 121, 124),
    (108, 96, 86),
    (90, 102, 110),
    (150, 140, 126),
)
_CARDS = (Kind.ID_FRONT, Kind.ID_BACK)


@dataclass(frozen=True, slots=True)
class Shot:
    """How one picture was taken: everything by chance, the same for the same seed."""

    chance: Random
    noise: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> "Shot":
        """Return the circumstances that belong to a seed."""
        return cls(Random(seed), np.random.default_rng(seed))


def photograph(paper: Image.Image, kind: Kind, shot: Shot) -> Image.Image:
    """Return the paper as photographed on a table."""
    size = _UPRIGHT if paper.height > paper.width else _LANDSCAPE
    scene = _table(size, shot)
    mask = rounded(paper.size, 42 if kind in _CARDS else 4)
    corners = _slanted(paper.size, size, 0.82 if kind in _CARDS else 0.93, shot.chance)
    _lay(scene, paper, mask, corners)
    return _exposed(scene, shot)


def selfie(card: Image.Image, person: Person, shot: Shot) -> Image.Image:
    """Return the person holding the card in front of the chest."""
    width, height = _LANDSCAPE
    scene = _wall(_LANDSCAPE, shot)
    skin, coat = colours_of(person)
    bust, outline = cut_out(person, 760, 950)
    left, top = width // 2 - 380, 20
    chest = Image.new("L", _LANDSCAPE, 0)
    ImageDraw.Draw(chest).rounded_rectangle((left + 42, top + 900, left + 718, height + 90), 80, fill=255)
    scene.paste(Image.new("RGB", _LANDSCAPE, coat), (0, 0), chest.filter(ImageFilter.GaussianBlur(2)))
    scene.paste(bust, (left, top), outline.filter(ImageFilter.GaussianBlur(2)))
    small = card.resize((840, 530), Image.Resampling.LANCZOS)
    corners = _slanted(small.size, (width, height + 680), 0.4, shot.chance)
    _lay(scene, small, rounded(small.size, 30), corners)
    _hands(scene, corners, skin)
    return _exposed(scene, shot)


def scanned(paper: Image.Image, shot: Shot, width: int) -> Image.Image:
    """Return the paper as a flatbed scanner gives it: even light, hardly any noise."""
    ground = paper.resize((width, round(width * paper.height / paper.width)), Image.Resampling.LANCZOS)
    margin = width // 24
    page = Image.new("RGB", (ground.width + 2 * margin, ground.height + 2 * margin), (250, 250, 248))
    page.paste(ground, (margin, margin))
    angle = shot.chance.uniform(-0.7, 0.7)
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(250, 250, 248))


def _table(size: tuple[int, int], shot: Shot) -> Image.Image:
    base = np.array(shot.chance.choice(_TABLES), dtype=np.float32)
    grain = _clouds(size, (7, 150), 7, shot) + _clouds(size, (14, 12), 8, shot)
    return _image(base + grain[..., None] * np.array((1.0, 0.94, 0.86), dtype=np.float32))


def _wall(size: tuple[int, int], shot: Shot) -> Image.Image:
    tint = np.array((206, 208, 206), dtype=np.float32)
    scene = _image(tint + _clouds(size, (6, 5), 5, shot)[..., None])
    pen = ImageDraw.Draw(scene)
    pen.rectangle((0, 0, 250, 700), fill=(176, 164, 148))
    for number, shelf in enumerate(range(60, 700, 160)):
        pen.rectangle((0, shelf + 118, 250, shelf + 132), fill=(128, 104, 82))
        for book in range(6):
            shade = 70 + (book * 37 + number * 53) % 120
            pen.rectangle((book * 40 + 6, shelf, book * 40 + 34, shelf + 118), fill=(shade, 110, 180 - shade))
    return scene.filter(ImageFilter.GaussianBlur(9))


def _clouds(size: tuple[int, int], cells: tuple[int, int], depth: float, shot: Shot) -> Pixels:
    coarse = shot.noise.normal(0, depth, cells).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)


def _slanted(paper: tuple[int, int], scene: tuple[int, int], share: float, chance: Random) -> list[Point]:
    scale = share * min(scene[0] / paper[0], scene[1] / paper[1])
    half = (paper[0] * scale / 2, paper[1] * scale / 2)
    slope = chance.uniform(-0.03, 0.03)
    corners = []
    for right, below in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = right * half[0] * chance.uniform(0.965, 1.0), below * half[1] * chance.uniform(0.965, 1.0)
        corners.append((scene[0] / 2 + x - y * slope, scene[1] / 2 + y + x * slope))
    return corners


def _lay(scene: Image.Image, paper: Image.Image, mask: Image.Image, corners: list[Point]) -> None:
    terms = _perspective(corners, paper.size)
    flat, bicubic = Image.Transform.PERSPECTIVE, Image.Resampling.BICUBIC
    lying = paper.transform(scene.size, flat, terms, bicubic)
    shape = mask.transform(scene.size, flat, terms, Image.Resampling.BILINEAR)
    small = shape.resize((scene.width // 4, scene.height // 4)).filter(ImageFilter.GaussianBlur(4))
    shadow = small.resize(scene.size).point(lambda value: value * 0.5)
    scene.paste(Image.new("RGB", scene.size, (22, 20, 18)), (7, 11), shadow)
    scene.paste(lying, (0, 0), shape)


def _perspective(corners: list[Point], paper: tuple[int, int]) -> list[float]:
    width, height = paper
    rows: list[list[float]] = []
    wanted: list[float] = []
    for (x, y), (u, v) in zip(corners, ((0, 0), (width, 0), (width, height), (0, height)), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        wanted += [u, v]
    solution = np.linalg.solve(np.array(rows), np.array(wanted))
    return [float(term) for term in solution]


def _hands(scene: Image.Image, corners: list[Point], skin: Colour) -> None:
    layer = scene.copy()
    pen = ImageDraw.Draw(layer)
    top_left, top_right, bottom_right, bottom_left = corners
    shade = (int(skin[0] * 0.86), int(skin[1] * 0.84), int(skin[2] * 0.82))
    for side, (top, bottom) in ((-1, (top_left, bottom_left)), (1, (top_right, bottom_right))):
        x, y = bottom[0], (top[1] + bottom[1] * 2) / 3
        pen.ellipse(
            (x - 62 + side * 50, y - 36, x + 62 + side * 50, y + 150), fill=skin, outline=shade, width=3
        )
        for finger in range(3):
            low = y + 28 + finger * 34
            pen.line((x + side * 84, low, x + side * 24, low + 6), fill=shade, width=4)
        thumb = sorted((x + side * 50, x - side * 44))
        pen.rounded_rectangle((thumb[0], y - 26, thumb[1], y + 26), 26, fill=skin, outline=shade, width=3)
    edge = layer.filter(ImageFilter.GaussianBlur(2))
    scene.paste(edge, (0, 0), _changed(scene, layer))


def _changed(before: Image.Image, after: Image.Image) -> Image.Image:
    same = (np.asarray(before) == np.asarray(after)).all(axis=2)
    return Image.fromarray(np.where(same, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))


def _exposed(scene: Image.Image, shot: Shot) -> Image.Image:
    width, height = scene.size
    pixels = np.asarray(scene.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float32)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    tilt = (shot.chance.uniform(-0.26, 0.26), shot.chance.uniform(-0.2, 0.2))
    light = 1.0 + tilt[0] * across + tilt[1] * down - 0.32 * (across**2 + down**2)
    warmth = np.array((1.02, 1.0, shot.chance.uniform(0.93, 0.99)), dtype=np.float32)
    grain = shot.noise.standard_normal((height, width), dtype=np.float32) * 2.6
    return _image(pixels * light[..., None] * warmth + grain[..., None])


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
