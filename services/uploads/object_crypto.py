"""Objects at rest: each encrypted with a key of its own, which only the service's key opens."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.uploads.errors import ObjectBrokenError
from services.uploads.model import StoredObject
from services.uploads.ports import RawObjects
from shared.object_store import ObjectMissingError

KEY_ID = "k1"
NONCE_BYTES = 12
TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class EncryptedObjects:
    """Keeps objects as AES-256-GCM text; the place is its additional data, so none can be swapped."""

    store: RawObjects
    master_key: bytes

    async def keep(self, key: str, content: bytes) -> StoredObject:
        """Store an object under a key that was never used before."""
        data_key = AESGCM.generate_key(256)
        stored, ciphertext = _sealed(_described(content, key, self._wrap(data_key, key)), data_key, content)
        await self.store.put(key, ciphertext)
        return stored

    async def keep_together(self, key: str, contents: Sequence[bytes]) -> tuple[StoredObject, ...]:
        """Store several contents as one object, each to be read by itself; they are dropped together."""
        data_key = AESGCM.generate_key(256)
        wrapped_key = self._wrap(data_key, key)
        parts: list[tuple[StoredObject, bytes]] = []
        start = 0
        for content in contents:
            described = _described(content, key, wrapped_key)
            place = replace(described, start=start, length=len(content) + TAG_BYTES)
            parts.append(_sealed(place, data_key, content))
            start += len(content) + TAG_BYTES
        await self.store.put(key, b"".join(ciphertext for _, ciphertext in parts))
        return tuple(stored for stored, _ in parts)

    async def read(self, stored: StoredObject) -> bytes:
        """Return an object's content.

        Raises:
            ObjectBrokenError: it is missing, or not what was stored.
        """
        try:
            ciphertext = await self.store.get(stored.key, stored.start, stored.length)
            data_key = self._unwrap(stored)
            nonce = base64.b64decode(stored.nonce)
            content = AESGCM(data_key).decrypt(nonce, ciphertext, _place(stored))
        except (ObjectMissingError, InvalidTag, ValueError) as error:
            raise ObjectBrokenError(stored.key) from error
        if hashlib.sha256(content).hexdigest() != stored.sha256:
            raise ObjectBrokenError(stored.key)
        return content

    async def drop(self, key: str) -> None:
        """Delete an object; one that is not there is fine."""
        await self.store.delete(key)

    def _wrap(self, data_key: bytes, key: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + AESGCM(self.master_key).encrypt(nonce, data_key, key.encode())
        return f"{KEY_ID}.{base64.b64encode(wrapped).decode()}"

    def _unwrap(self, stored: StoredObject) -> bytes:
        key_id, _, encoded = stored.wrapped_key.partition(".")
        if key_id != KEY_ID:
            raise ObjectBrokenError(stored.key)
        raw = base64.b64decode(encoded)
        return AESGCM(self.master_key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], stored.key.encode())


def _described(content: bytes, key: str, wrapped_key: str) -> StoredObject:
    nonce = base64.b64encode(os.urandom(NONCE_BYTES)).decode()
    return StoredObject(key, wrapped_key, nonce, hashlib.sha256(content).hexdigest(), len(content))


def _sealed(stored: StoredObject, data_key: bytes, content: bytes) -> tuple[StoredObject, bytes]:
    return stored, AESGCM(data_key).encrypt(base64.b64decode(stored.nonce), content, _place(stored))


def _place(stored: StoredObject) -> bytes:
    """Return what binds a text to its place: the object's key and, for a part of one, where it begins."""
    return (stored.key if stored.length is None else f"{stored.key}@{stored.start}").encode()
