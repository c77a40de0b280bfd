"""Keys made in memory for tests."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.keys import SERVICES
from shared.sealing import FieldCipher, Sealer

_PRIVATE = {service: X25519PrivateKey.generate() for service in SERVICES}
_PUBLIC = {service: key.public_key() for service, key in _PRIVATE.items()}


def a_sealer(service: str) -> Sealer:
    """Return a service's sealer; all that this module gives fit together."""
    return Sealer(service, _PRIVATE[service], _PUBLIC)


def a_cipher() -> FieldCipher:
    """Return a cipher with fixed keys."""
    return FieldCipher(bytes(range(32)), bytes(range(32, 64)))
