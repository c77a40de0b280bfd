"""The short way of an update leaves the same documents and index entries as the engine's own way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from secantus import storage
from secantus.storage import MAX_BSON_OBJECT_SIZE, DocumentTooLargeError, IndexConflict, Storage
from secantus.update import UpdateError

from deploy.engine.updates import update_document

IDS = ("a", "b", "c")
AT = datetime(2026, 10, 1, tzinfo=UTC)
INDEXES: dict[str, tuple[dict[str, int], dict[str, Any]]] = {
    "plain": ({"n": 1}, {}),
    "sparse": ({"since": 1}, {"sparse": True}),
    "of_items": ({"items.image": 1}, {}),
    "compound": ({"n": 1, "at": -1}, {}),
    "partial": ({"name": 1}, {"partialFilterExpression": {"state": "open"}}),
    "joined": ({"name": -1}, {"partialFilterExpression": {"$and": [{"state": "open"}]}}),
    "whole": ({"deep": 1}, {}),
    "unique": ({"ticket": 1}, {"unique": True, "sparse": True}),
    "expiring": ({"at": 1}, {"expireAfterSeconds": 3600}),
}

VALUES = st.one_of(
    st.integers(-2, 2), st.sampled_from(["x", "open", None, AT, 0.0, -0.0]), st.sampled_from([[], [1, "x"]])
)
FIELDS = st.sampled_from(
    [
        "n",
        "since",
        "at",
        "name",
        "state",
        "ticket",
        "other",
        "items.0.image",
        "items.4.s",
        "items.image",
        "deep.a",
    ]
)
ITEMS = st.fixed_dictionaries({"image": st.sampled_from(["i1", "i2", "i3"]), "s": st.integers(0, 1)})
OPERATORS = st.one_of(
    st.builds(lambda field, value: {"$set": {field: value}}, FIELDS, VALUES),
    st.builds(lambda field: {"$unset": {field: ""}}, FIELDS),
    st.builds(lambda field, by: {"$inc": {field: by}}, FIELDS, st.integers(-1, 2)),
    st.builds(lambda value: {"$min": {"since": value}, "$max": {"n": value}}, st.integers(0, 3)),
    st.builds(lambda item: {"$push": {"items": item}}, ITEMS),
    st.builds(lambda image: {"$pull": {"items": {"image": image}}}, st.sampled_from(["i1", "i2"])),
    st.builds(lambda field: {"$rename": {field: "since"}}, st.sampled_from(["n", "name", "other"])),
    st.just({"$setOnInsert": {"n": 9}}),
    st.just({"name": "replaced", "n": 1}),
)
FILTERS = st.one_of(
    st.just({}),
    st.just({}),
    st.builds(lambda value: {"n": value}, st.integers(-1, 1)),
    st.just({"items": {"$elemMatch": {"image": "i1", "s": 1}}}),
    st.just({"$and": [{"items.image": {"$ne": "i1"}}]}),
)
UPDATES = st.tuples(st.sampled_from((*IDS, "new")), FILTERS, OPERATORS, st.booleans())


@dataclass(frozen=True)
class Twin:
    """A store whose updates go one of both ways."""

    store: Storage
    doing: Callable[..., dict[str, Any]]

    def fill(self) -> None:
        """Begin anew with a few documents under every kind of index."""
        self.store.drop_collection("db", "things")
        for name, (keys, options) in INDEXES.items():
            self.store.create_index("db", "things", name, keys, options)
        items = [{"image": "i1", "s": 1}, {"image": "i2", "s": 0}]
        documents = [
            {"_id": name, "n": n, "name": name, "ticket": name, "deep": {"a": 0}, "items": items[:n]}
            for n, name in enumerate(IDS)
        ]
        self.store.insert("db", "things", documents)

    def update(self, query: dict[str, Any], update: dict[str, Any], **options: object) -> object:
        """Return the result of an update, or how it was refused."""
        try:
            return self.doing(self.store, "db", "things", query, update, **options)
        except (IndexConflict, UpdateError) as error:
            return type(error), str(error)

    def contents(self) -> tuple[object, ...]:
        """Return all documents and all rows of the indexes, byte for byte."""
        documents = [bson.encode(found) for found in self.store.find_matching("db", "things")]
        multikey = [name for name in INDEXES if self.store.index_is_multikey("db", "things", name)]
        rows = [self._rows(table) for table in (storage._IDX_ENTRIES_TABLE, storage._UNIQ_TABLE)]
        return documents, multikey, rows

    def _rows(self, table: str) -> list[tuple[object, ...]]:
        cursor = self.store._cursor(table)
        rows = []
        while cursor.next() == 0:
            rows.append((*cursor.get_key(), cursor.get_value()))
        cursor.reset()
        return rows


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Twin, Twin]]:
    """Return two stores alike, one for each way."""
    stores = [_store(tmp_path_factory.mktemp("store")) for _ in range(2)]
    yield Twin(stores[0], Storage._update_matching_single_txn), Twin(stores[1], update_document)
    for store in stores:
        store.close()


def _store(folder: Path) -> Storage:
    return Storage(str(folder), enable_oplog=False, ttl_sweep_seconds=0, cache_size="32M")


def test_both_ways_leave_the_same_documents_and_index_entries(twins: tuple[Twin, Twin]) -> None:
    @settings(max_examples=200)
    @given(st.lists(UPDATES, min_size=1, max_size=8))
    def check(updates: list[tuple[str, dict[str, Any], dict[str, Any], bool]]) -> None:
        for twin in twins:
            twin.fill()
        for name, guard, update, upsert in updates:
            results = [twin.update({"_id": name, **guard}, update, upsert=upsert) for twin in twins]

            assert results[0] == results[1]

        assert twins[0].contents() == twins[1].contents()

    check()


@pytest.mark.parametrize(
    "update",
    [
        {"$set": {"n": [1, "x"]}},
        {"$set": {"deep.a": 1}, "$unset": {"items": ""}},
        {"$set": {"deep.a": 1}},
        {"$set": {"state": "open"}},
        {"$set": {"items.$[it].s": 2, "items.$[it].image": "i9"}},
        {"$set": {"items.$.image": "i9"}},
        {"$set": {"items.$.s": 3}},
        {"$set": {"items.$[it].s": 3}},
        {"$unset": {"items.$[it].image": ""}},
        {"$set": {"items.7.s": 3}},
        {"$set": {"items": 1}},
        {"$set": {"ticket": "a"}},
        {"$set": {"ticket": "free"}},
        {"$set": {"state": "open", "name": "named"}},
        {"$rename": {"n": "since"}},
        {"$set": {"n": 2.0}},
        {"$set": {"n": 2}},
        {"$set": {"_id": "other"}},
        {"$set": {"n": 1, "n.deep": 2}},
        {"$inc": {"n": float("nan")}},
        [{"$set": {"n": 7}}],
        {"ticket": "replaced"},
    ],
    ids=str,
)
def test_both_ways_do_the_same_to_a_document_that_stands_out(
    twins: tuple[Twin, Twin], update: dict[str, Any]
) -> None:
    filters = [{"it.s": {"$gte": 0}}] if "$[it]" in str(update) else None
    for twin in twins:
        twin.fill()

    results = [
        twin.update({"_id": "c", "items.image": "i1"}, update, array_filters=filters) for twin in twins
    ]

    assert results[0] == results[1]
    assert twins[0].contents() == twins[1].contents()


def test_an_update_that_grows_a_document_beyond_what_is_allowed_is_refused(twins: tuple[Twin, Twin]) -> None:
    for twin in twins:
        twin.fill()
        with pytest.raises(DocumentTooLargeError):
            twin.update({"_id": "a"}, {"$set": {"n": "x" * MAX_BSON_OBJECT_SIZE}})

    assert twins[0].contents() == twins[1].contents()


def test_a_capped_collection_stays_within_its_bounds(twins: tuple[Twin, Twin]) -> None:
    for twin in twins:
        twin.fill()
        twin.store.set_collection_options("db", "things", capped=True, size=10_000, max=2)
        twin.update({"_id": "c"}, {"$set": {"n": 5}})

        assert len(twin.store.find_matching("db", "things")) == 2
