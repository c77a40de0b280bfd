"""The stored objects that MongoDB's records name, wherever in a record they stand."""

from collections.abc import Collection as Group
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from services.uploads.model import StoredObject
from services.uploads.rotation import Rotation
from services.uploads.storage_ports import KeyRecord, WrappedKey
from shared.mongo import Collection, Document

ROTATION = "objects"
COPY_KEY = "derivatives.copy.wrapped_key"
MEASURED = ("traits", "camera")


@dataclass(frozen=True, slots=True)
class Standing:
    """A stored object in a document, and the path to it; a list on the way stands as `None`."""

    path: tuple[str | None, ...]
    stored: StoredObject


def stored_objects(node: object, path: tuple[str | None, ...] = ()) -> Iterator[Standing]:
    """Yield every stored object in a document that has a key of its own, however deep."""
    if isinstance(node, list):
        for child in node:
            yield from stored_objects(child, (*path, None))
    if not isinstance(node, Mapping):
        return
    if node.get("wrapped_key"):
        known = {field.name: node[field.name] for field in fields(StoredObject) if field.name in node}
        yield Standing(path, StoredObject(**known))
    for name, child in node.items():
        yield from stored_objects(child, (*path, name))


@dataclass(frozen=True, slots=True)
class MongoObjectRecords:
    """Every record that names stored objects: dossiers, and others that say whose they are."""

    dossiers: Collection
    others: Sequence[Collection]

    @property
    def sources(self) -> Sequence[str]:
        """Return the names of the collections."""
        return [collection.name for collection in self._collections]

    async def count(self) -> int:
        """Return how many records there are."""
        return sum([await collection.count({}) for collection in self._collections])

    async def page(self, source: str, after: str | None, limit: int) -> list[KeyRecord]:
        """Return a collection's records behind an id, in the order of their ids."""
        collection = next(each for each in self._collections if each.name == source)
        found = await collection.find(_behind(after), sort=[("_id", 1)], limit=limit)
        return [
            KeyRecord(
                source,
                document["_id"],
                tuple(
                    WrappedKey(each.stored.key, each.stored.wrapped_key) for each in stored_objects(document)
                ),
            )
            for document in found
        ]

    async def exchange(self, record: KeyRecord, fresh: Sequence[WrappedKey]) -> bool:
        """Put fresh wrapped keys in place of those that stand in a record; tell whether all still stood."""
        collection = next(each for each in self._collections if each.name == record.source)
        document = await collection.find_one({"_id": record.id})
        wanted = {old.wrapped_key: new.wrapped_key for old, new in zip(record.keys, fresh, strict=True)}
        return document is not None and await _exchange(collection, document, wanted)

    async def registrations(self, after: str | None, limit: int) -> list[str]:
        """Return whose dossiers there are behind an id, in the order of their ids."""
        found = await self.dossiers.find(_behind(after), sort=[("_id", 1)], limit=limit, fields={"_id": 1})
        return [document["_id"] for document in found]

    async def named_by(self, registrations: Group[str]) -> list[StoredObject]:
        """Return the objects that the records of some registrations name and that can be opened."""
        return [
            each.stored
            for _, document in await self._documents_of(registrations)
            for each in stored_objects(document)
        ]

    async def destroy_keys(self, registration_id: str, objects: Group[str] | None) -> None:
        """Destroy the wrapped keys of these objects, or of all, in a registration's records."""
        # A rotation may exchange a key between reading and writing: it is over when none stands any more.
        while doomed := await self._doomed(registration_id, objects):
            for collection, document, wrapped in doomed:
                await _exchange(collection, document, dict.fromkeys(wrapped, ""))

    async def forget_measured(self, registration_id: str) -> None:
        """Forget what was measured of pictures that nothing opens any more, and what their camera said."""
        live = {f"items.$[gone].derivatives.{name}": None for name in MEASURED}
        gone = [{f"gone.{COPY_KEY}": ""}]
        await self.dossiers.update_one({"_id": registration_id}, {"$set": live}, array_filters=gone)
        dead = {f"item.derivatives.{name}": None for name in MEASURED}
        where = {"registration_id": registration_id, f"item.{COPY_KEY}": ""}
        for collection in self.others:
            await collection.update_many(where, {"$set": dead})

    async def _doomed(
        self, registration_id: str, objects: Group[str] | None
    ) -> list[tuple[Collection, Document, list[str]]]:
        found = []
        for collection, document in await self._documents_of([registration_id]):
            standing = [each.stored for each in stored_objects(document)]
            wrapped = [each.wrapped_key for each in standing if objects is None or each.key in objects]
            if wrapped:
                found.append((collection, document, wrapped))
        return found

    @property
    def _collections(self) -> Sequence[Collection]:
        return (self.dossiers, *self.others)

    async def _documents_of(self, registrations: Group[str]) -> list[tuple[Collection, Document]]:
        wanted = {"$in": sorted(registrations)}
        found = [(self.dossiers, each) for each in await self.dossiers.find({"_id": wanted})]
        for collection in self.others:
            found += [(collection, each) for each in await collection.find({"registration_id": wanted})]
        return found


def _behind(after: str | None) -> Document:
    return {} if after is None else {"_id": {"$gt": after}}


async def _exchange(collection: Collection, document: Document, wanted: Mapping[str, str]) -> bool:
    """Exchange wrapped keys where exactly they stand; a value that was changed meanwhile is left alone."""
    standing = [each for each in stored_objects(document) if each.stored.wrapped_key in wanted]
    where: Document = {"_id": document["_id"]}
    values: Document = {}
    filters: list[Document] = []
    for number, each in enumerate(standing):
        steps = (*each.path, "wrapped_key")
        last_list = max((i for i, step in enumerate(steps) if step is None), default=None)
        if last_list is None:
            where[".".join(step or "" for step in steps)] = each.stored.wrapped_key
        else:
            behind = ".".join(step or "" for step in steps[last_list + 1 :])
            filters.append({f"k{number}.{behind}": each.stored.wrapped_key})
        places = [
            step if step is not None else f"$[k{number}]" if index == last_list else "$[]"
            for index, step in enumerate(steps)
        ]
        values[".".join(places)] = wanted[each.stored.wrapped_key]
    if not values:
        return False
    changed = await collection.update_one(where, {"$set": values}, array_filters=filters or None)
    return {each.stored.wrapped_key for each in standing} == wanted.keys() and changed.matched == 1


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
