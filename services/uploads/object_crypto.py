"""Objects at rest: each encrypted with a key of its own, which only the service's master keys open."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.uploads.errors import DataKeyBrokenError, ImageErasedError, ObjectBrokenError
from services.uploads.model import StoredObject
from services.uploads.ports import RawObjects
from shared.errors import TransientError
from shared.master_keys import MasterKeyError
from shared.object_store import ObjectMissingError

NONCE_BYTES = 12
TAG_BYTES = 16
log = structlog.get_logger()


class ObjectKeyMissingError(TransientError):
    """The master key that opens an object is not here: readable again as soon as an operator puts it back."""

    code: ClassVar[str] = "object_key_missing"
    title: ClassVar[str] = "图片暂时无法读取，请稍后再试"


class Keys(Protocol):
    """Master keys by id."""

    def current_id(self) -> str:
        """Return the id of the key that new objects are wrapped with."""
        ...

    def key(self, key_id: str) -> bytes:
        """Return a key.

        Raises:
            MasterKeyError: there is none of this id.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyWrapper:
    """Wraps data keys with master keys, `<key id>.<base64>`; the object's key is the additional data."""

    keys: Keys

    def current_id(self) -> str:
        """Return the id of the master key in use."""
        return self.keys.current_id()

    def wrap(self, data_key: bytes, object_key: str) -> str:
        """Return a data key, wrapped with the current master key."""
        key_id, nonce = self.keys.current_id(), os.urandom(NONCE_BYTES)
        wrapped = nonce + AESGCM(self._master(key_id)).encrypt(nonce, data_key, object_key.encode())
        return f"{key_id}.{base64.b64encode(wrapped).decode()}"

    def unwrap(self, wrapped_key: str, object_key: str) -> bytes:
        """Return a data key.

        Raises:
            ObjectKeyMissingError: its master key is not here.
            DataKeyBrokenError: its master key is another one, or it was changed.
        """
        key_id, _, encoded = wrapped_key.partition(".")
        master = AESGCM(self._master(key_id))
        try:
            raw = base64.b64decode(encoded)
            return master.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], object_key.encode())
        except (InvalidTag, ValueError) as error:
            raise DataKeyBrokenError(f"{object_key}: master key {key_id} does not open it") from error

    def rewrap(self, wrapped_key: str, object_key: str) -> str:
        """Return the same data key, wrapped with the current master key.

        Raises:
            ObjectKeyMissingError: a master key is not here.
            DataKeyBrokenError: its master key is another one, or it was changed.
        """
        return self.wrap(self.unwrap(wrapped_key, object_key), object_key)

    def _master(self, key_id: str) -> bytes:
        try:
            return self.keys.key(key_id)
        except MasterKeyError as error:
            log.error("objects.key_missing", key_id=key_id, reason=str(error))  # noqa: TRY400 - no traceback
            raise ObjectKeyMissingError from error


@dataclass(frozen=True, slots=True)
class EncryptedObjects:
    """Keeps objects as AES-256-GCM text; the place is its additional data, so none can be swapped."""

    store: RawObjects
    keys: KeyWrapper

    async def keep(self, key: str, content: bytes, sha256: str | None = None) -> StoredObject:
        """Store an object under a key never used before; `sha256` is the content's, where it is known."""
        data_key = AESGCM.generate_key(256)
        described = _described(content, key, self.keys.wrap(data_key, key))
        stored = replace(described, sha256=sha256 or hashlib.sha256(content).hexdigest())
        await self.store.put(key, _sealed(stored, data_key, content))
        return stored

    async def keep_together(self, key: str, contents: Sequence[bytes]) -> tuple[StoredObject, ...]:
        """Store several contents as one object, each to be read by itself; they are dropped together."""
        data_key = AESGCM.generate_key(256)
        wrapped_key = self.keys.wrap(data_key, key)
        parts: list[StoredObject] = []
        texts: list[bytes] = []
        start = 0
        for content in contents:
            described = _described(content, key, wrapped_key)
            place = replace(described, start=start, length=len(content) + TAG_BYTES)
            parts.append(place)
            texts.append(_sealed(place, data_key, content))
            start += len(content) + TAG_BYTES
        await self.store.put(key, b"".join(texts))
        return tuple(parts)

    async def read(self, stored: StoredObject) -> bytes:
        """Return an object's content; its text and its place are authenticated, so no hash is needed.

        Raises:
            ImageErasedError: it was deleted by rule.
            ObjectKeyMissingError: its master key is not here.
            ObjectBrokenError: it is missing, or not what was stored.
        """
        if stored.is_erased:
            raise ImageErasedError
        data_key = self.keys.unwrap(stored.wrapped_key, stored.key)
        try:
            ciphertext = await self.store.get(stored.key, stored.start, stored.length)
            nonce = base64.b64decode(stored.nonce)
            return AESGCM(data_key).decrypt(nonce, ciphertext, _place(stored))
        except ObjectMissingError as error:
            raise ObjectBrokenError(f"{stored.key}: there is no object") from error
        except (InvalidTag, ValueError) as error:
            raise ObjectBrokenError(f"{stored.key}: the content was changed") from error

    async def drop(self, key: str) -> None:
        """Delete an object; one that is not there is fine."""
        await self.store.delete(key)


def _described(content: bytes, key: str, wrapped_key: str) -> StoredObject:
    nonce = base64.b64encode(os.urandom(NONCE_BYTES)).decode()
    return StoredObject(key, wrapped_key, nonce, "", len(content))


def _sealed(stored: StoredObject, data_key: bytes, content: bytes) -> bytes:
    return AESGCM(data_key).encrypt(base64.b64decode(stored.nonce), content, _place(stored))


def _place(stored: StoredObject) -> bytes:
    """Return what binds a text to its place: the object's key and, for a part of one, where it begins."""
    return (stored.key if stored.length is None else f"{stored.key}@{stored.start}").encode()
