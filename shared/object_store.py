"""An S3 store through plain calls, with short timeouts and our failures.

Single objects go over signed requests on the event loop: handing them to the client's threads costs more than
sending them. Buckets and lists, which nobody waits for, are left to the client.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlsplit

import aiohttp
import urllib3
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.error import InvalidResponseError, MinioException, S3Error
from minio.signer import sign_v4_s3
from minio.time import to_amz_date, utcnow
from yarl import URL

from shared.errors import TransientError
from shared.settings import ObjectSettings

# Without a region the client asks for the bucket's first; rclone answers that with text/xml.
REGION = "us-east-1"
CONNECTIONS = 8
THREADS = 2
CONNECT_SECONDS = 1.5
ANSWER_SECONDS = 3.5
# Also for a store that stops in the middle of taking a body; waiting for a free connection counts.
WHOLE_SECONDS = 8.0
READ_AHEAD_BYTES = 1 << 20
UNNEEDED_HEADERS = ("Accept", "Accept-Encoding", "User-Agent")
DONE = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT})
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


class ObjectStore:
    """Puts, gets and deletes whole objects in one bucket."""

    def __init__(self, settings: ObjectSettings) -> None:
        self._bucket = settings.bucket
        self._address = f"{'https' if settings.secure else 'http'}://{settings.endpoint}/{settings.bucket}"
        access_key = settings.access_key.get_secret_value()
        secret_key = settings.secret_key.get_secret_value()
        self._credentials = Credentials(access_key, secret_key)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS
            ),
            skip_auto_headers=UNNEEDED_HEADERS,
            auto_decompress=False,
            read_bufsize=READ_AHEAD_BYTES,
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="object-store")
        self._client = Minio(
            endpoint=settings.endpoint,
            access_key=access_key,
            secret_key=secret_key,
            secure=settings.secure,
            region=REGION,
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
                # Never wait a second time for a store that hangs.
                retries=urllib3.Retry(total=1, read=False),
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
        await self._send("PUT", key, content, {"Content-Type": "application/octet-stream"})

    async def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Return an object, or a part of it.

        Raises:
            ObjectMissingError: there is none.
            ObjectStoreUnavailableError: the store does not answer.
        """
        end = "" if length is None else start + length - 1
        is_part = start or length is not None
        return await self._send("GET", key, headers={"Range": f"bytes={start}-{end}"} if is_part else {})

    async def delete(self, key: str) -> None:
        """Delete an object, or nothing if it is gone already."""
        await self._send("DELETE", key)

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
        try:
            await self._send("HEAD", key)
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

    async def close(self) -> None:
        """Let connections and threads go."""
        await self._session.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(
        self, method: str, key: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Ask for one thing; a connection that was closed meanwhile is tried once more, by the session."""
        url = f"{self._address}/{quote(key)}"
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=content or None,
                headers=self._signed(method, url, content, headers or {}),
                allow_redirects=False,
            ) as response:
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ObjectStoreUnavailableError from error
        if response.status in DONE:
            return answer
        if _says_missing(answer) or (method == "HEAD" and response.status == HTTPStatus.NOT_FOUND):
            raise ObjectMissingError(key)
        raise ObjectStoreUnavailableError(str(response.status))

    def _signed(self, method: str, url: str, content: bytes, more: Mapping[str, str]) -> Mapping[str, Any]:
        place, now = urlsplit(url), utcnow()
        # Over TLS nothing else can come to a body.
        digest = "UNSIGNED-PAYLOAD" if place.scheme == "https" else hashlib.sha256(content).hexdigest()
        return sign_v4_s3(
            method=method,
            url=place,
            region=REGION,
            headers={
                "Host": place.netloc,
                "x-amz-content-sha256": digest,
                "x-amz-date": to_amz_date(now),
                **more,
            },
            credentials=self._credentials,
            content_sha256=digest,
            date=now,
        )

    async def _run(self, call: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ObjectStoreUnavailableError from error


def _says_missing(answer: bytes) -> bool:
    """Tell whether a refusal says so in its code; rclone's server sends it as text/xml, others otherwise."""
    return any(f"<Code>{code}</Code>".encode() in answer for code in MISSING_CODES)
