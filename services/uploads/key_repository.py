"""The wrapped keys in MongoDB's records, wherever in a record they stand, and how far a rotation is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.uploads.rotation import Rotation
from services.uploads.storage_ports import KeyRecord, WrappedKey
from shared.mongo import Collection, Document

ROTATION = "objects"


@dataclass(frozen=True, slots=True)
class Standing:
    """A stored object in a document, and the path to it; a list on the way stands as `None`."""

    path: tuple[str | None, ...]
    object_key: str
    wrapped_key: str


def stored_objects(node: object, path: tuple[str | None, ...] = ()) -> Iterator[Standing]:
    """Yield every stored object in a document that has a key of its own, however deep."""
    if isinstance(node, list):
        for child in node:
            yield from stored_objects(child, (*path, None))
    if not isinstance(node, Mapping):
        return
    if node.get("wrapped_key"):
        yield Standing(path, node["key"], node["wrapped_key"])
    for name, child in node.items():
        yield from stored_objects(child, (*path, name))


@dataclass(frozen=True, slots=True)
class MongoWrappedKeys:
    """Every record that holds wrapped data keys, by collection."""

    collections: Sequence[Collection]

    @property
    def sources(self) -> Sequence[str]:
        """Return the names of the collections."""
        return [collection.name for collection in self.collections]

    async def count(self) -> int:
        """Return how many records there are."""
        return sum([await collection.count({}) for collection in self.collections])

    async def page(self, source: str, after: str | None, limit: int) -> list[KeyRecord]:
        """Return a collection's records behind an id, in the order of their ids."""
        where = {} if after is None else {"_id": {"$gt": after}}
        found = await self._collection(source).find(where, sort=[("_id", 1)], limit=limit)
        return [
            KeyRecord(
                source,
                document["_id"],
                tuple(WrappedKey(each.object_key, each.wrapped_key) for each in stored_objects(document)),
            )
            for document in found
        ]

    async def exchange(self, record: KeyRecord, fresh: Sequence[WrappedKey]) -> bool:
        """Put fresh wrapped keys in place of those that stand in a record; tell whether all still stood."""
        collection = self._collection(record.source)
        document = await collection.find_one({"_id": record.id})
        wanted = {old.wrapped_key: new.wrapped_key for old, new in zip(record.keys, fresh, strict=True)}
        standing = [each for each in stored_objects(document) if each.wrapped_key in wanted]
        where, update, filters = _exchange(standing, wanted)
        changed = await collection.update_one({"_id": record.id, **where}, update, array_filters=filters)
        return {each.wrapped_key for each in standing} == wanted.keys() and changed.matched == 1

    def _collection(self, source: str) -> Collection:
        return next(collection for collection in self.collections if collection.name == source)


def _exchange(standing: Sequence[Standing], wanted: Mapping[str, str]) -> tuple[Document, Document, Any]:
    """Return condition, update and array filters; a value that was changed meanwhile is left alone."""
    where: Document = {}
    values: Document = {}
    filters: list[Document] = []
    for number, each in enumerate(standing):
        steps = (*each.path, "wrapped_key")
        last_list = max((i for i, step in enumerate(steps) if step is None), default=None)
        if last_list is None:
            where[".".join(step or "" for step in steps)] = each.wrapped_key
        else:
            behind = ".".join(step or "" for step in steps[last_list + 1 :])
            filters.append({f"k{number}.{behind}": each.wrapped_key})
        places = [
            step if step is not None else f"$[k{number}]" if index == last_list else "$[]"
            for index, step in enumerate(steps)
        ]
        values[".".join(places)] = wanted[each.wrapped_key]
    return where, {"$set": values}, filters or None


@dataclass(frozen=True, slots=True)
class MongoRotations:
    """How far the change of master keys is: one document."""

    collection: Collection

    async def find(self) -> Rotation | None:
        """Return the latest rotation."""
        document = await self.collection.find_one({"_id": ROTATION})
        if document is None:
            return None
        return Rotation(**{name: value for name, value in document.items() if name != "_id"})

    async def keep(self, rotation: Rotation) -> None:
        """Keep how far it is."""
        await self.collection.update_one({"_id": ROTATION}, {"$set": asdict(rotation)}, upsert=True)
