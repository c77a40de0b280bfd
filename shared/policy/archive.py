"""The archive of policy versions: every version a service was started on stays readable there."""

from collections.abc import Mapping
from typing import Any, Protocol

from shared.mongo import DuplicateError
from shared.policy.loader import PolicyBook
from shared.policy.model import Policy


class PolicyDocuments(Protocol):
    """The two operations of a collection that the archive needs."""

    async def insert_one(self, document: dict[str, Any], /) -> object:
        """Insert, or raise `DuplicateError`."""
        ...

    async def find(self, where: Mapping[str, Any], /) -> list[dict[str, Any]]:
        """Return the documents that fit."""
        ...


class PolicyArchive:
    """Insert-only store of policy versions in a service's own database, `_id` = version."""

    def __init__(self, collection: PolicyDocuments) -> None:
        self._collection = collection

    async def keep(self, book: PolicyBook) -> PolicyBook:
        """Archive the book's active policies; return the book plus every version archived before."""
        for policy in book.active:
            await self._insert(policy)
        documents = await self._collection.find({})
        return book.with_versions(Policy.restore(doc["policy"], doc["_id"]) for doc in documents)

    async def _insert(self, policy: Policy) -> None:
        document = {"_id": policy.version, "policy": policy.model_dump(mode="json")}
        try:
            await self._collection.insert_one(document)
        except DuplicateError:
            # Started on it before, or another instance was quicker: the same rules and texts.
            return
