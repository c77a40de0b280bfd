"""Sealing: personal fields in events for their audience, and personal fields at rest."""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.events.envelope import Sealed
from shared.keys import KeyRing

NONCE_BYTES = 12
PUBLIC_KEY_BYTES = 32
KEY_ID = "k1"


class SealBrokenError(ValueError):
    """A sealed text was changed, or is not meant for this service."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals for other services and opens what is sealed for this one.

    Each text has its own AES-256-GCM key; that key is wrapped per consuming service with an ephemeral
    X25519 exchange, so that a producer cannot read what others sealed.
    """

    service: str
    own_key: X25519PrivateKey
    keys: dict[str, X25519PublicKey]

    @classmethod
    def of(cls, service: str, ring: KeyRing) -> "Sealer":
        """Return the sealer of one service."""
        return cls(service, ring.unsealing(), ring.sealing())

    def seal(self, text: bytes, audience: Iterable[str], context: str) -> Sealed:
        """Return the text, readable by the audience only; `context` must be given again to open it."""
        data_key, nonce = AESGCM.generate_key(256), os.urandom(NONCE_BYTES)
        ciphertext = AESGCM(data_key).encrypt(nonce, text, context.encode())
        wrapped = {name: _text(_wrap(self.keys[name], data_key, context)) for name in sorted(audience)}
        return Sealed(nonce=_text(nonce), ciphertext=_text(ciphertext), keys=wrapped)

    def unseal(self, sealed: Sealed, context: str) -> bytes:
        """Return the text.

        Raises:
            SealBrokenError: it was changed, or this service is not in its audience.
        """
        wrapped = sealed.keys.get(self.service)
        if wrapped is None:
            raise SealBrokenError("not sealed for this service")
        try:
            data_key = _unwrap(self.own_key, base64.b64decode(wrapped), context)
            nonce, ciphertext = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ciphertext)
            return AESGCM(data_key).decrypt(nonce, ciphertext, context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError("the sealed text was changed") from error


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Encrypts personal fields at rest and gives keyed digests to look them up by."""

    key: bytes
    lookup_key: bytes

    @classmethod
    def of(cls, ring: KeyRing) -> "FieldCipher":
        """Return the cipher of the ring's service."""
        return cls(ring.secret("fields"), ring.secret("lookup"))

    def encrypt(self, text: str, context: str) -> str:
        """Return the field as it is stored, `k1.<base64>`; `context` binds it to its record."""
        return f"{KEY_ID}.{_text(self.encrypt_bytes(text.encode(), context))}"

    def decrypt(self, stored: str, context: str) -> str:
        """Return the field.

        Raises:
            SealBrokenError: it was changed or belongs to another record.
        """
        key_id, _, encoded = stored.partition(".")
        if key_id != KEY_ID:
            raise SealBrokenError("unknown key")
        return self.decrypt_bytes(base64.b64decode(encoded), context).decode()

    def encrypt_bytes(self, content: bytes, context: str) -> bytes:
        """Return bytes as they are stored: nonce and ciphertext, bound to their record."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, content, context.encode())

    def decrypt_bytes(self, stored: bytes, context: str) -> bytes:
        """Return the bytes.

        Raises:
            SealBrokenError: they were changed or belong to another record.
        """
        try:
            return AESGCM(self.key).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], context.encode())
        except InvalidTag as error:
            raise SealBrokenError("the field was changed") from error

    def digest(self, text: str) -> str:
        """Return the keyed digest of a text, equal for texts that people would call equal."""
        folded = unicodedata.normalize("NFKC", text).strip().casefold()
        return hmac.new(self.lookup_key, folded.encode(), hashlib.sha256).hexdigest()


def _wrap(recipient: X25519PublicKey, data_key: bytes, context: str) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    public = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    wrapping = _derived(ephemeral.exchange(recipient), public)
    # The wrapping key is used once, so a fixed nonce is safe.
    return public + AESGCM(wrapping).encrypt(bytes(NONCE_BYTES), data_key, context.encode())


def _unwrap(own: X25519PrivateKey, wrapped: bytes, context: str) -> bytes:
    public, ciphertext = wrapped[:PUBLIC_KEY_BYTES], wrapped[PUBLIC_KEY_BYTES:]
    wrapping = _derived(own.exchange(X25519PublicKey.from_public_bytes(public)), public)
    return AESGCM(wrapping).decrypt(bytes(NONCE_BYTES), ciphertext, context.encode())


def _derived(secret: bytes, public: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=public, info=b"kaoshen.sealed.v1").derive(secret)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
