"""What a picture is like: the same shot keeps its hash, and the numbers follow what an eye would say."""

import io
from itertools import combinations

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from services.uploads.documents import item_document, read_item
from services.uploads.imaging.finishing import finish
from services.uploads.traits import Camera, Doubt, Traits
from tests.support.specimens import Kind, Person, specimen
from tests.uploads.builders import a_dossier, finished, rules_of, with_images
from tests.uploads.pictures import a_picture, encoded

SIZE = (960, 720)
PERSON = Person("张例", "370102198003121234")
POSITION, DETAILS = 0x8825, 0x8769
MAKE, MODEL, SOFTWARE, TAKEN_AT = 0x010F, 0x0110, 0x0131, 0x9003


def traits(picture: Image.Image, **options: object) -> Traits:
    return finish(encoded(picture, "JPEG", **options), "").traits


def bits_apart(one: Traits, other: Traits) -> int:
    return (int(one.perceptual_hash, 16) ^ int(other.perceptual_hash, 16)).bit_count()


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_same_shot_recompressed_resized_or_brightened_keeps_its_hash(seed: int) -> None:
    shot = a_picture(seed, SIZE)
    first = traits(shot, quality=92)

    assert len(first.perceptual_hash) == 16
    for again in (
        traits(shot, quality=30),
        traits(shot.resize((640, 480), Image.Resampling.BICUBIC), quality=80),
        traits(shot.resize((1280, 960), Image.Resampling.BILINEAR)),
        traits(ImageEnhance.Brightness(shot).enhance(1.1)),
        traits(shot.filter(ImageFilter.GaussianBlur(2))),
    ):
        assert bits_apart(first, again) <= 4


def test_other_shots_and_turned_ones_have_other_hashes() -> None:
    shots = [a_picture(seed, SIZE) for seed in range(1, 9)]
    turned = shots[0].transpose(Image.Transpose.ROTATE_90)

    found = [traits(shot) for shot in (*shots, turned)]

    assert min(bits_apart(*pair) for pair in combinations(found, 2)) >= 16


def test_the_hash_is_of_the_paper_and_not_of_the_mark() -> None:
    original = encoded(a_picture(1, SIZE), "JPEG")

    assert finish(original, "仅供审核使用").traits == finish(original, "").traits


def test_an_even_picture_has_a_hash_too() -> None:
    assert len(traits(Image.new("RGB", (64, 64), (255, 255, 255))).perceptual_hash) == 16


def test_a_blurred_picture_is_less_sharp_at_every_step() -> None:
    sharp = a_picture(3, (120, 90)).resize(SIZE, Image.Resampling.NEAREST)

    found = [traits(sharp.filter(ImageFilter.GaussianBlur(radius))).sharpness for radius in (0, 1, 2, 4)]

    assert found == sorted(found, reverse=True)
    assert found[0] > 2 * found[-1]


def test_a_dark_picture_is_dark_and_a_washed_out_one_glares() -> None:
    dark, bright = traits(Image.new("RGB", SIZE, (30, 30, 30))), Image.new("RGB", SIZE, (200, 200, 200))
    bright.paste((255, 255, 255), (300, 200, 540, 380))

    washed = traits(bright)

    assert dark.brightness == pytest.approx(30, abs=2)
    assert dark.glare == 0
    assert washed.brightness > 190
    assert washed.glare == pytest.approx(240 * 180 / (960 * 720), abs=0.015)


def test_white_paper_and_the_white_bed_of_a_scanner_do_not_glare() -> None:
    page, card = Image.new("RGB", SIZE, (254, 254, 254)), Image.new("RGB", SIZE, (255, 255, 255))
    card.paste((190, 200, 205), (200, 150, 760, 570))

    assert traits(page).glare == 0
    assert traits(card).glare == 0


@pytest.mark.parametrize("size", [(480, 360), (640, 480), (1920, 1440)])
def test_the_same_shot_resized_or_recompressed_is_never_sharper(size: tuple[int, int]) -> None:
    shot = specimen(Kind.DIPLOMA, PERSON, seed=3)
    first = finish(shot.content, "").traits.sharpness

    again = traits(shot.upright.resize(size, Image.Resampling.LANCZOS), quality=80).sharpness

    assert again <= first * 1.05


def test_light_does_not_make_a_paper_sharp_or_blurred() -> None:
    shot = specimen(Kind.DIPLOMA, PERSON, seed=3).upright

    light, dark = traits(shot), traits(ImageEnhance.Brightness(shot).enhance(0.35))

    assert dark.sharpness == pytest.approx(light.sharpness, rel=0.2)


@pytest.mark.parametrize("kind", [Kind.ID_FRONT, Kind.ID_BACK, Kind.DIPLOMA])
def test_a_lamp_that_burns_a_spot_out_is_found(kind: Kind) -> None:
    shot = specimen(kind, PERSON, seed=22).upright.copy()
    spot = Image.new("L", shot.size)
    ImageDraw.Draw(spot).ellipse((700, 500, 1100, 800), fill=255)
    shot.paste((255, 255, 255), (0, 0), spot.filter(ImageFilter.GaussianBlur(30)))

    assert traits(shot).doubts == ("glaring",)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.DIPLOMA_GLARE])
def test_ordinary_papers_raise_no_doubt(kind: Kind) -> None:
    for seed in range(20, 26):
        assert finish(specimen(kind, PERSON, seed=seed).content, "").traits.doubts == ()


@pytest.mark.parametrize(("spoil", "doubt"), [("blur", "blurred"), ("dark", "dark")])
def test_blurred_and_dark_papers_raise_their_doubt(spoil: str, doubt: Doubt) -> None:
    for kind in (Kind.ID_FRONT, Kind.DIPLOMA, Kind.PRACTICE_PROOF):
        shot = specimen(kind, PERSON, seed=22).upright
        blurred, dark = shot.filter(ImageFilter.GaussianBlur(4)), ImageEnhance.Brightness(shot).enhance(0.3)

        assert doubt in traits(blurred if spoil == "blur" else dark).doubts


def test_s3_24_camera_program_and_time_are_read_and_the_position_never() -> None:
    exif = Image.Exif()
    exif[MAKE], exif[MODEL], exif[SOFTWARE] = "Xiaomi", " M2012K11AC\x00 ", "Photoshop\n" * 40
    exif.get_ifd(DETAILS)[TAKEN_AT] = "2020:03:11 08:30:00"
    exif.get_ifd(POSITION)[2] = (36.0, 40.0, 0.0)

    made = finish(encoded(a_picture(1), "JPEG", exif=exif), "")

    assert made.camera == Camera("Xiaomi", "M2012K11AC", ("Photoshop" * 40)[:64], "2020:03:11 08:30:00")
    assert not Image.open(io.BytesIO(made.copy)).getexif()


@pytest.mark.parametrize("exif", [b"Exif\x00\x00broken", b"Exif\x00\x00MM\x00*\x00\x00\x00\xff"])
def test_broken_notes_say_nothing_about_the_camera(exif: bytes) -> None:
    assert finish(encoded(a_picture(1), "JPEG", exif=exif), "").camera == Camera()


def test_a_picture_that_was_finished_before_there_were_traits_can_still_be_read() -> None:
    item = finished(with_images(a_dossier(), rules_of(), "diploma.1")).items[0]
    document = item_document(item)
    for later in ("traits", "camera"):
        del document["derivatives"][later]

    assert read_item(document) == item
