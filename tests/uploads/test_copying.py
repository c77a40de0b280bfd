"""Copies of another dossier's images over fakes: made once, encrypted anew, whatever dies in between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.uploads.consumers import subscriptions, worker_subscriptions
from services.uploads.due import COPYING_TIME
from services.uploads.errors import DossierLockedError, TooEarlyError
from services.uploads.model import Awaits, Hold, ItemStatus, Place
from services.uploads.page_schemas import DossierAnswer, RefusalAnswer
from services.uploads.use_cases.intake import Upload
from services.uploads.use_cases.rewatermarking import PicturesInHand
from shared.events import Event, Scope
from shared.events.uploads import ComparisonRequested, CopiesWanted, DossierStage
from shared.messaging.consumer import Handled
from shared.object_store import ObjectStoreUnavailableError
from shared.policy.model import Policy
from shared.policy.values import CarryOver, Duplicates
from tests.support.envelopes import delivered, enveloped
from tests.uploads.builders import CANDIDATE, NOW, REGISTRATION, a_registration, a_registration_event
from tests.uploads.conftest import Uploads
from tests.uploads.pictures import jpeg
from tests.uploads.test_carrying import CARRYING

OLD = "old"
MINUTE = timedelta(minutes=1)
UPLOADED = (("idp", 1), ("idp", 2), ("diploma", 3), ("probation", 4))


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def hear(uploads: Uploads, event: Event, registration: str = REGISTRATION) -> object:
    workers = worker_subscriptions(
        uploads.watermark_image, uploads.find_duplicates, uploads.copy_images, PicturesInHand()
    )
    every = [*subscriptions(uploads.use_cases), *workers]
    envelope = enveloped(event, at=uploads.clock.now(), scope=Scope(registration=registration))
    return await delivered(every, event, envelope)


async def earlier(
    session: str = "2019", stage: DossierStage = "passed", policy: Policy = CARRYING
) -> Uploads:
    """Return the service in which the candidate has another dossier."""
    uploads = Uploads(policy=policy)
    place = Place(session, "37", "3701")
    uploads.registrations.registrations[OLD] = replace(a_registration(), registration_id=OLD, place=place)
    await uploads.use_cases.open_dossier(OLD, CANDIDATE)
    for category, number in UPLOADED:
        upload = Upload(OLD, CANDIDATE, f"key-{number:08d}", category)
        await uploads.use_cases.accept_image(upload, pieces(jpeg(number)))
    for item in uploads.dossiers.dossiers[OLD].items:
        await uploads.watermark_image(OLD, item.image_id)
    uploads.put(replace(uploads.dossiers.dossiers[OLD], stage=stage))
    return uploads


async def reopened() -> Uploads:
    """Return the service in which the candidate, approved last year, has just come in."""
    uploads = await earlier()
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    return uploads


async def test_last_session_s_papers_come_with_objects_keys_and_a_watermark_of_their_own() -> None:
    uploads = await earlier()
    before = dict(uploads.raw.objects)

    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)

    assert len(page.dossier.copying) == 3
    assert uploads.said[-2:] == ["uploads.dossier.changed", "uploads.copies.wanted"]
    assert await hear(uploads, uploads.dossiers.said[-1]) == Handled()
    await uploads.work()
    old, items = uploads.dossiers.dossiers[OLD], uploads.dossier.items
    assert uploads.dossier.copying == ()
    assert [item.status for item in items] == [ItemStatus.READY] * 3
    for copy, source in zip(items, old.items, strict=False):
        assert copy.sha256 == source.sha256
        assert copy.original.key != source.original.key
        assert copy.original.wrapped_key != source.original.wrapped_key
        assert uploads.raw.objects[copy.original.key] != uploads.raw.objects[source.original.key]
        assert copy.derivatives != source.derivatives
    assert {key: uploads.raw.objects[key] for key in before} == before


async def test_opening_and_copying_again_make_nothing_twice() -> None:
    uploads = await reopened()
    wanted = uploads.dossiers.said[-1]
    await hear(uploads, wanted)
    objects, items = set(uploads.raw.objects), uploads.dossier.items

    await hear(uploads, wanted)
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)

    assert set(uploads.raw.objects) == objects
    assert uploads.dossier.items == items
    assert uploads.said.count("uploads.copies.wanted") == 1


async def test_a_store_that_is_away_leaves_the_copies_to_another_time() -> None:
    uploads = await reopened()
    uploads.raw.is_down = True

    with pytest.raises(ObjectStoreUnavailableError):
        await uploads.copy_images(REGISTRATION)

    uploads.raw.is_down = False
    await uploads.copy_images(REGISTRATION)
    assert len(uploads.dossier.items) == 3


async def test_a_source_that_is_gone_is_done_without() -> None:
    uploads = await reopened()
    await uploads.raw.delete(uploads.dossiers.dossiers[OLD].items[0].original.key)

    await uploads.copy_images(REGISTRATION)

    assert uploads.dossier.copying == ()
    assert len(uploads.dossier.items) == 2


async def test_a_copy_for_which_there_is_no_room_any_more_leaves_no_object() -> None:
    uploads = await reopened()
    upload = Upload(REGISTRATION, CANDIDATE, "key-00000009", "idp", "front")
    await uploads.use_cases.accept_image(upload, pieces(jpeg(9)))

    await uploads.copy_images(REGISTRATION)

    recorded = {item.original.key for item in uploads.dossier.items}
    stored = {key for key in uploads.raw.objects if key.startswith(f"{REGISTRATION}/")}
    assert stored == recorded
    assert len(uploads.dossier.items) == 3


async def test_copies_that_nobody_made_are_wanted_again_after_a_minute() -> None:
    uploads = await reopened()

    uploads.clock.advance(MINUTE)
    await uploads.use_cases.run_due()

    assert uploads.said.count("uploads.copies.wanted") == 2


async def test_re_registration_brings_the_images_of_the_replaced_registration_or_the_one_before() -> None:
    taking_none = CARRYING.model_copy(update={"carry_over": CarryOver.NONE})
    uploads = await earlier("2020", "draft", taking_none)
    never_opened = replace(a_registration(), registration_id="between", supersedes=OLD)
    uploads.registrations.registrations["between"] = never_opened
    uploads.registrations.registrations[REGISTRATION] = replace(a_registration(), supersedes="between")

    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)

    assert [order.category for order in page.dossier.copying] == ["idp", "idp", "diploma", "probation"]


async def test_nothing_comes_from_the_dossier_of_somebody_else() -> None:
    uploads = await earlier("2020", "draft")
    uploads.put(replace(uploads.dossiers.dossiers[OLD], candidate_id="somebody"))
    uploads.registrations.registrations[REGISTRATION] = replace(a_registration(), supersedes=OLD)

    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)

    assert page.dossier.copying == ()


async def test_a_dossier_that_is_closed_meanwhile_takes_no_copies_any_more() -> None:
    uploads = await reopened()
    await hear(uploads, a_registration_event(registration_id="r2", supersedes=REGISTRATION))

    await uploads.copy_images(REGISTRATION)

    assert (uploads.dossier.stage, uploads.dossier.items, uploads.dossier.copying) == ("closed", (), ())


async def re_registered_while_processing(*, awaits: Awaits | None = None) -> Uploads:
    """Return the service with a new dossier, while the last picture of the replaced one is in processing."""
    uploads = await earlier("2020", "closed")
    uploads.registrations.registrations[REGISTRATION] = replace(a_registration(), supersedes=OLD)
    old = uploads.dossiers.dossiers[OLD]
    first, *others = old.items
    begun = replace(first, status=ItemStatus.PROCESSING, derivatives=None)
    uploads.put(replace(old, items=(begun, *others)))
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    if awaits is not None:
        uploads.put(replace(old, items=(replace(first, awaits=awaits), *others)))
    return uploads


async def test_a_picture_still_in_processing_comes_along_as_soon_as_it_is_ready() -> None:
    uploads = await re_registered_while_processing()

    with pytest.raises(TooEarlyError):
        await uploads.copy_images(REGISTRATION)

    assert [item.category for item in uploads.dossier.items] == ["idp", "diploma", "probation"]
    assert [order.slot for order in uploads.dossier.copying] == ["front"]
    await uploads.watermark_image(OLD, uploads.dossiers.dossiers[OLD].items[0].image_id)
    await uploads.copy_images(REGISTRATION)
    assert uploads.dossier.copying == ()
    assert len(uploads.dossier.items) == 4


async def test_a_picture_that_came_to_wait_for_the_candidate_s_word_stays_behind() -> None:
    uploads = await re_registered_while_processing(awaits=Awaits.SHRUNK)

    await uploads.copy_images(REGISTRATION)

    assert uploads.dossier.copying == ()
    assert len(uploads.dossier.items) == 3


async def test_a_picture_that_no_worker_finishes_is_waited_for_two_hours_and_then_asked_for_anew() -> None:
    uploads = await re_registered_while_processing()
    with pytest.raises(TooEarlyError):
        await uploads.copy_images(REGISTRATION)

    # As time alone brings it about: the scheduler puts the order to a worker again.
    uploads.clock.advance(COPYING_TIME - MINUTE)
    await uploads.use_cases.run_due()
    assert uploads.dossier.next_due_at == uploads.clock.now() + MINUTE
    uploads.clock.advance(MINUTE)
    await uploads.use_cases.run_due()
    wanted = uploads.dossiers.said[-1]
    assert isinstance(wanted, CopiesWanted)
    for _ in range(2):
        assert await hear(uploads, wanted) == Handled()

    assert uploads.dossier.copying == ()
    assert [item.category for item in uploads.dossier.items] == ["idp", "diploma", "probation"]
    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    (idp,) = [one for one in DossierAnswer.of(page).categories if one.code == "idp"]
    assert [image.refusal for image in idp.images if image.slot == "front"] == [
        RefusalAnswer(code="not_carried_over", detail="原有材料里的这张图片没能自动带过来，请重新上传")
    ]
    assert idp.can_add


async def test_what_the_candidate_uploads_anew_is_not_held_up_by_the_copy_that_would_have_come() -> None:
    uploads = await re_registered_while_processing()
    upload = Upload(REGISTRATION, CANDIDATE, "key-00000009", "idp", "front")
    await uploads.use_cases.accept_image(upload, pieces(jpeg(9)))

    await uploads.copy_images(REGISTRATION)

    assert (uploads.dossier.copying, uploads.dossier.refused) == ((), ())


async def test_what_was_not_carried_over_is_forgotten_once_the_paper_is_there() -> None:
    uploads = await re_registered_while_processing(awaits=Awaits.SHRUNK)
    await uploads.copy_images(REGISTRATION)
    assert [note.code for note in uploads.dossier.refused] == ["not_carried_over"]

    upload = Upload(REGISTRATION, CANDIDATE, "key-00000009", "idp", "front")
    await uploads.use_cases.accept_image(upload, pieces(jpeg(9)))

    assert uploads.dossier.refused == ()


async def re_registering(hold: Hold | None = None) -> Uploads:
    """Return the service whose candidate has re-registered; the old dossier has heard nothing of it yet."""
    uploads = await earlier("2020", "draft")
    uploads.put(replace(uploads.dossiers.dossiers[OLD], hold=hold))
    uploads.registrations.registrations[REGISTRATION] = replace(a_registration(), supersedes=OLD)
    return uploads


async def test_an_upload_to_the_old_dossier_once_the_new_one_is_open_is_refused_and_says_where_to_go() -> (
    None
):
    uploads = await re_registering()
    before = Upload(OLD, CANDIDATE, "key-00000008", "probation")
    await uploads.use_cases.accept_image(before, pieces(jpeg(8)))

    page = await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    after = Upload(OLD, CANDIDATE, "key-00000009", "probation")
    with pytest.raises(DossierLockedError) as refusal:
        await uploads.use_cases.accept_image(after, pieces(jpeg(9)))
    assert refusal.value.detail == "您已重新报考，这份材料不再使用，请到新的报名里上传"

    carried = {order.origin.image_id for order in page.dossier.copying}
    assert carried == {item.image_id for item in uploads.dossiers.dossiers[OLD].items}
    assert before.image_id in carried


async def test_an_upload_under_way_while_the_new_dossier_opens_comes_along_or_is_refused() -> None:
    uploads = await re_registering()

    async def slowly() -> AsyncIterator[bytes]:
        yield jpeg(8)[:100]
        await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
        yield jpeg(8)[100:]

    objects = set(uploads.raw.objects)
    with pytest.raises(DossierLockedError):
        await uploads.use_cases.accept_image(Upload(OLD, CANDIDATE, "key-00000008", "probation"), slowly())

    assert set(uploads.raw.objects) == objects
    assert len(uploads.dossier.copying) == len(uploads.dossiers.dossiers[OLD].items) == 4


async def test_a_replaced_dossier_in_review_takes_nothing_in_when_the_reviewer_lets_go() -> None:
    uploads = await re_registering(Hold(1, "site", NOW))
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    old = uploads.dossiers.dossiers[OLD]
    assert (old.stage, old.superseded_by, old.hold) == ("draft", REGISTRATION, Hold(1, "site", NOW))

    # Between the end of the hold and the closing, as a kill there would leave it.
    uploads.put(replace(old, hold=None))
    with pytest.raises(DossierLockedError):
        await uploads.use_cases.accept_image(
            Upload(OLD, CANDIDATE, "key-00000008", "probation"), pieces(jpeg(8))
        )
    await uploads.use_cases.open_dossier.catch_up(OLD)

    assert uploads.dossiers.dossiers[OLD].stage == "closed"


async def test_a_picture_refused_after_re_registration_holds_the_new_dossier_up_no_longer() -> None:
    uploads = await re_registered_while_processing()
    old = uploads.dossiers.dossiers[OLD]
    uploads.put(replace(old, items=old.items[1:]))

    await uploads.copy_images(REGISTRATION)

    assert uploads.dossier.copying == ()
    assert len(uploads.dossier.items) == 3


async def test_what_comes_along_is_compared_with_other_candidates_papers_like_a_new_picture() -> None:
    diploma = CARRYING.categories[1].model_copy(update={"duplicates": Duplicates.FLAG})
    categories = (CARRYING.categories[0], diploma, CARRYING.categories[2])
    uploads = await earlier(policy=CARRYING.model_copy(update={"categories": categories}))
    uploads.comparing.answers = {"page_hash": "00ff00ff00ff00ff"}
    await uploads.use_cases.open_dossier(REGISTRATION, CANDIDATE)
    await uploads.copy_images(REGISTRATION)
    await uploads.work()

    (copy,) = (item for item in uploads.dossier.items if item.category == "diploma")
    wanted = ComparisonRequested(image_id=copy.image_id, category="diploma")
    assert wanted in uploads.dossiers.said
    await hear(uploads, wanted)

    kept = uploads.fingerprints.kept[copy.image_id]
    assert (kept.registration_id, kept.candidate_id, kept.category) == (REGISTRATION, CANDIDATE, "diploma")
