"""Sealing keeps personal fields for those they are meant for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import SealBrokenError
from tests.support.keys import a_cipher, a_sealer


@given(
    text=st.binary(max_size=2000),
    audience=st.sets(st.sampled_from(["uploads", "review", "notify"]), min_size=1),
)
def test_a_sealed_text_is_readable_by_its_whole_audience(text: bytes, audience: set[str]) -> None:
    sealed = a_sealer("auth").seal(text, audience, "event-1")

    assert {a_sealer(service).unseal(sealed, "event-1") for service in audience} == {text}


def test_a_sealed_text_is_closed_to_a_service_outside_its_audience() -> None:
    sealed = a_sealer("auth").seal(b"13900000001", {"notify"}, "event-1")

    with pytest.raises(SealBrokenError):
        a_sealer("review").unseal(sealed, "event-1")


def test_a_producer_cannot_read_what_it_sealed_for_others() -> None:
    sealed = a_sealer("auth").seal(b"13900000001", {"notify"}, "event-1")

    with pytest.raises(SealBrokenError):
        a_sealer("auth").unseal(sealed, "event-1")


def test_a_sealed_text_does_not_open_in_another_event() -> None:
    sealed = a_sealer("auth").seal(b"13900000001", {"notify"}, "event-1")

    with pytest.raises(SealBrokenError):
        a_sealer("notify").unseal(sealed, "event-2")


def test_a_changed_sealed_text_does_not_open() -> None:
    sealed = a_sealer("auth").seal(b"13900000001", {"notify"}, "event-1")
    changed = sealed.model_copy(update={"ciphertext": "A" * len(sealed.ciphertext)})

    with pytest.raises(SealBrokenError):
        a_sealer("notify").unseal(changed, "event-1")


@given(text=st.text(max_size=200))
def test_a_field_comes_back_as_it_was(text: str) -> None:
    cipher = a_cipher()

    assert cipher.decrypt(cipher.encrypt(text, "record-1"), "record-1") == text


def test_a_field_moved_to_another_record_does_not_open() -> None:
    cipher = a_cipher()

    with pytest.raises(SealBrokenError):
        cipher.decrypt(cipher.encrypt("张样例", "record-1"), "record-2")


def test_the_look_up_digest_is_equal_for_what_people_call_equal() -> None:
    cipher = a_cipher()

    assert cipher.digest(" 37010219900101123x ") == cipher.digest("37010219900101123Ｘ")
