"""What was returned and comes again: held back with a question, and let through on the candidate's word."""

from dataclasses import replace

import pytest

from services.uploads.documents import dossier_document, read_dossier
from services.uploads.dossier import NewImage, add_image, remove_image
from services.uploads.errors import IdenticalImageError, SameAsReturnedError
from services.uploads.model import Dossier, ReturnedVersion
from services.uploads.returned import returned_before
from services.uploads.sendback_requests import withdraw_send_back
from services.uploads.submission import submit
from shared.events.review import SendbackWithdrawalRequested
from tests.uploads.builders import NOW, SMALL, a_new_image, added, finished, returned, rules_of, with_images

RULES = rules_of(SMALL)


def again(name: str, *, of: str = "diploma.1", anyway: bool = False) -> NewImage:
    """Return an upload with the bytes of another image."""
    category = name.partition(".")[0]
    return replace(a_new_image(name, category), sha256=a_new_image(of, category).sha256, anyway=anyway)


def without(dossier: Dossier, image_id: str) -> Dossier:
    return remove_image(dossier, RULES, image_id, NOW).dossier


def test_the_returned_bytes_are_refused_with_a_way_out() -> None:
    with pytest.raises(SameAsReturnedError) as refusal:
        add_image(returned(RULES, "diploma.1"), RULES, again("diploma.2"), NOW)

    assert refusal.value.extra == {"image_id": "diploma.1", "category": "diploma", "slot": None}


def test_they_are_refused_also_when_the_returned_version_is_dead() -> None:
    dossier = without(returned(RULES, "diploma.1"), "diploma.1")

    with pytest.raises(SameAsReturnedError):
        add_image(dossier, RULES, again("diploma.2"), NOW)


def test_they_are_taken_when_the_candidate_insists() -> None:
    step = add_image(returned(RULES, "diploma.1"), RULES, again("diploma.2", anyway=True), NOW)

    assert step.added is not None
    assert (step.added.image_id, step.added.replaces, step.added.insisted) == ("diploma.2", "diploma.1", True)
    assert step.dead is not None
    assert step.dead.item.image_id == "diploma.1"


def test_other_bytes_answer_without_a_question() -> None:
    step = added(returned(RULES, "diploma.1"), RULES, "diploma.2")

    assert step.added is not None
    assert not step.added.insisted


def test_what_was_returned_in_an_earlier_round_is_still_known() -> None:
    answered = finished(added(returned(RULES, "diploma.1"), RULES, "diploma.2").dossier)
    second = returned(RULES, "diploma.2", hold=2, dossier=submit(answered, RULES, NOW).dossier)

    with pytest.raises(SameAsReturnedError) as refusal:
        add_image(second, RULES, again("diploma.3", of="diploma.1"), NOW)

    assert refusal.value.extra["image_id"] == "diploma.1"
    assert [each.image_id for each in returned_before(second, "diploma", None)] == ["diploma.2", "diploma.1"]


def test_in_another_place_they_are_no_answer_to_the_send_back() -> None:
    dossier = without(returned(RULES, "diploma.1"), "diploma.1")

    step = add_image(dossier, RULES, again("extra.1", of="diploma.1"), NOW)

    assert step.added is not None


def test_insisting_lets_no_live_twin_in() -> None:
    dossier = with_images(returned(RULES, "diploma.1"), RULES, "diploma.2", "diploma.3")

    with pytest.raises(IdenticalImageError):
        add_image(dossier, RULES, again("diploma.4", of="diploma.3", anyway=True), NOW)


def test_returned_versions_outlive_the_database() -> None:
    dossier = returned(RULES, "diploma.1")

    document = dossier_document(dossier)

    assert read_dossier(document).returned_versions == (
        ReturnedVersion("diploma.1", "diploma", None, a_new_image("diploma.1", "diploma").sha256),
    )
    del document["returned_versions"]
    assert read_dossier(document).returned_versions == ()


def test_a_send_back_that_is_withdrawn_has_returned_nothing() -> None:
    request = SendbackWithdrawalRequested(hold=1, sendback_id="sb-1")

    step = withdraw_send_back(returned(RULES, "diploma.1"), RULES, request, NOW)

    assert step is not None
    assert step.dossier.send_back is None
    assert step.dossier.returned_versions == ()
