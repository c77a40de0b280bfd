"""The pictures of the bench: documents as a phone photographs them, 1600x1200, about 190 KB of JPEG."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.specimens import Kind, Person, specimen

KINDS = (Kind.DIPLOMA, Kind.ID_FRONT, Kind.ID_IN_HAND, Kind.LICENCE)
HOLDERS = (Person("张样例", "370199198906080113"), Person("李示范", "370199199011150226"))
_COMMENT = b"\xff\xfe"
_START = 2


def photographs(number: int = 8) -> list[bytes]:
    """Return different photographs, the same ones in every run."""
    made = []
    for seed in range(number):
        person, kind = HOLDERS[seed // len(KINDS) % len(HOLDERS)], KINDS[seed % len(KINDS)]
        made.append(specimen(kind, person, seed).content)
    return made


def written(folder: Path, contents: Sequence[bytes]) -> list[Path]:
    """Write the photographs into a folder, for processes of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.jpg" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def numbered(content: bytes, number: int) -> bytes:
    """Return the same photograph as a file of its own: nothing but a comment differs."""
    note = f"kaoshen bench {number}".encode()
    length = (len(note) + 2).to_bytes(2, "big")
    return content[:_START] + _COMMENT + length + note + content[_START:]
