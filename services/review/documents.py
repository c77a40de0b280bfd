"""Cases as documents: personal fields and free texts are encrypted, each bound to its case."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from services.review.model import (
    LEVELS,
    Act,
    Case,
    Decision,
    Dossier,
    Duplicate,
    Entry,
    Hold,
    Item,
    Manifest,
    Person,
    Registration,
    ReturnedItem,
    SendBack,
    Verdict,
)
from shared.sealing import FieldCipher

# A document is the driver's edge: its values are checked where they become model objects.
Document = dict[str, Any]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseDocuments:
    """Turns cases into documents and back."""

    cipher: FieldCipher

    def changes(self, before: Case, after: Case) -> Document:
        """Return the fields to set, only those whose content changed."""
        fields: Document = {}
        for name, write in _WRITERS.items():
            if before.version == 0 or getattr(before, name) != getattr(after, name):
                fields[name] = write(self, after)
        return {**fields, **_derived(after)}

    def case(self, document: Document) -> Case:
        """Return the case in a document."""
        case_id = document["_id"]
        return Case(
            id=case_id,
            version=document["version"],
            seen_auth=document["seen_auth"],
            policy=document["policy"],
            registration=self._read_registration(document["registration"], case_id),
            dossier=_read_dossier(document["dossier"]),
            state=document["state"],
            since=document["since"],
            resubmitted=document["resubmitted"],
            hold=Hold(**document["hold"]) if document["hold"] else None,
            last_hold=document["last_hold"],
            manifest=_read_manifest(document["manifest"]),
            verdicts=self._read_verdicts(document["verdicts"], case_id),
            acts=tuple(Act(**act) for act in document["acts"]),
            history=tuple(Entry(**self._clear(entry, "text", case_id)) for entry in document["history"]),
            send_back=self._read_send_back(document["send_back"], case_id),
            decision=Decision(**document["decision"]) if document["decision"] else None,
            announced=tuple(document["announced"]),
            duplicates=tuple(Duplicate(**each) for each in document.get("duplicates", ())),
            erased_at=document.get("erased_at"),
        )

    def registration(self, case: Case) -> Document | None:
        """Return the registration with its personal fields as one encrypted text."""
        if case.registration is None:
            return None
        fields = _fields(case.registration)
        person = json.dumps(asdict(case.registration.person), ensure_ascii=False)
        return {**fields, "person": self.cipher.encrypt(person, case.id)}

    def verdicts(self, case: Case) -> Document:
        """Return the verdicts with their texts encrypted."""
        return {
            image_id: {level: self._hidden(_fields(v), "text", case.id) for level, v in given.items()}
            for image_id, given in case.verdicts.items()
        }

    def history(self, case: Case) -> list[Document]:
        """Return the history with its texts encrypted."""
        return [self._hidden(_fields(entry), "text", case.id) for entry in case.history]

    def send_back(self, case: Case) -> Document | None:
        """Return the send-back with its texts encrypted."""
        if case.send_back is None:
            return None
        items = [self._hidden(_fields(item), "text", case.id) for item in case.send_back.items]
        return {**_fields(case.send_back), "items": items, "images": list(case.send_back.images)}

    def person(self, document: Document) -> Person | None:
        """Return who a document is about; for lists that need nothing else of the case."""
        registration = self._read_registration(document["registration"], document["_id"])
        return registration.person if registration else None

    def _read_registration(self, stored: Document | None, case_id: str) -> Registration | None:
        if stored is None:
            return None
        person = Person(**json.loads(self.cipher.decrypt(stored["person"], case_id)))
        return Registration(**{**stored, "person": person})

    def _read_verdicts(self, stored: Document, case_id: str) -> dict[str, dict[Any, Verdict]]:
        return {
            image_id: {level: Verdict(**self._clear(v, "text", case_id)) for level, v in given.items()}
            for image_id, given in stored.items()
        }

    def _read_send_back(self, stored: Document | None, case_id: str) -> SendBack | None:
        if stored is None:
            return None
        items = tuple(ReturnedItem(**self._clear(item, "text", case_id)) for item in stored["items"])
        return SendBack(**{**stored, "items": items, "images": tuple(stored["images"])})

    def _hidden(self, fields: Document, name: str, case_id: str) -> Document:
        text = fields[name]
        return fields if text is None else {**fields, name: self.cipher.encrypt(text, case_id)}

    def _clear(self, fields: Document, name: str, case_id: str) -> Document:
        text = fields[name]
        return fields if text is None else {**fields, name: self.cipher.decrypt(text, case_id)}


def _fields(value: Any) -> Document:  # noqa: ANN401 - any of the model's dataclasses
    return {name: getattr(value, name) for name in value.__slots__}


def _plain(name: str) -> Callable[[CaseDocuments, Case], Any]:
    def write(_: CaseDocuments, case: Case) -> Any:  # noqa: ANN401 - whatever the field holds
        value = getattr(case, name)
        return _fields(value) if hasattr(value, "__slots__") and not isinstance(value, datetime) else value

    return write


def _read_dossier(stored: Document | None) -> Dossier | None:
    if stored is None:
        return None
    return Dossier(**{**stored, "overdue": tuple(stored.get("overdue", ()))})


def _manifest(_: CaseDocuments, case: Case) -> Document | None:
    if case.manifest is None:
        return None
    return {**_fields(case.manifest), "items": [_fields(item) for item in case.manifest.items]}


def _read_manifest(stored: Document | None) -> Manifest | None:
    if stored is None:
        return None
    return Manifest(**{**stored, "items": tuple(_item(item) for item in stored["items"])})


def _item(stored: Document) -> Item:
    return Item(**{**stored, "doubts": tuple(stored.get("doubts", ()))})


def _derived(case: Case) -> Document:
    """Return what only queries need: the desks' lanes and order, and when the case is free to be claimed."""
    held = case.hold is not None and case.hold.is_open
    return {
        "lanes": {level: case.lane(level) for level in LEVELS},
        "turns": {level: case.turn(level) for level in LEVELS},
        "held": held,
        "free_at": case.hold.ends_at if case.hold is not None and held else NEVER,
    }


_WRITERS: Mapping[str, Callable[[CaseDocuments, Case], Any]] = {
    "seen_auth": _plain("seen_auth"),
    "policy": _plain("policy"),
    "registration": CaseDocuments.registration,
    "dossier": _plain("dossier"),
    "state": _plain("state"),
    "since": _plain("since"),
    "resubmitted": _plain("resubmitted"),
    "hold": _plain("hold"),
    "last_hold": _plain("last_hold"),
    "manifest": _manifest,
    "verdicts": CaseDocuments.verdicts,
    "acts": lambda _, case: [_fields(act) for act in case.acts],
    "history": CaseDocuments.history,
    "send_back": CaseDocuments.send_back,
    "decision": _plain("decision"),
    "announced": lambda _, case: list(case.announced),
    "duplicates": lambda _, case: [_fields(each) for each in case.duplicates],
    "erased_at": _plain("erased_at"),
}
