"""Images that wait for the candidate's word: they take room, but are not handed in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.confirmation import confirm, hold_back
from services.uploads.dossier import ImageStep, remove_image
from services.uploads.errors import (
    CategoryFullError,
    ConfirmationMissingError,
    DossierLockedError,
    ImageNotFoundError,
    StillProcessingError,
    UploadWindowClosedError,
)
from services.uploads.handshake import claim
from services.uploads.model import Awaits, Dossier, Rules
from services.uploads.openness import settled_count
from services.uploads.submission import submit
from shared.events.uploads import DossierChanged, DossierClaimRefused, DossierLocked, ImageReady
from shared.policy.office import Window
from shared.policy.values import OnExpiry, UnlockScope
from tests.uploads.builders import (
    MADE,
    NOW,
    a_claim,
    a_dossier,
    a_full_dossier,
    a_policy,
    added,
    claimed,
    returned,
    rules_of,
    with_images,
)

RULES = rules_of()
MINUTE = timedelta(minutes=1)


def asked(dossier: Dossier, name: str, rules: Rules = RULES, *, replaces: str | None = None) -> ImageStep:
    """Return the step after which a new image waits for the candidate's word."""
    processing = added(dossier, rules, name, replaces=replaces).dossier
    step = hold_back(processing, rules, name, MADE, Awaits.SAME_SHOT)
    assert step is not None
    return step


def test_an_image_that_waits_is_ready_but_completes_nothing() -> None:
    step = asked(with_images(a_dossier(), RULES, "idp.1", "idp.2"), "diploma.1")

    assert [need.code for need in RULES.missing(step.dossier)] == ["diploma"]
    assert step.events == (
        ImageReady(image_id="diploma.1", category="diploma"),
        DossierChanged(
            stage="draft",
            revision=4,
            image_count=2,
            complete=False,
            submitted_at=None,
            submissions=0,
            hold=None,
            send_back=None,
        ),
    )


def test_a_confirmed_image_counts_and_others_hear_of_it() -> None:
    waiting = asked(with_images(a_dossier(), RULES, "idp.1", "idp.2"), "diploma.1").dossier

    step = confirm(waiting, RULES, "diploma.1", NOW)

    assert step is not None
    assert RULES.missing(step.dossier) == ()
    (told,) = step.events
    assert isinstance(told, DossierChanged)
    assert (told.complete, told.image_count, told.revision) == (True, 3, 5)


def test_what_waits_for_nothing_needs_no_confirmation() -> None:
    assert confirm(a_full_dossier(RULES), RULES, "diploma.1", NOW) is None


def test_a_submission_names_every_image_that_waits() -> None:
    waiting = asked(a_full_dossier(RULES), "extra.1").dossier

    with pytest.raises(ConfirmationMissingError) as refusal:
        submit(waiting, RULES, NOW)

    assert refusal.value.detail == "有 1 张图片等待您确认：其他材料。请先点“确认使用”，或重新上传"
    assert refusal.value.extra == {
        "images": [{"image_id": "extra.1", "category": "extra", "slot": None, "awaits": "same_shot"}]
    }


def test_an_image_that_waits_takes_room() -> None:
    waiting = asked(with_images(a_dossier(), RULES, "extra.1", "extra.2"), "extra.3").dossier

    with pytest.raises(CategoryFullError):
        added(waiting, RULES, "extra.4")


def test_an_image_that_waits_may_be_removed_or_replaced_instead() -> None:
    waiting = asked(a_dossier(), "diploma.1").dossier

    assert remove_image(waiting, RULES, "diploma.1", NOW).dossier.items == ()
    assert added(waiting, RULES, "diploma.2", replaces="diploma.1").dossier.count("diploma") == 1


def test_a_returned_place_is_not_answered_before_the_candidate_has_confirmed() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE))
    waiting = asked(returned(rules, "diploma.1"), "diploma.2", rules, replaces="diploma.1").dossier

    step = confirm(waiting, rules, "diploma.2", NOW)

    assert step is not None
    assert (settled_count(waiting, rules), settled_count(step.dossier, rules)) == (0, 1)


def test_no_image_is_confirmed_while_a_reviewer_looks_and_none_that_waits_is_shown_to_him() -> None:
    rules = rules_of(a_policy(locks=frozenset()))
    waiting = asked(submit(a_full_dossier(rules), rules, NOW).dossier, "extra.1", rules).dossier

    step = claim(waiting, rules, a_claim(), NOW, NOW)

    assert step is not None
    locked = step.events[0]
    assert isinstance(locked, DossierLocked)
    assert [item.image_id for item in locked.items] == ["idp.1", "idp.2", "diploma.1"]
    with pytest.raises(DossierLockedError):
        confirm(claimed(waiting, rules), rules, "extra.1", NOW)


def test_a_dossier_of_nothing_but_questions_is_not_up_for_review() -> None:
    step = claim(asked(a_dossier(), "diploma.1").dossier, RULES, a_claim(), NOW, NOW)

    assert step is not None
    assert step.events == (DossierClaimRefused(hold=1, reason="not-ready"),)


def test_a_question_beside_a_send_back_can_still_be_answered() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE, locks=frozenset()))
    waiting = asked(submit(a_full_dossier(rules), rules, NOW).dossier, "extra.1", rules).dossier
    sent_back = returned(rules, "diploma.1", dossier=waiting)

    assert confirm(sent_back, rules, "extra.1", NOW) is not None


def test_who_uploaded_in_time_may_confirm_for_a_minute_after_closing() -> None:
    window = Window(close=NOW + timedelta(seconds=1), on_expiry=OnExpiry.LOCK)
    rules = rules_of(window=window)
    waiting = asked(a_dossier(), "diploma.1", rules).dossier

    assert confirm(waiting, rules, "diploma.1", NOW + MINUTE) is not None
    with pytest.raises(UploadWindowClosedError):
        confirm(waiting, rules, "diploma.1", NOW + MINUTE + timedelta(seconds=1))


def test_an_image_is_not_confirmed_unseen() -> None:
    waiting = asked(a_dossier(), "diploma.1").dossier

    with pytest.raises(ImageNotFoundError):
        confirm(waiting, RULES, "diploma.2", NOW)
    assert hold_back(waiting, RULES, "diploma.1", MADE, Awaits.SHRUNK) is None


def test_a_worker_has_to_be_done_first() -> None:
    dossier = added(a_dossier(), RULES, "diploma.1").dossier
    unseen = replace(dossier, items=(replace(dossier.items[0], awaits=Awaits.SHRUNK),))

    with pytest.raises(StillProcessingError):
        confirm(unseen, RULES, "diploma.1", NOW)
