"""An S3 store through plain calls, off the event loop, with short timeouts and our failures."""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import ClassVar, Self, TypeVar

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error
from typing_extensions import override
from urllib3.connectionpool import ConnectionPool

from shared.errors import TransientError
from shared.settings import ObjectSettings

THREADS = 8
TIMEOUT = urllib3.Timeout(connect=1.5, read=3.5)
NOT_FOUND = 404
# A part that lies beyond the end of what is left of an object is missing too.
MISSING_CODES = frozenset({"NoSuchKey", "NoSuchObject", "NotFound", "InvalidRange"})
Result = TypeVar("Result")


class ObjectStoreUnavailableError(TransientError):
    """The object store does not answer now."""

    code: ClassVar[str] = "object_store_unavailable"
    title: ClassVar[str] = "图片存储暂时不可用，请稍后再试"


class ObjectMissingError(Exception):
    """The store holds no object under this key."""


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as the store lists it; the store's own clock says when it was put there."""

    key: str
    size_bytes: int
    modified_at: datetime


class _OneWait(urllib3.Retry):
    """Tries a broken connection once more, but never waits a second time for a store that hangs (B5)."""

    @override
    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, urllib3.exceptions.ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class ObjectStore:
    """Puts, gets and deletes whole objects in one bucket."""

    def __init__(self, settings: ObjectSettings) -> None:
        self._bucket = settings.bucket
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="object-store")
        self._client = Minio(
            endpoint=settings.endpoint,
            access_key=settings.access_key.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            secure=settings.secure,
            # Without a region the client asks for the bucket's first; rclone answers that with text/xml.
            region="us-east-1",
            http_client=urllib3.PoolManager(
                timeout=TIMEOUT, maxsize=THREADS, retries=_OneWait(total=1, backoff_factor=0.1)
            ),
        )

    async def ensure_bucket(self) -> None:
        """Make the bucket unless it is there."""

        def ensure() -> None:
            if self._client.bucket_exists(bucket_name=self._bucket):
                return
            try:
                self._client.make_bucket(bucket_name=self._bucket)
            except (S3Error, InvalidResponseError):
                # Another instance may have been faster.
                if not self._client.bucket_exists(bucket_name=self._bucket):
                    raise

        await self._run(ensure)

    async def put(self, key: str, content: bytes) -> None:
        """Store an object; it stands when this returns."""

        def put() -> None:
            self._client.put_object(
                bucket_name=self._bucket,
                object_name=key,
                data=io.BytesIO(content),
                length=len(content),
                content_type="application/octet-stream",
            )

        await self._run(put)

    async def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Return an object, or a part of it.

        Raises:
            ObjectMissingError: there is none.
            ObjectStoreUnavailableError: the store does not answer.
        """

        def get() -> bytes:
            response = self._client.get_object(
                bucket_name=self._bucket, object_name=key, offset=start, length=length or 0
            )
            try:
                return response.read()
            finally:
                response.close()
                response.release_conn()

        return await self._run(get)

    async def delete(self, key: str) -> None:
        """Delete an object, or nothing if it is gone already."""

        def delete() -> None:
            self._client.remove_object(bucket_name=self._bucket, object_name=key)

        await self._run(delete)

    async def list(self, after: str, limit: int) -> list[ListedObject]:
        """Return at most `limit` objects behind a key, in the order of their keys."""

        def listed() -> list[ListedObject]:
            found = self._client.list_objects(
                bucket_name=self._bucket, recursive=True, start_after=after or None
            )
            return [
                ListedObject(each.object_name, each.size or 0, each.last_modified)
                for each in islice(found, limit)
            ]

        return await self._run(listed)

    async def exists(self, key: str) -> bool:
        """Tell whether there is an object under a key."""

        def stat() -> None:
            self._client.stat_object(bucket_name=self._bucket, object_name=key)

        try:
            await self._run(stat)
        except ObjectMissingError:
            return False
        return True

    async def ping(self) -> None:
        """Answer when the store does.

        Raises:
            ObjectStoreUnavailableError: it does not.
        """

        def exists() -> bool:
            return self._client.bucket_exists(bucket_name=self._bucket)

        await self._run(exists)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, call: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except S3Error as error:
            if error.code in MISSING_CODES:
                raise ObjectMissingError from error
            raise ObjectStoreUnavailableError from error
        except InvalidResponseError as error:
            # rclone's server sends S3 errors as text/xml, which the client does not parse.
            if any(code in str(error) for code in MISSING_CODES):
                raise ObjectMissingError from error
            raise ObjectStoreUnavailableError from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ObjectStoreUnavailableError from error
