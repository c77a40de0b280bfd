"""Keys: one folder per service, separate ones for tokens, grants, sealing, fields, look-up and objects."""

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from shared.master_keys import MasterKeys

SERVICES = ("auth", "uploads", "review", "notify")
SECRET_BYTES = 32


class KeyMissingError(RuntimeError):
    """A key file that the service needs is not there, or holds another kind of key."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"key file missing or unusable: {path.name}")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Reads one service's keys from its folder."""

    directory: Path

    def signing(self, name: str) -> Ed25519PrivateKey:
        """Return the private key with which this service signs `tokens` or `grants`."""
        key = load_pem_private_key(self._read(f"{name}-current.private.pem"), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyMissingError(self.directory / f"{name}-current.private.pem")
        return key

    def verifying(self, name: str) -> tuple[Ed25519PublicKey, ...]:
        """Return the public keys that `name` may be signed with: the current one and a next one."""
        found = []
        for version in ("current", "next"):
            path = self.directory / f"{name}-{version}.public.pem"
            if version == "current" or path.exists():
                found.append(self.public(path.name))
        return tuple(found)

    def public(self, file_name: str) -> Ed25519PublicKey:
        """Return one Ed25519 public key by its file's name."""
        key = load_pem_public_key(self._read(file_name))
        if not isinstance(key, Ed25519PublicKey):
            raise KeyMissingError(self.directory / file_name)
        return key

    def unsealing(self) -> X25519PrivateKey:
        """Return the key that opens what is sealed for this service."""
        key = load_pem_private_key(self._read("sealed.private.pem"), None)
        if not isinstance(key, X25519PrivateKey):
            raise KeyMissingError(self.directory / "sealed.private.pem")
        return key

    def sealing(self) -> dict[str, X25519PublicKey]:
        """Return the key of every service that something can be sealed for."""
        keys: dict[str, X25519PublicKey] = {}
        for service in SERVICES:
            name = f"sealed-{service}.public.pem"
            key = load_pem_public_key(self._read(name))
            if not isinstance(key, X25519PublicKey):
                raise KeyMissingError(self.directory / name)
            keys[service] = key
        return keys

    def secret(self, name: str) -> bytes:
        """Return the 32 bytes of a symmetric key: `fields` or `lookup`."""
        return base64.b64decode(self._read(f"{name}.key"))

    def _read(self, name: str) -> bytes:
        try:
            return (self.directory / name).read_bytes()
        except FileNotFoundError:
            raise KeyMissingError(self.directory / name) from None


def init_keys(directory: Path) -> None:
    """Make every key that is not there yet, one folder per service; existing ones stay."""
    tokens = _signing_key(directory / "auth" / "tokens-current.private.pem")
    grants = _signing_key(directory / "review" / "grants-current.private.pem")
    outside = _signing_key(directory / "registration-system" / "registration-system.private.pem")
    _write_new(directory / "auth" / "registration-system.public.pem", _public_pem(outside))
    _write_new(directory / "uploads" / "grants-current.public.pem", _public_pem(grants))
    # A first master key that was retired must not come back with other bytes.
    if not MasterKeys(directory / "uploads", "objects").ids():
        _write_new(directory / "uploads" / "objects.key", _random_secret())
    sealed = {service: _sealing_key(directory / service / "sealed.private.pem") for service in SERVICES}
    for service in SERVICES:
        _write_new(directory / service / "tokens-current.public.pem", _public_pem(tokens))
        _write_new(directory / service / "fields.key", _random_secret())
        _write_new(directory / service / "lookup.key", _random_secret())
        for other, key in sealed.items():
            _write_new(directory / service / f"sealed-{other}.public.pem", _public_pem(key))


def _signing_key(path: Path) -> Ed25519PrivateKey:
    _write_new(path, _private_pem(Ed25519PrivateKey.generate()))
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyMissingError(path)
    return key


def _sealing_key(path: Path) -> X25519PrivateKey:
    _write_new(path, _private_pem(X25519PrivateKey.generate()))
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, X25519PrivateKey):
        raise KeyMissingError(path)
    return key


def _private_pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _random_secret() -> bytes:
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES))


def _write_new(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `kaoshen keys init DIRECTORY`."""
    parser = argparse.ArgumentParser(prog="kaoshen keys", description="Make the services' keys.")
    commands = parser.add_subparsers(required=True)
    init = commands.add_parser("init", help="make every key that is not there yet")
    init.add_argument("directory", type=Path)
    init_keys(parser.parse_args(arguments).directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
