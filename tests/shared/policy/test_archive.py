"""The archive: every version a service was started on stays readable."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.mongo import DuplicateError
from shared.policy.archive import PolicyArchive
from shared.policy.errors import UnknownPolicyVersionError
from shared.policy.loader import PolicyBook
from tests.shared.policy.policies import shipped


class InMemoryPolicies:
    """The collection's two operations over a dictionary."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}

    async def insert_one(self, document: Mapping[str, Any], /) -> None:
        """Insert, or raise `DuplicateError`."""
        if document["_id"] in self.documents:
            raise DuplicateError
        self.documents[document["_id"]] = dict(document)

    async def find(self, where: Mapping[str, Any], /) -> list[dict[str, Any]]:
        """Return everything: the archive asks for nothing less."""
        assert not where
        return list(self.documents.values())


async def test_a_version_of_an_earlier_start_stays_readable() -> None:
    collection = InMemoryPolicies()
    earlier, now = shipped("shandong-2020"), shipped("demo")
    await PolicyArchive(collection).keep(PolicyBook.of([earlier]))

    book = await PolicyArchive(collection).keep(PolicyBook.of([now]))

    assert book.active == (now,)
    assert book.version(earlier.version) == earlier
    assert book.version(now.version) is now


async def test_a_second_start_on_the_same_policy_keeps_one_document() -> None:
    collection = InMemoryPolicies()

    for _ in range(2):
        await PolicyArchive(collection).keep(PolicyBook.of([shipped("demo")]))

    assert list(collection.documents) == [shipped("demo").version]


async def test_without_the_archive_an_earlier_version_is_unknown() -> None:
    book = PolicyBook.of([shipped("demo")])

    with pytest.raises(UnknownPolicyVersionError):
        book.version(shipped("shandong-2020").version)
