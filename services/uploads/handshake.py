"""The dossier's state machine, the reviewers' half: claim, release, send back, decide, fenced by the hold."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from services.uploads.announcing import Step, announced
from services.uploads.autosave import autosaved, stays_forward
from services.uploads.due import next_look
from services.uploads.errors import ForeignHoldError, TooEarlyError
from services.uploads.model import (
    Dossier,
    DuePapers,
    EndedHold,
    Hold,
    Item,
    ReturnedPlace,
    Rules,
    SendBack,
    Standing,
    Verdict,
)
from services.uploads.returned import remembering
from shared.events.review import CaseClaimed, CaseDecided, CaseReleased, CaseSentBack, ImageVerdict
from shared.events.uploads import DossierClaimRefused, DossierLocked, ManifestItem

READY_TIME = timedelta(seconds=60)
RefusalReason = Literal["withdrawn", "closed", "superseded", "not-ready"]


def claim(
    dossier: Dossier, rules: Rules, event: CaseClaimed, claimed_at: datetime, now: datetime
) -> Step | None:
    """Freeze the dossier for a reviewer, or refuse; none for a claim that has its answer.

    Raises:
        TooEarlyError: the end of the hold before has not arrived, or a worker still has to finish an image.
    """
    if event.hold <= dossier.ended_hold.number or _is_live(dossier, event.hold):
        return None
    if dossier.hold is not None:
        if event.hold < dossier.hold.number:
            return None
        raise TooEarlyError
    reason = _refusal(dossier, rules, now)
    if reason is None and dossier.is_processing:
        if now - claimed_at < READY_TIME:
            raise TooEarlyError
        reason = "not-ready"
    if reason is not None:
        return _refused(dossier, rules, event.hold, reason, now)
    after = replace(dossier, hold=Hold(event.hold, event.level, now))
    return announced(after, rules, [manifest_of(after, event.hold)])


def release(dossier: Dossier, rules: Rules, event: CaseReleased) -> Step | None:
    """End a hold without a decision; none if it has ended, or was overtaken by the live one.

    Raises:
        TooEarlyError: the claim has not arrived yet.
    """
    if event.hold <= dossier.ended_hold.number:
        return None
    if dossier.hold is not None and event.hold < dossier.hold.number:
        return None
    _require_live(dossier, event.hold)
    after = replace(dossier, hold=None, ended_hold=EndedHold(event.hold, "released"))
    return announced(after, rules, [])


def send_back(
    dossier: Dossier, rules: Rules, event: CaseSentBack, places: Sequence[ReturnedPlace], now: datetime
) -> Step | None:
    """End the hold and open what was returned; none if it was done before.

    Raises:
        TooEarlyError: the claim has not arrived yet.
        ForeignHoldError: the hold ended otherwise.
    """
    if _was_done(dossier, event.hold, "sent_back"):
        return None
    opened = SendBack(
        sendback_id=event.sendback_id,
        round=event.round,
        level=event.level,
        deadline=event.deadline,
        created_at=now,
        places=tuple(places),
        before=_standing(dossier),
    )
    after = replace(
        _ended(dossier, event.hold, "sent_back", event.verdicts, event.level),
        stage="returned",
        submitted_at=None,
        expired=None,
        expired_at=None,
        rounds=event.round,
        site_passed=False,
        decided=False,
        decided_at=None,
        send_back=opened,
        overdue=(),
    )
    after = remembering(after, places)
    return announced(replace(after, next_due_at=next_look(after, rules, now)), rules, [])


def _standing(dossier: Dossier) -> Standing:
    """Return where the dossier stood; one whose send-back had expired was up for review like any other."""
    stage = "submitted" if dossier.stage == "returned" else dossier.stage
    since = dossier.submitted_at or dossier.expired_at
    return Standing(stage, since, dossier.site_passed, dossier.decided)


def decide(dossier: Dossier, rules: Rules, event: CaseDecided, now: datetime) -> Step | None:
    """End the hold with a level's decision; none if it was done before.

    Raises:
        TooEarlyError: the claim has not arrived yet.
        ForeignHoldError: the hold ended otherwise.
    """
    if _was_done(dossier, event.hold, "decided"):
        return None
    after = _ended(dossier, event.hold, "decided", event.verdicts, event.level)
    after = replace(after, decided=True, send_back=None, expired=None, expired_at=None)
    if event.final:
        papers = DuePapers(frozenset(event.due_papers), now) if event.due_papers else None
        after = replace(after, stage=event.outcome, due_papers=papers, decided_at=now)
    elif event.outcome == "passed":
        after = replace(after, stage="site_passed", site_passed=True)
    return announced(replace(after, next_due_at=next_look(after, rules, now)), rules, [])


def manifest_of(dossier: Dossier, hold: int) -> DossierLocked:
    """Return what the reviewer judges."""
    items = tuple(_manifest_item(item) for item in dossier.handed_in)
    canonical = json.dumps([[item.image_id, item.sha256] for item in items], separators=(",", ":"))
    return DossierLocked(
        hold=hold,
        revision=dossier.revision,
        digest=hashlib.sha256(f"{dossier.revision}:{canonical}".encode()).hexdigest(),
        items=items,
    )


def _is_live(dossier: Dossier, number: int) -> bool:
    return dossier.hold is not None and dossier.hold.number == number


def _refusal(dossier: Dossier, rules: Rules, now: datetime) -> RefusalReason | None:
    if dossier.superseded_by is not None:
        return "superseded"
    if dossier.stage in {"passed", "rejected", "abandoned", "closed"}:
        return "closed"
    if dossier.send_back is not None or not dossier.handed_in:
        return "not-ready"
    is_up = dossier.stage != "submitted" or stays_forward(dossier, rules, now)
    return "withdrawn" if dossier.stage == "draft" or not is_up else None


def _refused(dossier: Dossier, rules: Rules, number: int, reason: RefusalReason, now: datetime) -> Step:
    after = autosaved(replace(dossier, ended_hold=EndedHold(number, "refused")), rules, now)
    fact = DossierClaimRefused(hold=number, reason=reason)
    if after.stage != dossier.stage:
        return announced(replace(after, next_due_at=next_look(after, rules, now)), rules, [fact])
    return Step(replace(after, version=dossier.version + 1, gate=dossier.gate + 1), (fact,))


def _require_live(dossier: Dossier, number: int) -> None:
    if _is_live(dossier, number):
        return
    if dossier.hold is None or number > dossier.hold.number:
        raise TooEarlyError
    raise ForeignHoldError(f"hold {number} is not live")


def _was_done(dossier: Dossier, number: int, cause: str) -> bool:
    """Tell whether a decision under this hold was applied.

    Raises:
        TooEarlyError: the claim has not arrived yet.
        ForeignHoldError: the hold ended otherwise.
    """
    ended = dossier.ended_hold
    if number < ended.number:
        return True
    if number == ended.number:
        if ended.cause != cause:
            raise ForeignHoldError(f"hold {number} was {ended.cause}, now {cause}")
        return True
    _require_live(dossier, number)
    return False


def _ended(
    dossier: Dossier,
    number: int,
    cause: Literal["sent_back", "decided"],
    verdicts: Sequence[ImageVerdict],
    level: Literal["site", "district"],
) -> Dossier:
    live = {item.image_id for item in dossier.items}
    kept: Mapping[str, Verdict] = {key: value for key, value in dossier.verdicts.items() if key in live}
    spoken = {v.image_id: Verdict(v.verdict, level) for v in verdicts if v.image_id in live}
    return replace(dossier, hold=None, ended_hold=EndedHold(number, cause), verdicts={**kept, **spoken})


def _manifest_item(item: Item) -> ManifestItem:
    if item.derivatives is None:
        raise ValueError("a manifest holds finished images only")
    return ManifestItem(
        image_id=item.image_id,
        category=item.category,
        slot=item.slot,
        sha256=item.sha256,
        width=item.derivatives.width,
        height=item.derivatives.height,
        replaces=item.replaces,
        doubts=item.derivatives.doubts,
    )
