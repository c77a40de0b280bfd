"""A dossier was deleted for good: notify forgets whom it belonged to and every word about it."""

import pytest

from shared.events.uploads import DossierErased, SendbackClosed
from shared.messaging.consumer import Handled
from tests.notify.builders import Notify, a_registration, a_send_back, a_submission, an_envelope

ERASED = DossierErased(cause="retention")


async def words(notify: Notify) -> list[str]:
    """Return what the candidate reads."""
    return [line.message.text for line in await notify.use_cases.read_messages("c1", "r1")]


@pytest.mark.parametrize("times", [1, 2])
async def test_e6_name_phone_and_messages_go_and_the_page_still_answers_its_owner(
    notify: Notify, times: int
) -> None:
    await notify.know_the_candidate()
    await notify.hear(a_submission())
    await notify.hear(a_send_back())

    for _ in range(times):
        assert await notify.hear(ERASED) == Handled()

    known = await notify.registrations.find("r1")
    assert known is not None
    assert (known.candidate_id, known.name, known.phone, known.is_erased) == ("c1", "", "", True)
    assert await words(notify) == []


async def test_no_late_or_newer_state_brings_the_person_back(notify: Notify) -> None:
    await notify.hear(ERASED)

    for sequence in (1, 10_000):
        assert (
            await notify.hear(a_registration(), an_envelope(a_registration(), sequence=sequence)) == Handled()
        )

    known = await notify.registrations.find("r1")
    assert known is not None
    assert (known.name, known.phone) == ("", "")


async def test_an_sms_that_has_not_left_finds_no_phone(notify: Notify) -> None:
    await notify.know_the_candidate()
    await notify.hear(a_send_back())

    await notify.hear(ERASED)
    await notify.duties.send_sms()

    assert notify.gateway.sent == []
    assert [(sms.state, sms.failure) for sms in notify.sms.items.values()] == [("failed", "no_phone")]


async def test_what_comes_after_is_told_to_nobody(notify: Notify) -> None:
    await notify.know_the_candidate()
    await notify.hear(ERASED)

    assert await notify.hear(a_send_back()) == Handled()
    expired = SendbackClosed(sendback_id="b1", round=1, outcome="expired")
    assert await notify.hear(expired) == Handled()

    assert await words(notify) == []
    assert notify.sms.items == {}
