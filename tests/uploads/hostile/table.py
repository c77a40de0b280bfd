"""Every hostile and odd picture with what must become of it."""

from tests.uploads.hostile.attacks import BOMBS, POLYGLOTS
from tests.uploads.hostile.damage import DAMAGE
from tests.uploads.hostile.metadata import METADATA, PHONES, SIZES
from tests.uploads.hostile.modes import JPEG_MODES, OTHER_KINDS, PNG_MODES
from tests.uploads.hostile.specimen import ACCEPTED, Specimen

FAMILIES: dict[str, tuple[Specimen, ...]] = {
    "bombs": BOMBS,
    "polyglots": POLYGLOTS,
    "damage": DAMAGE,
    "JPEG modes": JPEG_MODES,
    "PNG modes": PNG_MODES,
    "other kinds": OTHER_KINDS,
    "phones": PHONES,
    "metadata": METADATA,
    "sizes": SIZES,
}
TABLE = tuple(specimen for family in FAMILIES.values() for specimen in family)
TO_WORKERS = {
    name: tuple(each for each in family if each.verdict == ACCEPTED) for name, family in FAMILIES.items()
}
