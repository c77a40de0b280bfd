"""Objects at rest: each encrypted with a key of its own, which only the service's key opens."""

import base64
import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.uploads.errors import ObjectBrokenError
from services.uploads.model import StoredObject
from services.uploads.ports import RawObjects
from shared.object_store import ObjectMissingError

KEY_ID = "k1"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class EncryptedObjects:
    """Keeps objects as AES-256-GCM text; the object's key is its additional data, so none can be swapped."""

    store: RawObjects
    master_key: bytes

    async def keep(self, key: str, content: bytes) -> StoredObject:
        """Store an object under a key that was never used before."""
        data_key, nonce = AESGCM.generate_key(256), os.urandom(NONCE_BYTES)
        ciphertext = AESGCM(data_key).encrypt(nonce, content, key.encode())
        await self.store.put(key, ciphertext)
        return StoredObject(
            key=key,
            wrapped_key=self._wrap(data_key, key),
            nonce=base64.b64encode(nonce).decode(),
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
        )

    async def read(self, stored: StoredObject) -> bytes:
        """Return an object's content.

        Raises:
            ObjectBrokenError: it is missing, or not what was stored.
        """
        try:
            ciphertext = await self.store.get(stored.key)
            data_key = self._unwrap(stored)
            nonce = base64.b64decode(stored.nonce)
            content = AESGCM(data_key).decrypt(nonce, ciphertext, stored.key.encode())
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
