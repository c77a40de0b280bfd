"""Passwords of the servers' accounts, generated once and kept for the owner's eyes only."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.rabbitmq.definitions import SERVICES

_NAMES = (
    "broker.admin",
    *(f"broker.{service}" for service in SERVICES),
    "database.admin",
    *(f"database.{service}" for service in SERVICES),
    "objects.access",
    "objects.secret",
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """A password for every account of every server."""

    passwords: Mapping[str, str]

    def broker(self, user: str) -> str:
        """Return the password of a user of the broker."""
        return self.passwords[f"broker.{user}"]

    def database(self, user: str) -> str:
        """Return the password of a user of the database."""
        return self.passwords[f"database.{user}"]

    @property
    def objects_access(self) -> str:
        """Return the access key of the object store."""
        return self.passwords["objects.access"]

    @property
    def objects_secret(self) -> str:
        """Return the secret key of the object store."""
        return self.passwords["objects.secret"]


def accounts_in(path: Path) -> Accounts:
    """Read the passwords, generating those that are not there yet."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    passwords = {name: known.get(name) or secrets.token_hex(20) for name in _NAMES}
    if passwords != known:
        partial = path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(passwords, file, indent=1)
        partial.replace(path)
    return Accounts(passwords)
