"""Objects at rest."""

from dataclasses import replace

import pytest

from services.uploads.errors import ObjectBrokenError
from services.uploads.object_crypto import EncryptedObjects
from tests.uploads.fakes import InMemoryRawObjects

KEY = bytes(range(32))


async def test_an_object_comes_back_as_it_was_kept_and_lies_encrypted() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, KEY)

    stored = await objects.keep("a/b", b"content of a picture")

    assert b"content" not in raw.objects["a/b"]
    assert await objects.read(stored) == b"content of a picture"
    await objects.drop("a/b")
    await objects.drop("a/b")
    assert raw.objects == {}


async def test_two_objects_of_one_content_look_different() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, KEY)

    await objects.keep("a", b"same")
    await objects.keep("b", b"same")

    assert raw.objects["a"] != raw.objects["b"]


async def test_contents_kept_together_are_one_object_and_each_is_read_by_itself() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, KEY)

    copy, thumbnail = await objects.keep_together("a", [b"the copy", b"small"])

    assert list(raw.objects) == ["a"]
    assert await objects.read(copy) == b"the copy"
    assert await objects.read(thumbnail) == b"small"


async def test_b16_a_part_that_is_read_in_another_s_place_is_noticed() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, KEY)
    first, second = await objects.keep_together("a", [b"one", b"two"])
    half = len(raw.objects["a"]) // 2
    raw.objects["a"] = raw.objects["a"][half:] + raw.objects["a"][:half]

    with pytest.raises(ObjectBrokenError):
        await objects.read(replace(first, nonce=second.nonce, sha256=second.sha256))


async def test_b16_an_object_that_is_missing_changed_swapped_or_foreign_is_noticed() -> None:
    raw = InMemoryRawObjects()
    objects = EncryptedObjects(raw, KEY)
    one, other = await objects.keep("a", b"one"), await objects.keep("b", b"other")

    with pytest.raises(ObjectBrokenError):
        await EncryptedObjects(raw, bytes(32)).read(one)
    with pytest.raises(ObjectBrokenError):
        await objects.read(replace(one, key="b"))
    with pytest.raises(ObjectBrokenError):
        await objects.read(replace(one, wrapped_key=one.wrapped_key.replace("k1.", "k2.")))
    raw.objects["b"] = bytes([raw.objects["b"][0] ^ 1]) + raw.objects["b"][1:]
    with pytest.raises(ObjectBrokenError):
        await objects.read(other)
    del raw.objects["b"]
    with pytest.raises(ObjectBrokenError):
        await objects.read(other)
