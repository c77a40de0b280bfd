"""What a case still says once its dossier was deleted for good: what was decided when, by whom; of nobody."""

from dataclasses import replace
from datetime import datetime

from services.review.model import Case, Entry, Registration, SendBack, Verdict, Verdicts

ENDED = frozenset({"passed", "rejected", "closed"})


def forget(case: Case, now: datetime) -> Case:
    """Drop the person and every free text; a case that was not decided is closed and leaves its desk.

    Codes, counts, instants and who acted stay: they are the record of the review. Again changes nothing, and
    an unknown case remembers that there is nothing to take over any more.
    """
    if case.erased_at is not None:
        return case
    return replace(
        case,
        registration=_nobody(case.registration),
        state=case.state if case.state in ENDED else "closed",
        hold=None,
        verdicts=_without_texts(case.verdicts),
        history=(*map(_silent, case.history), Entry(now, "erased")),
        send_back=_wordless(case.send_back),
        duplicates=(),
        erased_at=now,
    )


def _nobody(registration: Registration | None) -> Registration | None:
    """Return where the registration belonged; the names of its category and places tell of nobody."""
    if registration is None:
        return None
    blank = {"name": "", "id_type": "", "id_number": "", "phone": "", "admission_ticket_no": ""}
    return replace(registration, person=replace(registration.person, **blank, attributes={}))


def _without_texts(verdicts: Verdicts) -> Verdicts:
    def silent(verdict: Verdict) -> Verdict:
        return replace(verdict, text=None)

    return {
        image_id: {level: silent(verdict) for level, verdict in given.items()}
        for image_id, given in verdicts.items()
    }


def _silent(entry: Entry) -> Entry:
    """Return a line without its comment; why uploads refused a claim is a code."""
    return entry if entry.kind == "claim_refused" else replace(entry, text=None)


def _wordless(send_back: SendBack | None) -> SendBack | None:
    if send_back is None:
        return None
    return replace(send_back, items=tuple(replace(item, text="") for item in send_back.items))
