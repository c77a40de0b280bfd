"""Putting images in and taking them out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.dossier import add_image, ensure_room, refuse_image, remove_image
from services.uploads.errors import (
    CategoryFullError,
    CategoryUnknownError,
    DossierLockedError,
    IdenticalImageError,
    ImageNotFoundError,
    SlotTakenError,
)
from services.uploads.handshake import manifest_of
from services.uploads.model import Verdict
from services.uploads.submission import submit
from shared.events.uploads import DossierChanged, ImageReceived, ImageRefused
from shared.policy.values import LockOn, UnlockScope
from tests.uploads.builders import (
    DEMO,
    NOW,
    a_dossier,
    a_full_dossier,
    a_new_image,
    a_policy,
    a_submitted_dossier,
    added,
    finished,
    returned,
    rules_of,
    with_images,
)

RULES = rules_of()


def test_an_image_is_put_into_its_category_and_announced() -> None:
    step = added(a_dossier(), RULES, "diploma.1")

    assert [item.image_id for item in step.dossier.items] == ["diploma.1"]
    assert (step.dossier.version, step.dossier.revision) == (2, 1)
    assert [type(event) for event in step.events] == [ImageReceived, DossierChanged]


def test_a_further_picture_that_completes_nothing_is_not_announced_as_a_new_state() -> None:
    dossier = with_images(a_dossier(), RULES, "diploma.1")

    step = added(dossier, RULES, "diploma.2")

    assert [type(event) for event in step.events] == [ImageReceived]
    assert step.dossier.gate == dossier.gate


def test_a_paper_that_leaves_others_missing_tells_nobody_but_moves_the_gate() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1")

    step = added(dossier, RULES, "diploma.1")

    assert [type(event) for event in step.events] == [ImageReceived]
    assert step.dossier.gate == dossier.gate + 1


def test_the_picture_that_completes_the_dossier_is_announced() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1", "idp.2")

    step = added(dossier, RULES, "diploma.1")

    state = step.events[-1]
    assert isinstance(state, DossierChanged)
    assert state.complete
    assert step.exact_count


def test_s0_17_the_category_stays_open_behind_the_last_image() -> None:
    dossier = with_images(a_dossier(), RULES, "diploma.1", "diploma.2")

    assert added(dossier, RULES, "diploma.3").dossier.count("diploma") == 3


def test_s0_18_a_full_category_takes_no_more() -> None:
    dossier = with_images(a_dossier(), RULES, "diploma.1", "diploma.2", "diploma.3")

    with pytest.raises(CategoryFullError):
        added(dossier, RULES, "diploma.4")


def test_s0_18_a_category_of_exactly_two_takes_no_third() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1", "idp.2")

    with pytest.raises(CategoryFullError):
        added(dossier, RULES, "idp.3")


def test_s0_34_the_number_of_id_pictures_is_data() -> None:
    rules = rules_of(DEMO)

    dossier = with_images(a_dossier(DEMO), rules, "id_proof.1", "id_proof.2", "id_proof.3")

    assert [item.slot for item in dossier.items] == ["front", "back", "handheld"]


def test_an_image_without_a_wish_takes_the_first_free_slot() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1", "idp.2")

    assert [item.slot for item in dossier.items] == ["front", "back"]


def test_a_taken_slot_is_refused() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1")

    with pytest.raises(SlotTakenError):
        add_image(dossier, RULES, a_new_image("idp.2", "idp", slot="front"), NOW)


@pytest.mark.parametrize(("category", "slot"), [("nothing", None), ("idp", "left"), ("diploma", "front")])
def test_an_unknown_category_or_place_is_refused(category: str, slot: str | None) -> None:
    with pytest.raises(CategoryUnknownError):
        add_image(a_dossier(), RULES, a_new_image("a", category, slot=slot), NOW)


def test_identical_bytes_are_refused_in_every_category() -> None:
    dossier = with_images(a_dossier(), RULES, "diploma.1")
    twin = replace(a_new_image("extra.1", "extra"), sha256=dossier.items[0].sha256)

    with pytest.raises(IdenticalImageError) as refusal:
        add_image(dossier, RULES, twin, NOW)

    assert refusal.value.extra["image_id"] == "diploma.1"


def test_a_replacement_takes_the_place_and_the_slot() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1", "idp.2")

    step = added(dossier, RULES, "idp.3", replaces="idp.1")

    assert [(item.image_id, item.slot) for item in step.dossier.items] == [
        ("idp.3", "front"),
        ("idp.2", "back"),
    ]
    assert step.dead is not None
    assert (step.dead.item.image_id, step.dead.cause) == ("idp.1", "replaced")


def test_only_a_live_image_of_the_category_can_be_replaced() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1")

    with pytest.raises(ImageNotFoundError):
        added(dossier, RULES, "diploma.1", replaces="idp.1")
    with pytest.raises(ImageNotFoundError):
        added(dossier, RULES, "idp.2", replaces="gone")


def test_s0_19_a_deleted_image_makes_room_for_another() -> None:
    dossier = with_images(a_dossier(), RULES, "idp.1", "idp.2")

    step = remove_image(dossier, RULES, "idp.1", NOW)
    again = added(step.dossier, RULES, "idp.3")

    assert step.dead is not None
    assert (step.dead.item.image_id, step.dead.cause) == ("idp.1", "removed")
    assert [item.slot for item in again.dossier.items] == ["back", "front"]


def test_s0_20_a_locked_image_can_neither_be_deleted_nor_joined() -> None:
    dossier = a_submitted_dossier(RULES)

    with pytest.raises(DossierLockedError):
        remove_image(dossier, RULES, "diploma.1", NOW)
    with pytest.raises(DossierLockedError):
        added(dossier, RULES, "diploma.2")
    with pytest.raises(DossierLockedError):
        added(dossier, RULES, "diploma.2", replaces="diploma.1")


def test_what_a_worker_cannot_read_empties_its_place_visibly() -> None:
    dossier = added(a_dossier(), RULES, "diploma.1").dossier

    step = refuse_image(dossier, RULES, "diploma.1", "image_damaged", NOW)

    assert step is not None
    assert step.dossier.items == ()
    assert [(entry.image_id, entry.code) for entry in step.dossier.refused] == [
        ("diploma.1", "image_damaged")
    ]
    assert [type(event) for event in step.events] == [ImageRefused, DossierChanged]


def test_a_finished_image_is_not_refused_any_more() -> None:
    assert refuse_image(a_full_dossier(RULES), RULES, "diploma.1", "image_damaged", NOW) is None
    assert refuse_image(a_dossier(), RULES, "diploma.1", "image_damaged", NOW) is None


def test_a_new_picture_in_the_place_ends_the_note_about_the_refused_one() -> None:
    dossier = added(a_dossier(), RULES, "diploma.1").dossier
    step = refuse_image(dossier, RULES, "diploma.1", "image_damaged", NOW)
    assert step is not None

    assert added(step.dossier, RULES, "diploma.2").dossier.refused == ()


def test_an_upload_into_the_category_takes_the_returned_place() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE))
    dossier = returned(rules, "diploma.1")

    step = added(dossier, rules, "diploma.2")

    assert step.added is not None
    assert step.added.replaces == "diploma.1"
    assert step.dossier.count("diploma") == 1
    assert step.dossier.send_back is not None
    assert step.dossier.send_back.acted
    assert step.dossier.send_back.places[0].answered_by == "diploma.2"


def test_a_free_slot_that_no_place_names_stays_closed_when_images_are_opened_one_by_one() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE))
    partial = replace(rules, required=frozenset({"diploma"}))
    submitted = submit(with_images(a_dossier(rules.policy), partial, "idp.1", "diploma.1"), partial, NOW)
    dossier = returned(partial, "idp.1", dossier=submitted.dossier)

    with pytest.raises(DossierLockedError):
        add_image(dossier, partial, a_new_image("idp.2", "idp", slot="back"), NOW)
    with pytest.raises(DossierLockedError):
        ensure_room(dossier, partial, a_new_image("idp.2", "idp", slot="back"), NOW)

    step = add_image(dossier, partial, a_new_image("idp.2", "idp", slot="front"), NOW)
    assert [(item.image_id, item.slot) for item in step.dossier.items] == [
        ("idp.2", "front"),
        ("diploma.1", None),
    ]


def test_a_free_slot_is_open_where_its_whole_category_was_opened() -> None:
    rules = replace(rules_of(a_policy(scope=UnlockScope.CATEGORY)), required=frozenset({"diploma"}))
    submitted = submit(with_images(a_dossier(rules.policy), rules, "idp.1", "diploma.1"), rules, NOW)
    dossier = returned(rules, "idp.1", dossier=submitted.dossier)

    step = add_image(dossier, rules, a_new_image("idp.2", "idp", slot="back"), NOW)

    assert step.dossier.count("idp") == 2


def test_an_answer_can_itself_be_replaced_and_still_names_what_the_reviewer_saw() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE))
    dossier = added(returned(rules, "diploma.1"), rules, "diploma.2").dossier

    step = added(dossier, rules, "diploma.3", replaces="diploma.2")

    assert step.added is not None
    assert step.added.replaces == "diploma.1"
    assert step.dossier.send_back is not None
    assert step.dossier.send_back.places[0].answered_by == "diploma.3"


def test_an_answer_that_is_deleted_leaves_the_place_open_again() -> None:
    rules = rules_of(a_policy(scope=UnlockScope.IMAGE))
    dossier = added(returned(rules, "idp.2"), rules, "idp.3").dossier

    emptied = remove_image(dossier, rules, "idp.3", NOW).dossier
    again = added(emptied, rules, "idp.4")

    assert again.added is not None
    assert (again.added.replaces, again.added.slot) == ("idp.2", "back")


def test_a_replaced_image_that_no_reviewer_saw_is_not_named_in_the_manifest() -> None:
    rules = rules_of(a_policy(locks=frozenset({LockOn.REVIEW_CLAIM})))
    seen = replace(a_full_dossier(rules), verdicts={"diploma.1": Verdict("passed", "site")})

    once = added(seen, rules, "diploma.2", replaces="diploma.1").dossier
    twice = added(once, rules, "diploma.3", replaces="diploma.2").dossier

    assert [item.replaces for item in manifest_of(finished(twice), 1).items] == [None, None, "diploma.1"]


def test_an_accepted_image_is_looked_after_within_a_minute() -> None:
    step = added(a_dossier(), RULES, "diploma.1")

    assert step.dossier.next_due_at == NOW + timedelta(seconds=60)
