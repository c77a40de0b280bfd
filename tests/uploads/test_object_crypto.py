"""Objects at rest."""

import hashlib
from dataclasses import replace

import pytest

from services.uploads.errors import ImageErasedError, ObjectBrokenError
from services.uploads.object_crypto import EncryptedObjects, KeyWrapper, ObjectKeyMissingError
from tests.uploads.fakes import GivenKeys, InMemoryRawObjects, a_wrapper

KEY, NEXT_KEY = bytes(range(32)), bytes(range(1, 33))


async def test_an_object_comes_back_as_it_was_kept_and_lies_encrypted() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, a_wrapper(KEY))

    stored = await objects.keep("a/b", b"content of a picture")

    assert b"content" not in raw.objects["a/b"]
    assert await objects.read(stored) == b"content of a picture"
    await objects.drop("a/b")
    await objects.drop("a/b")
    assert raw.objects == {}


async def test_two_objects_of_one_content_look_different() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, a_wrapper(KEY))

    await objects.keep("a", b"same")
    await objects.keep("b", b"same")

    assert raw.objects["a"] != raw.objects["b"]


async def test_contents_kept_together_are_one_object_and_each_is_read_by_itself() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, a_wrapper(KEY))

    copy, thumbnail = await objects.keep_together("a", [b"the copy", b"small"])

    assert list(raw.objects) == ["a"]
    assert await objects.read(copy) == b"the copy"
    assert await objects.read(thumbnail) == b"small"


async def test_an_original_keeps_its_hash_and_everything_kept_has_a_tag_of_its_own() -> None:
    objects = EncryptedObjects(InMemoryRawObjects(), a_wrapper(KEY))
    hashed = hashlib.sha256(b"same").hexdigest()

    original = await objects.keep("a", b"same")
    told = await objects.keep("b", b"same", hashed)
    parts = [
        *await objects.keep_together("c", [b"same", b"same"]),
        *await objects.keep_together("d", [b"same", b"same"]),
    ]

    assert (original.sha256, original.tag, told) == (hashed, hashed, replace(told, sha256=hashed))
    assert len({part.tag for part in parts}) == 4


async def test_b16_a_part_that_is_read_in_another_s_place_is_noticed() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, a_wrapper(KEY))
    first, second = await objects.keep_together("a", [b"one", b"two"])
    half = len(raw.objects["a"]) // 2
    raw.objects["a"] = raw.objects["a"][half:] + raw.objects["a"][:half]

    with pytest.raises(ObjectBrokenError):
        await objects.read(replace(first, nonce=second.nonce, sha256=second.sha256))


async def test_b16_an_object_that_is_missing_changed_swapped_or_foreign_is_noticed() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, a_wrapper(KEY))
    one, other = await objects.keep("a", b"one"), await objects.keep("b", b"other")

    with pytest.raises(ObjectBrokenError):
        await objects.read(replace(one, key="b"))
    raw.objects["b"] = bytes([raw.objects["b"][0] ^ 1]) + raw.objects["b"][1:]
    with pytest.raises(ObjectBrokenError):
        await objects.read(other)
    del raw.objects["b"]
    with pytest.raises(ObjectBrokenError):
        await objects.read(other)


async def test_e3_a_wrong_master_key_is_named_by_its_id() -> None:
    raw = InMemoryRawObjects()
    stored = await EncryptedObjects(raw, a_wrapper(KEY)).keep("a", b"one")

    with pytest.raises(ObjectBrokenError, match="a: master key k1 does not open it"):
        await EncryptedObjects(raw, a_wrapper(NEXT_KEY)).read(stored)


async def test_e3_a_missing_master_key_is_named_by_its_id_and_is_no_loss() -> None:
    raw = InMemoryRawObjects()
    stored = await EncryptedObjects(raw, a_wrapper(KEY, NEXT_KEY)).keep("a", b"one")

    with pytest.raises(ObjectKeyMissingError) as caught:
        await EncryptedObjects(raw, a_wrapper(KEY)).read(stored)

    assert str(caught.value.__cause__) == "master key k2 of objects is missing"
    assert await EncryptedObjects(raw, a_wrapper(KEY, NEXT_KEY)).read(stored) == b"one"


async def test_after_rewrapping_the_old_master_key_is_not_needed_and_the_object_lies_as_it_lay() -> None:
    raw = InMemoryRawObjects()
    stored = await EncryptedObjects(raw, a_wrapper(KEY)).keep("a", b"one")
    before = dict(raw.objects)
    keys = GivenKeys({"k1": KEY, "k2": NEXT_KEY})

    fresh = replace(stored, wrapped_key=KeyWrapper(keys).rewrap(stored.wrapped_key, "a"))

    del keys.keys["k1"]
    assert await EncryptedObjects(raw, KeyWrapper(keys)).read(fresh) == b"one"
    assert raw.objects == before


async def test_what_was_deleted_by_rule_says_so_instead_of_failing() -> None:
    objects = EncryptedObjects(InMemoryRawObjects(), a_wrapper(KEY))
    stored = await objects.keep("a", b"one")

    with pytest.raises(ImageErasedError):
        await objects.read(replace(stored, wrapped_key=""))
