"""Two candidates and one paper: confirmed, announced, never refused."""

from dataclasses import replace

import pytest
from typing_extensions import override

from services.uploads.comparing_tasks import FindResemblance, HashPage
from services.uploads.deletion import without_keys
from services.uploads.model import Erased
from services.uploads.resemblance import NOTHING_SHARED, Resemblance
from services.uploads.tasks import Made, Task, Unreadable
from shared.events.uploads import ComparisonRequested, DuplicateFound
from shared.messaging.consumer import Handled
from shared.policy.model import Policy
from shared.policy.values import Duplicates
from tests.uploads.builders import (
    CANDIDATE,
    NOW,
    REGISTRATION,
    STRANGER,
    a_claim,
    a_policy,
    a_registration,
    a_sent_back,
)
from tests.uploads.conftest import Uploads
from tests.uploads.fakes import QuickWorkshop
from tests.uploads.pictures import jpeg
from tests.uploads.test_returned_shots import SAME
from tests.uploads.test_use_cases import an_upload, hear, opened, pieces, submitted, take

OTHER_REGISTRATION = "1de5467b-4d66-5068-91a4-77b2a6c29816"
ALIKE = Resemblance(windows=900, unlike=0, agreement=0.99)


class Comparing(QuickWorkshop):
    """Hashes every page alike; what a comparison finds is the answer."""

    @override
    async def do(self, task: Task[Made]) -> Made | Unreadable:
        """Return the page's hash, or the prepared answer."""
        found = await QuickWorkshop.do(self, task)
        return "00ff00ff00ff00ff" if isinstance(task, HashPage) else found


def flagging(rule: Duplicates = Duplicates.FLAG) -> Policy:
    """Return the small policy whose diplomas are compared."""
    policy = a_policy()
    diploma = policy.categories[1].model_copy(update={"duplicates": rule})
    categories = (policy.categories[0], diploma, policy.categories[2])
    return policy.model_copy(update={"categories": categories})


async def two_candidates(
    rule: Duplicates = Duplicates.FLAG, *, found: object = ALIKE, employers: tuple[str, str] = ("", "")
) -> Uploads:
    """Return the service after two candidates' diplomas were compared."""
    uploads = await opened(flagging(rule))
    uploads.comparing = Comparing(found)
    stranger = replace(a_registration(STRANGER), registration_id=OTHER_REGISTRATION)
    for registration, employer in zip((a_registration(), stranger), employers, strict=True):
        known = replace(registration, facts={**registration.facts, "employer": employer})
        uploads.registrations.registrations[known.registration_id] = known
    await uploads.use_cases.open_dossier(OTHER_REGISTRATION, STRANGER)
    other = replace(an_upload(key="key-stranger"), registration_id=OTHER_REGISTRATION, candidate_id=STRANGER)
    await uploads.use_cases.accept_image(other, pieces(jpeg(2)))
    await take(uploads, jpeg(1))
    for dossier in (uploads.dossiers.dossiers[OTHER_REGISTRATION], uploads.dossier):
        image_id = dossier.items[0].image_id
        await uploads.watermark_image(dossier.registration_id, image_id)
        await uploads.find_duplicates(dossier.registration_id, image_id)
    return uploads


def duplicates(uploads: Uploads) -> list[DuplicateFound]:
    return [event for event in uploads.dossiers.said if isinstance(event, DuplicateFound)]


async def test_the_same_paper_of_another_candidate_is_announced_by_ids_only() -> None:
    uploads = await two_candidates()

    other = uploads.dossiers.dossiers[OTHER_REGISTRATION].items[0]
    assert duplicates(uploads) == [
        DuplicateFound(
            image_id=uploads.dossier.items[0].image_id,
            category="diploma",
            other_registration_id=OTHER_REGISTRATION,
            other_image_id=other.image_id,
            other_district="37",
            other_site="3701",
        )
    ]
    assert uploads.comparing.asked[-1] == FindResemblance(jpeg(2), jpeg(1))


@pytest.mark.parametrize("found", [NOTHING_SHARED, Unreadable("image_damaged"), replace(ALIKE, unlike=9)])
async def test_a_near_hash_alone_announces_nothing(found: object) -> None:
    uploads = await two_candidates(found=found)

    assert duplicates(uploads) == []
    assert isinstance(uploads.comparing.asked[-1], FindResemblance)


@pytest.mark.parametrize(
    ("employers", "expected"),
    [(("样例市人民医院", " 样例市人民医院"), 0), (("样例市人民医院", "示范医院"), 1), (("", ""), 1)],
)
async def test_colleagues_hand_in_their_employer_s_papers(employers: tuple[str, str], expected: int) -> None:
    uploads = await two_candidates(Duplicates.SAME_EMPLOYER_OK, employers=employers)

    assert len(duplicates(uploads)) == expected
    assert all("医院" not in str(each) for each in uploads.fingerprints.kept.values())


async def test_what_was_deleted_by_rule_is_not_compared_and_keeps_no_fingerprint() -> None:
    uploads = await two_candidates(found=NOTHING_SHARED)
    uploads.comparing = Comparing(ALIKE)
    other = uploads.dossiers.dossiers[OTHER_REGISTRATION]
    gone = tuple(without_keys(item) for item in other.items)
    uploads.dossiers.dossiers[OTHER_REGISTRATION] = replace(other, items=gone)

    await uploads.find_duplicates(REGISTRATION, uploads.dossier.items[0].image_id)
    await uploads.find_duplicates(OTHER_REGISTRATION, gone[0].image_id)

    assert duplicates(uploads) == []


async def test_a_fingerprint_of_a_dossier_erased_meanwhile_is_forgotten() -> None:
    uploads = await two_candidates(found=NOTHING_SHARED)
    erased = replace(uploads.dossier, erased=Erased(NOW, "request"))
    uploads.dossiers.dossiers[REGISTRATION] = erased

    await uploads.find_duplicates(REGISTRATION, erased.items[0].image_id)

    assert {each.registration_id for each in uploads.fingerprints.kept.values()} == {OTHER_REGISTRATION}


async def test_a_repeated_message_compares_again_and_keeps_one_fingerprint() -> None:
    uploads = await two_candidates()

    await uploads.find_duplicates(REGISTRATION, uploads.dossier.items[0].image_id)

    assert len(uploads.fingerprints.kept) == 2
    assert duplicates(uploads)[0] == duplicates(uploads)[1]


async def test_a_worker_asks_for_a_comparison_only_where_the_policy_wants_one() -> None:
    uploads = await opened(flagging())
    await take(uploads, jpeg(1))
    await take(uploads, jpeg(2), "extra", "key-extra-01")

    await uploads.work()

    assert uploads.said.count("uploads.comparison.requested") == 1
    image_id = uploads.dossier.items[0].image_id
    assert ComparisonRequested(image_id=image_id, category="diploma") in uploads.dossiers.said


async def test_the_request_comes_over_the_queue_and_one_for_an_image_that_is_gone_is_let_pass() -> None:
    uploads = await two_candidates()
    before = len(uploads.comparing.asked)

    gone = await hear(uploads, ComparisonRequested(image_id="gone", category="diploma"))
    there = ComparisonRequested(image_id=uploads.dossier.items[0].image_id, category="diploma")

    assert gone == Handled()
    assert len(uploads.comparing.asked) == before
    assert await hear(uploads, there) == Handled()
    assert len(uploads.comparing.asked) == before + 2


async def test_where_a_category_is_not_compared_no_fingerprint_is_kept() -> None:
    uploads = await opened()
    await take(uploads, jpeg(1))
    await uploads.work()

    await uploads.find_duplicates(REGISTRATION, uploads.dossier.items[0].image_id)

    assert uploads.fingerprints.kept == {}
    assert "uploads.comparison.requested" not in uploads.said


async def test_a_picture_that_waits_for_its_candidate_s_word_is_compared_all_the_same() -> None:
    uploads = await submitted()
    uploads.policy = flagging()
    uploads.put(replace(uploads.dossier, policy_version=flagging().version))
    assert await hear(uploads, a_claim(1)) == Handled()
    assert (
        await hear(uploads, a_sent_back(uploads.dossier.items, [uploads.dossier.items[2].image_id]))
        == Handled()
    )
    uploads.comparing.answer = SAME

    await take(uploads, jpeg(50), key="key-answer-1")
    await uploads.work()

    assert uploads.said[-3:] == [
        "uploads.image.ready",
        "uploads.dossier.changed",
        "uploads.comparison.requested",
    ]
    await uploads.use_cases.confirm_image(REGISTRATION, CANDIDATE, uploads.dossier.items[2].image_id)
