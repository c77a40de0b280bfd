"""What time alone brings about: send-backs answered or missed, dossiers put forward or given up; pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.uploads.announcing import Step, announced, sendback_closed
from services.uploads.autosave import (
    autosaved,
    goes_forward_at,
    is_answered,
    is_autosaved,
    put_forward,
    quiet_at,
)
from services.uploads.instants import GRACE, send_back_expires_at
from services.uploads.lapsing import lapsed, limits
from services.uploads.model import Dossier, ItemStatus, Rules
from services.uploads.reminding import reminded, reminds_at
from shared.events import Event
from shared.events.uploads import CopiesWanted, DossierAbandoned, ImageReceived
from shared.policy.values import OnExpiry

PROCESSING_TIME = timedelta(seconds=60)
# How long a dossier waits for a picture that is in processing elsewhere, before it asks for the paper anew.
COPYING_TIME = timedelta(hours=2)


def due(dossier: Dossier, rules: Rules, now: datetime) -> Step:
    """Do what time brings about and say when to look again; done twice, it changes nothing more.

    What no worker has finished for a minute is put to the workers again, more and more rarely.
    """
    moved = advanced(dossier, rules, now)
    after = moved.dossier if moved else replace(dossier, version=dossier.version + 1)
    after, reminders = reminded(after, rules, now)
    stale = [
        ImageReceived(image_id=item.image_id, category=item.category, slot=item.slot)
        for item in after.items
        if item.status is ItemStatus.PROCESSING and now - item.received_at >= PROCESSING_TIME
    ]
    is_late = bool(after.copying) and now - after.opened_at >= PROCESSING_TIME
    copies = [CopiesWanted(count=len(after.copying))] if is_late else []
    again = replace(after, next_due_at=next_look(after, rules, now))
    return Step(again, (*(moved.events if moved else ()), *reminders, *stale, *copies))


def at_rest(dossier: Dossier) -> Step:
    """Say of a dossier that was erased that time does nothing to it any more."""
    return Step(replace(dossier, version=dossier.version + 1, next_due_at=None), ())


def advanced(dossier: Dossier, rules: Rules, now: datetime) -> Step | None:
    """Bring the dossier to where it stands by now; none where nothing changes."""
    after, events = _send_back_ended(dossier, rules, now)
    after, more = lapsed(autosaved(after, rules, now), rules, now)
    # More time may have brought back what now goes forward.
    after = autosaved(after, rules, now)
    if after == dossier:
        return None
    after = replace(after, next_due_at=next_look(after, rules, now))
    return announced(after, rules, [*events, *more])


def looked_at(dossier: Dossier, rules: Rules, now: datetime) -> Dossier:
    """Return a dossier just changed, to be looked at when its worker should be done, or when it is quiet."""
    looks = (dossier.next_due_at, now + PROCESSING_TIME, quiet_at(dossier, rules))
    return replace(dossier, next_due_at=min(look for look in looks if look is not None))


def next_look(dossier: Dossier, rules: Rules, now: datetime) -> datetime | None:
    """Return when time next does something to the dossier."""
    begun = [item.received_at for item in dossier.items if item.status is ItemStatus.PROCESSING]
    begun += [dossier.opened_at] if dossier.copying else []
    expiry = send_back_expires_at(dossier, rules)
    is_draft = dossier.stage == "draft" and is_autosaved(rules)
    looks = [
        *(max(since + PROCESSING_TIME, now + (now - since)) for since in begun),
        dossier.opened_at + COPYING_TIME if dossier.copying else None,
        expiry + GRACE if expiry else None,
        reminds_at(dossier),
        quiet_at(dossier, rules),
        goes_forward_at(dossier, rules) if is_draft else None,
        *(limit.acts_at for limit in limits(dossier, rules) if limit.on_expiry in _ACTING),
    ]
    return min((look for look in looks if look is not None and look > now), default=None)


_ACTING = frozenset({OnExpiry.FLAG, OnExpiry.ABANDON})


def _send_back_ended(dossier: Dossier, rules: Rules, now: datetime) -> tuple[Dossier, list[Event]]:
    """End the send-back that quiet or the deadline ends; what came in time and is processed is waited for."""
    expiry, quiet = send_back_expires_at(dossier, rules), quiet_at(dossier, rules)
    is_over = expiry is not None and now >= expiry + GRACE
    counts = is_answered(dossier, rules) and (is_autosaved(rules) or _is_automatic(dossier))
    if counts and (is_over or (quiet is not None and now >= quiet)):
        return (dossier, []) if dossier.is_processing else answered(dossier, rules, now)
    return _expired(dossier, rules, expiry) if is_over and expiry is not None else (dossier, [])


def answered(dossier: Dossier, rules: Rules, now: datetime) -> tuple[Dossier, list[Event]]:
    """Close the send-back as answered, and put forward what a reviewer has asked for."""
    closed: list[Event] = [sendback_closed(dossier, "answered")]
    if _is_automatic(dossier):
        return autosaved(_as_it_stood(dossier, rules), rules, now), closed
    return put_forward(dossier, now), closed


def _expired(dossier: Dossier, rules: Rules, expiry: datetime) -> tuple[Dossier, list[Event]]:
    events: list[Event] = [sendback_closed(dossier, "expired")]
    if _is_automatic(dossier):
        return _as_it_stood(dossier, rules), events
    after = replace(dossier, send_back=None, expired=dossier.send_back, expired_at=expiry, overdue=())
    if rules.policy.deadline.supplement.on_expiry is OnExpiry.ABANDON:
        after = replace(after, stage="abandoned")
        events.append(DossierAbandoned(missed="supplement", missed_at=expiry))
    return after, events


def _as_it_stood(dossier: Dossier, rules: Rules) -> Dossier:
    """Return the dossier without its automatic send-back: put forward if a candidate had done so before."""
    before = dossier.send_back.before if dossier.send_back else None
    if before is None or is_autosaved(rules) or before.stage not in {"submitted", "site_passed"}:
        return replace(dossier, stage="draft", send_back=None)
    return replace(dossier, stage=before.stage, submitted_at=before.submitted_at, send_back=None)


def _is_automatic(dossier: Dossier) -> bool:
    return dossier.send_back is not None and dossier.send_back.automatic
