"""Which papers the story's candidate has, and where on the page they belong."""

from dataclasses import dataclass
from typing import Final

from tests.support.gateway_client import Json
from tests.support.specimens import Form, Kind, Person, Specimen, specimen

IDENTITY: Final = "身份证明"
DIPLOMA: Final = "毕业证书"
PROOF: Final = "试用期考核合格证明"
_BY_WORD: Final = {"许可证": Kind.LICENCE, "承诺": Kind.COMMITMENT, "毕业": Kind.DIPLOMA}
_BY_SLOT: Final = {"人像": Kind.ID_FRONT, "国徽": Kind.ID_BACK, "手持": Kind.ID_IN_HAND}


@dataclass(frozen=True, slots=True)
class Paper:
    """A picture to upload, and its place."""

    category: str
    category_name: str
    slot: str | None
    label: str
    specimen: Specimen


@dataclass(frozen=True, slots=True)
class Folder:
    """Renders the candidate's papers for the page's categories."""

    person: Person
    seed: int

    def identity(self, dossier: Json) -> list[Paper]:
        """Return the identity card's three pictures: front JPEG, back PNG, in hand turned by the phone."""
        category = category_named(dossier, IDENTITY)
        turns: dict[Kind, tuple[Form, int | None]] = {
            Kind.ID_FRONT: ("jpeg", None),
            Kind.ID_BACK: ("png", None),
            Kind.ID_IN_HAND: ("jpeg", 6),
        }
        papers = []
        for slot in category["slots"]:
            kind = next(kind for word, kind in _BY_SLOT.items() if word in slot["name"])
            form, orientation = turns[kind]
            papers.append(self._paper(category, slot, kind, form=form, orientation=orientation))
        return papers

    def diploma(self, dossier: Json, *, readable: bool) -> Paper:
        """Return the diploma: with the lamp's reflection on its number, or taken again without."""
        kind = Kind.DIPLOMA if readable else Kind.DIPLOMA_GLARE
        return self._paper(category_named(dossier, DIPLOMA), None, kind)

    def proof(self, dossier: Json, *, again: bool = False) -> Paper:
        """Return the proof of practice; `again` is another photograph of the same sheet."""
        return self._paper(category_named(dossier, PROOF), None, Kind.PRACTICE_PROOF, shift=7 if again else 0)

    def further_required(self, dossier: Json) -> list[Paper]:
        """Return what else this candidate must hand in."""
        known = (IDENTITY, DIPLOMA, PROOF)
        wanted = [c for c in dossier["categories"] if c["required"] and c["name"] not in known]
        return [
            self._paper(category, slot, _kind_of(category["name"]), shift=20 + number)
            for category in wanted
            for number, slot in enumerate(category["slots"] or [None] * max(1, category["min_images"]))
        ]

    def _paper(
        self,
        category: Json,
        slot: Json | None,
        kind: Kind,
        *,
        form: Form = "jpeg",
        orientation: int | None = None,
        shift: int = 0,
    ) -> Paper:
        rendered = specimen(kind, self.person, self.seed + shift + len(kind), form, orientation)
        label = f"{category['name']}{' · ' + slot['name'] if slot else ''}"
        return Paper(category["code"], category["name"], slot["code"] if slot else None, label, rendered)


def category_named(dossier: Json, name: str) -> Json:
    """Return the category with this name."""
    found: Json | None = next((c for c in dossier["categories"] if c["name"] == name), None)
    assert found is not None, f"the page has no category {name}"
    return found


def images_of(dossier: Json) -> dict[str, Json]:
    """Return every picture on the page by its id."""
    return {image["image_id"]: image for category in dossier["categories"] for image in category["images"]}


def _kind_of(category_name: str) -> Kind:
    return next((kind for word, kind in _BY_WORD.items() if word in category_name), Kind.COMMITMENT)
