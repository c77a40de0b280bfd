"""What every command of the dossier ends with: a step, or a refusal in the candidate's words."""

from dataclasses import dataclass, replace
from typing import Literal

from services.uploads.autosave import is_autosaved
from services.uploads.errors import DossierLockedError, UploadNotOpenYetError, UploadWindowClosedError
from services.uploads.model import Dossier, Rules
from services.uploads.openness import Closed, settled_count, supplied_papers
from shared.clock import shanghai_sentence
from shared.errors import ConflictError
from shared.events import Event
from shared.events.uploads import DossierChanged, DossierStage, OpenDuePapers, OpenSendback, SendbackClosed
from shared.policy.values import Release, ReviewLevel

LOCKED_WORDS = {
    "submitted": "上报完成，内容已锁定，不能修改",
    "review_in_progress": "审核进行中，暂时不能修改",
    "site_passed": "考点审核已通过，内容已锁定",
    "decided": "审核已结束，内容已锁定",
    "not_returned": "这一项没有被退回，保持锁定，不能修改",
    "uploaded": "图片上传后即锁定，不能修改",
    "superseded": "您已重新报考，这份材料不再使用，请到新的报名里上传",
    "carried_over": "沿用往年已通过的图片，已锁定，无需再传",
    "sendback_expired": "补充材料的时间已过，请联系考点办公室",
    "due_paper_expired": "补交材料的时间已过，请联系考点办公室",
}
# Where nobody submits anything, nothing was 上报.
AUTOSAVED_WORDS = {**LOCKED_WORDS, "submitted": "材料已自动保存并锁定，等待审核，暂时不能修改"}


@dataclass(frozen=True, slots=True)
class Step:
    """A command that was accepted: the new state and what is to be said."""

    dossier: Dossier
    events: tuple[Event, ...]


def announced(after: Dossier, rules: Rules, facts: list[Event]) -> Step:
    """Return the step of a command that changed what is open or announced."""
    moved = replace(after, version=after.version + 1, gate=after.gate + 1)
    return Step(moved, (*facts, state_of(moved, rules)))


def state_of(dossier: Dossier, rules: Rules) -> DossierChanged:
    """Return the dossier's full public state."""
    return DossierChanged(
        stage=dossier.stage,
        revision=dossier.revision,
        image_count=len(dossier.handed_in),
        complete=bool(dossier.handed_in) and not rules.missing(dossier),
        submitted_at=dossier.submitted_at,
        submissions=dossier.submissions,
        hold=dossier.hold.number if dossier.hold else None,
        send_back=_open_sendback(dossier, rules),
        due_papers=_open_due_papers(dossier),
        overdue=dossier.overdue,
        doubtful=sum(bool(item.derivatives and item.derivatives.doubts) for item in dossier.handed_in),
    )


def sendback_closed(dossier: Dossier, outcome: Literal["answered", "expired", "withdrawn"]) -> SendbackClosed:
    """Return the end of the open send-back.

    Raises:
        ValueError: none is open.
    """
    if dossier.send_back is None:
        raise ValueError("no send-back is open")
    opened = dossier.send_back
    return SendbackClosed(sendback_id=opened.sendback_id, round=opened.round, outcome=outcome)


def visible_stage(dossier: Dossier, rules: Rules) -> DossierStage:
    """Return the stage as far as the candidate may know it: an unreleased result shows as submitted."""
    if dossier.stage == "site_passed" and not is_released(rules, ReviewLevel.SITE):
        return "submitted"
    if dossier.stage in {"passed", "rejected"} and not is_released(rules, rules.policy.review.levels[-1]):
        return "submitted"
    return dossier.stage


def is_released(rules: Rules, level: ReviewLevel) -> bool:
    """Tell whether a level's result goes out with its decision."""
    return rules.policy.result.release_of(level) is Release.IMMEDIATELY


def visible(closed: Closed, dossier: Dossier, rules: Rules) -> Closed:
    """Return why something is closed, without giving an unreleased result away."""
    is_hidden = visible_stage(dossier, rules) != dossier.stage
    return Closed("submitted", dossier.submitted_at) if is_hidden else closed


def refuse_closed(state: object, dossier: Dossier, rules: Rules) -> None:
    """Turn a closed place into its refusal, as far as the candidate may know why.

    Raises:
        ConflictError: it is closed.
    """
    if isinstance(state, Closed):
        raise refusal_of(visible(state, dossier, rules), rules)


def refusal_of(closed: Closed, rules: Rules) -> ConflictError:
    """Return the error that tells the candidate why a place is closed."""
    instant = closed.instant.isoformat() if closed.instant else None
    if closed.reason == "not_open_yet" and closed.instant:
        text = f"上传将于{shanghai_sentence(closed.instant)}开始"
        return UploadNotOpenYetError(text, opens_at=instant)
    if closed.reason == "window_closed" and closed.instant:
        text = f"上传已于{shanghai_sentence(closed.instant)}结束"
        return UploadWindowClosedError(text, closed_at=instant)
    words = AUTOSAVED_WORDS if is_autosaved(rules) else LOCKED_WORDS
    return DossierLockedError(words[closed.reason], reason=closed.reason, since=instant)


def _open_sendback(dossier: Dossier, rules: Rules) -> OpenSendback | None:
    if dossier.send_back is None:
        return None
    return OpenSendback(
        sendback_id=dossier.send_back.sendback_id,
        round=dossier.send_back.round,
        answered=settled_count(dossier, rules),
        wanted=len(dossier.send_back.places),
    )


def _open_due_papers(dossier: Dossier) -> OpenDuePapers | None:
    if dossier.due_papers is None:
        return None
    return OpenDuePapers(supplied=supplied_papers(dossier), wanted=len(dossier.due_papers.categories))
