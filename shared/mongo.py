"""MongoDB: the one place that knows the driver; failures come out in the kernel's words."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Any, ClassVar

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError

from shared.errors import UnansweredError
from shared.settings import MongoSettings

# Documents are the driver's edge: their values are checked where they become model objects.
Document = dict[str, Any]
Filter = Mapping[str, Any]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Sort = Sequence[tuple[str, int]]

CONNECT_TIMEOUT_MS = 2000
# The whole of an operation with the driver's own retries: a hanging server costs a request no more.
ANSWER_TIMEOUT_MS = 2800
DUPLICATE_KEY = 11000
# The server itself is in trouble (InternalError, OutOfDiskSpace), whatever the command was.
SERVER_TROUBLE = frozenset({1, 14031})
TRANSIENT_LABELS = ("RetryableWriteError", "TransientTransactionError")


class StoreUnavailableError(UnansweredError):
    """The database does not answer now."""

    code: ClassVar[str] = "store_unavailable"
    title: ClassVar[str] = "系统繁忙，请稍后再试"


class DuplicateError(Exception):
    """A unique key is taken; after a crash it may have been taken by the same command."""


@dataclass(frozen=True, slots=True)
class Index:
    """A declared index; queries use prefixes of declared ones only."""

    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    partial: Filter | None = None
    expire_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What an update did."""

    matched: int
    modified: int
    upserted: bool


@contextmanager
def translating() -> Iterator[None]:
    """Turn the driver's failures into ours."""
    try:
        yield
    except DuplicateKeyError as error:
        raise DuplicateError from error
    except BulkWriteError as error:
        if any(item.get("code") == DUPLICATE_KEY for item in (error.details or {}).get("writeErrors", ())):
            raise DuplicateError from error
        raise
    except OperationFailure as error:
        # A wrong command is a bug and stays one; a server that hangs, steps down or shuts down is not.
        is_in_trouble = error.timeout or error.code in SERVER_TROUBLE
        if is_in_trouble or any(error.has_error_label(label) for label in TRANSIENT_LABELS):
            raise StoreUnavailableError from error
        raise
    except PyMongoError as error:
        raise StoreUnavailableError from error


class Collection:
    """The few operations that repositories use, with our failures."""

    def __init__(self, inner: "AsyncIOMotorCollection[Document]") -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Return the collection's name."""
        return str(self._inner.name)

    async def find_one(self, where: Filter, fields: Mapping[str, int] | None = None) -> Document | None:
        """Return one document."""
        with translating():
            found: Document | None = await self._inner.find_one(where, fields)
            return found

    async def find(
        self,
        where: Filter,
        *,
        sort: Sort = (),
        limit: int = 0,
        fields: Mapping[str, int] | None = None,
    ) -> list[Document]:
        """Return documents in order."""
        with translating():
            cursor = self._inner.find(where, fields)
            if sort:
                cursor = cursor.sort(list(sort))
            found: list[Document] = await cursor.limit(limit).to_list(None)
            return found

    async def count(self, where: Filter) -> int:
        """Return how many documents there are."""
        with translating():
            return int(await self._inner.count_documents(where))

    async def insert_one(self, document: Mapping[str, Any]) -> None:
        """Insert a document.

        Raises:
            DuplicateError: a unique key is taken.
        """
        with translating():
            await self._inner.insert_one(dict(document))

    async def update_one(
        self,
        where: Filter,
        update: Update,
        *,
        upsert: bool = False,
        array_filters: Sequence[Filter] | None = None,
    ) -> Changed:
        """Change one document, or none.

        Raises:
            DuplicateError: a unique key is taken (also by a concurrent upsert).
        """
        with translating():
            result = await self._inner.update_one(where, update, upsert=upsert, array_filters=array_filters)
        return Changed(result.matched_count, result.modified_count, result.upserted_id is not None)

    async def find_one_and_update(
        self, where: Filter, update: Update, *, upsert: bool = False, sort: Sort = ()
    ) -> Document | None:
        """Change one document and return it as it is afterwards."""
        with translating():
            found: Document | None = await self._inner.find_one_and_update(
                where, update, upsert=upsert, sort=list(sort) or None, return_document=ReturnDocument.AFTER
            )
            return found

    async def update_many(self, where: Filter, update: Update) -> int:
        """Change all documents that fit, each by itself; return how many were changed."""
        with translating():
            return int((await self._inner.update_many(where, update)).modified_count)

    async def update_many_ones(
        self, changes: Sequence[tuple[Filter, Update]], *, upsert: bool = False
    ) -> int:
        """Send many single updates in one round trip, each standing alone; return how many found theirs."""
        if not changes:
            return 0
        with translating():
            operations = [UpdateOne(where, update, upsert=upsert) for where, update in changes]
            return int((await self._inner.bulk_write(operations, ordered=False)).matched_count)

    async def delete_one(self, where: Filter) -> int:
        """Delete one document; return how many were deleted."""
        with translating():
            return int((await self._inner.delete_one(where)).deleted_count)

    async def delete_many(self, where: Filter) -> int:
        """Delete documents; return how many were deleted."""
        with translating():
            return int((await self._inner.delete_many(where)).deleted_count)

    async def declare(self, indexes: Sequence[Index]) -> None:
        """Create the declared indexes that are not there yet."""
        for index in indexes:
            options: dict[str, Any] = {"unique": index.unique}
            if index.sparse:
                options["sparse"] = True
            if index.partial is not None:
                options["partialFilterExpression"] = dict(index.partial)
            if index.expire_after_seconds is not None:
                options["expireAfterSeconds"] = index.expire_after_seconds
            with translating():
                await self._inner.create_index(list(index.keys), **options)


class Database:
    """A service's own database."""

    def __init__(self, inner: "AsyncIOMotorDatabase[Document]") -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Return the database's name."""
        return str(self._inner.name)

    def __getitem__(self, name: str) -> Collection:
        """Return a collection by name."""
        return Collection(self._inner[name])

    async def declare(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        """Create the declared indexes that are not there yet, by collection."""
        for name, declared in indexes.items():
            await self[name].declare(declared)

    async def ping(self) -> None:
        """Answer when the database does.

        Raises:
            StoreUnavailableError: it does not.
        """
        with translating():
            await self._inner.command("ping")


@asynccontextmanager
async def database_at(settings: MongoSettings) -> AsyncIterator[Database]:
    """Open the service's database; acknowledged writes are in the journal."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        settings.url.get_secret_value(),
        journal=True,
        tz_aware=True,
        retryWrites=True,
        serverSelectionTimeoutMS=CONNECT_TIMEOUT_MS,
        connectTimeoutMS=CONNECT_TIMEOUT_MS,
        timeoutMS=ANSWER_TIMEOUT_MS,
    )
    try:
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        yield Database(client.get_database(settings.database, codec_options=options))
    finally:
        client.close()
