"""The short way of the common update: operators on one document that is named by its `_id`.

The engine's own way reads the catalogue of indexes seven times for every update, encodes the document three
times and writes all its index entries anew. This one reads the catalogue once, within the update's own
transaction, encodes once, and writes only the entries that differ. Whatever is out of the ordinary (inserts
by upsert, unique keys that change, capped or validated collections, other collations ...) is left to the
engine before anything is written, under the same lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bson
from secantus import storage
from secantus.query import matches
from secantus.update import apply_update, arith_wrote_nan, find_positional_matches, is_operator_form

_whole_way: Callable[..., dict[str, Any]] = storage.Storage._update_matching_single_txn

_COMMON = {"multi": False, "collation": None, "validator": None, "return_post_images": False}
_UNCOMMON_COLLECTION = ("capped", "timeseries")
_UNCOMMON_INDEX = ("collation", "prepareUnique")


@dataclass(frozen=True, slots=True)
class _Index:
    """An index of a collection, with what it has to say about documents."""

    name: str
    keys: dict[str, Any]
    options: dict[str, Any]

    @property
    def is_common(self) -> bool:
        """Whether its entries are values in order, by the plain rules."""
        return all(isinstance(way, int | float) for way in self.keys.values()) and not any(
            self.options.get(option) for option in _UNCOMMON_INDEX
        )

    def is_touched(self, written: set[str]) -> bool:
        """Tell whether a change at these places of the document may change its entries."""
        partial = self.options.get("partialFilterExpression") or {}
        return any(_is_along(_place(path), place) for path in (*self.keys, *partial) for place in written)

    def entries(self, document: dict[str, Any]) -> set[bytes]:
        """Return the document's keys in this index."""
        partial = self.options.get("partialFilterExpression")
        if partial and not matches(document, partial):
            return set()
        is_sparse = bool(self.options.get("sparse"))
        return set(storage._index_key_variants(document, self.keys, sparse=is_sparse))

    def is_changed_in_kind(self, document: dict[str, Any]) -> bool:
        """Tell whether this document is the first with several keys."""
        return not self.options.get("multikey") and storage._doc_makes_multikey(document, self.keys)


@dataclass(frozen=True, slots=True)
class _Change:
    """The entries that go and come in one index."""

    index: str
    gone: set[bytes]
    come: set[bytes]


@dataclass(frozen=True, slots=True)
class _Update:
    """An update on its short way."""

    store: Any
    db: str
    coll: str
    query: dict[str, Any]
    update: dict[str, Any]
    settings: dict[str, Any]

    def done(self) -> dict[str, Any] | None:
        """Do it and return the result, or do nothing and return None."""
        options = self.store._coll_options(self.db, self.coll)
        if options is None or any(name in options for name in _UNCOMMON_COLLECTION):
            return None
        for recordid, id_key, blob in self.store._candidates_iter(self.db, self.coll, self.query):
            before = bson.decode(blob)
            if matches(before, self.query, vars=self.settings.get("let")):
                after = self._applied_to(before)
                encoded = bson.encode(after)
                if encoded == blob:
                    return None if arith_wrote_nan(after, self.update) else _result(matched=1, modified=0)
                return self._written(recordid, storage._frame_doc_value(id_key, encoded), before, after)
        return None if self.settings.get("upsert") else _result(matched=0, modified=0)

    def _applied_to(self, before: dict[str, Any]) -> dict[str, Any]:
        after: dict[str, Any] = apply_update(
            before,
            self.update,
            array_filters=self.settings.get("array_filters"),
            positional_matches=find_positional_matches(before, self.query),
            let=self.settings.get("let"),
        )
        return after

    def _written(
        self, recordid: int, row: bytes, before: dict[str, Any], after: dict[str, Any]
    ) -> dict[str, Any] | None:
        changes = self._changes(before, after)
        if changes is None or len(row) > storage.MAX_BSON_OBJECT_SIZE:
            return None
        rows = self.store._cursor(storage._doc_table_for(self.db, self.coll))
        rows[self.db, self.coll, recordid] = row
        entries = self.store._cursor(storage._IDX_ENTRIES_TABLE)
        for change in changes:
            for key in change.gone:
                entries.set_key(self.db, self.coll, change.index, storage._pack_entry(key, recordid))
                if entries.search() == 0:
                    entries.remove()
                entries.reset()
            for key in change.come:
                entries[self.db, self.coll, change.index, storage._pack_entry(key, recordid)] = b""
        return _result(matched=1, modified=1)

    def _changes(self, before: dict[str, Any], after: dict[str, Any]) -> list[_Change] | None:
        """Return what changes in the indexes, or None if one needs more care than writing entries."""
        written = self._places()
        changes = []
        for name, keys, options in self.store._iter_indexes(self.db, self.coll):
            index = _Index(name, keys, options)
            if not index.is_common:
                return None
            if index.is_touched(written):
                was, now = index.entries(before), index.entries(after)
                if index.is_changed_in_kind(after) or (was != now and options.get("unique")):
                    return None
                changes.append(_Change(name, was - now, now - was))
        return changes

    def _places(self) -> set[str]:
        """Return where in the document the operators may write."""
        paths = [path for fields in self.update.values() for path in fields]
        paths += (self.update.get("$rename") or {}).values()
        return {_place(path) for path in paths}


def _place(path: str) -> str:
    """Return where a path leads to, for all elements of an array alike, with a dot behind each step.

    An element that is written by its number may be a new one: then the whole array is written. What is no
    path (`$and`) leads everywhere.
    """
    place = ""
    for step in path.split("."):
        if step.isdigit():
            break
        if not step.startswith("$"):
            place += f"{step}."
    return place


def _is_along(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def install() -> None:
    """Let updates try the short way first."""
    storage.Storage._update_matching_single_txn = update_document


def update_document(
    self: Any, db: str, coll: str, query: dict[str, Any], update: Any, **settings: Any
) -> dict[str, Any]:
    """Do an update the short way, or the engine's own; to be called as the engine's method."""
    if not _is_common(query, update, settings):
        return _whole_way(self, db, coll, query, update, **settings)
    self._note_write(db, coll)
    self._refresh_read_snapshot()
    with self._coll_lock(db, coll):
        with self._batch_transaction(sync=settings.get("journal", False)):
            result = _Update(self, db, coll, query, update, settings).done()
        return result or _whole_way(self, db, coll, query, update, **settings)


def _is_common(query: dict[str, Any], update: Any, settings: dict[str, Any]) -> bool:
    is_usual = all(settings.get(name, usual) == usual for name, usual in _COMMON.items())
    return is_usual and "_id" in query and isinstance(update, dict) and is_operator_form(update)


def _result(*, matched: int, modified: int) -> dict[str, Any]:
    return {"matched": matched, "modified": modified, "upserted_id": None, "did_upsert": False}
