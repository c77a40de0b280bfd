"""Pictures that wait for a word from somebody who has left the page: told once, after ten minutes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.confirmation import confirm
from services.uploads.due import due
from services.uploads.model import Dossier
from services.uploads.reminding import WORD_TIME
from shared.events import Event
from shared.events.uploads import ConfirmationWanted
from shared.policy.office import Window
from tests.uploads.builders import NOW, a_dossier, a_submitted_dossier, claimed, rules_of, with_images
from tests.uploads.test_confirmation import RULES, asked

SECOND = timedelta(seconds=1)


def waiting() -> Dossier:
    """Return a dossier with two pictures that wait, of one category."""
    return asked(asked(with_images(a_dossier(), RULES, "idp.1"), "diploma.1").dossier, "diploma.2").dossier


def reminders(events: tuple[Event, ...]) -> list[ConfirmationWanted]:
    return [event for event in events if isinstance(event, ConfirmationWanted)]


def test_what_waits_is_told_once_with_the_papers_it_belongs_to() -> None:
    early = due(waiting(), RULES, NOW + WORD_TIME - SECOND)
    step = due(early.dossier, RULES, NOW + WORD_TIME)
    again = due(step.dossier, RULES, NOW + 2 * WORD_TIME)

    assert reminders(early.events) == []
    assert early.dossier.next_due_at == NOW + WORD_TIME
    assert reminders(step.events) == [ConfirmationWanted(images=2, categories=("diploma",))]
    assert reminders(again.events) == []
    assert step.dossier.reminded == ("diploma.1", "diploma.2")


def test_whoever_has_given_the_word_in_time_hears_nothing() -> None:
    dossier = waiting()
    for name in ("diploma.1", "diploma.2"):
        step = confirm(dossier, RULES, name, NOW)
        assert step is not None
        dossier = step.dossier

    assert reminders(due(dossier, RULES, NOW + WORD_TIME).events) == []


def test_a_picture_that_comes_to_wait_later_is_told_of_by_itself() -> None:
    told = due(waiting(), RULES, NOW + WORD_TIME).dossier
    more = asked(told, "extra.1").dossier
    *others, extra = more.items
    late = replace(more, items=(*others, replace(extra, received_at=NOW + WORD_TIME)))

    step = due(late, RULES, NOW + 2 * WORD_TIME)

    assert reminders(step.events) == [ConfirmationWanted(images=1, categories=("extra",))]
    assert step.dossier.reminded == ("diploma.1", "diploma.2", "extra.1")


@pytest.mark.parametrize("why", ["window", "hold"])
def test_nobody_is_asked_for_a_word_that_could_not_be_given(why: str) -> None:
    dossier, rules = waiting(), RULES
    if why == "window":
        rules = rules_of(window=Window(close=NOW + SECOND))
    else:
        dossier = replace(dossier, hold=claimed(a_submitted_dossier(RULES), RULES).hold)

    step = due(dossier, rules, NOW + WORD_TIME)

    assert (reminders(step.events), step.dossier.reminded) == ([], ())
