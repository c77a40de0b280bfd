"""Reminding candidates of pictures that wait for their word, as whoever has left the page sees none; pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.uploads.model import Dossier, Item, ItemStatus, Rules
from services.uploads.openness import OPEN, item_openness
from shared.events import Event
from shared.events.uploads import ConfirmationWanted

# Whoever still looks at the page has said something by then.
WORD_TIME = timedelta(minutes=10)


def reminded(dossier: Dossier, rules: Rules, now: datetime) -> tuple[Dossier, list[Event]]:
    """Return the dossier as reminded of, and the news: each picture is told of once."""
    waiting = [item for item in _waiting(dossier) if item_openness(dossier, rules, item, now) == OPEN]
    if not any(now >= item.received_at + WORD_TIME for item in waiting):
        return dossier, []
    # Those that came a moment later are in the same news.
    known = tuple(item.image_id for item in dossier.items if item.image_id in dossier.reminded)
    after = replace(dossier, reminded=(*known, *(item.image_id for item in waiting)))
    categories = tuple(dict.fromkeys(item.category for item in waiting))
    return after, [ConfirmationWanted(images=len(waiting), categories=categories)]


def reminds_at(dossier: Dossier) -> datetime | None:
    """Return when the candidate is to be reminded next."""
    return min((item.received_at + WORD_TIME for item in _waiting(dossier)), default=None)


def _waiting(dossier: Dossier) -> list[Item]:
    return [
        item
        for item in dossier.items
        if item.awaits is not None
        and item.status is ItemStatus.READY
        and item.image_id not in dossier.reminded
    ]
