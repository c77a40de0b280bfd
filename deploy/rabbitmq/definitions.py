"""What the broker loads when it boots: accounts, rights, exchanges, queues and bindings.

The embedded system calls `definitions`; the containers' set-up job runs this module, which reads
`BROKER_PASSWORD_<SERVICE>` from the environment and writes the file named by its only argument.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

SERVICES = ("auth", "uploads", "review", "notify")
EXCHANGE = "kaoshen"
RETRY_EXCHANGES = ("retry.1s", "retry.10s", "retry.1m", "retry.10m")
TOPOLOGY = Path(__file__).with_name("topology.json")


def password_hash(password: str, salt: bytes) -> str:
    """Return a password as the broker stores it: the salt and the salted SHA-256, in base64."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(
    passwords: Mapping[str, str], admin_password: str, topology: Path = TOPOLOGY
) -> dict[str, JsonValue]:
    """Return the broker's definitions for one account per service and an administrator."""
    document: dict[str, JsonValue] = {
        "vhosts": [{"name": "/"}],
        "users": [
            _user("admin", admin_password, ["administrator"]),
            *(_user(service, passwords[service], []) for service in SERVICES),
        ],
        "permissions": [
            {"user": "admin", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
            *(_permission(service) for service in SERVICES),
        ],
        "topic_permissions": [
            _topic_permission(service, exchange)
            for service in SERVICES
            for exchange in (EXCHANGE, *RETRY_EXCHANGES)
        ],
    }
    if topology.exists():
        parts = json.loads(topology.read_text())
        document |= {kind: parts[kind] for kind in ("exchanges", "queues", "bindings")}
    return document


def _user(name: str, password: str, tags: list[JsonValue]) -> JsonValue:
    return {
        "name": name,
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
    }


def _permission(service: str) -> JsonValue:
    """A service makes, fills and reads its own queues only, and publishes to the shared exchanges."""
    own = rf"({service}\..*|amq\.gen.*)"
    shared = r"(kaoshen|amq\.default|retry\.(1s|10s|1m|10m))"
    return {
        "user": service,
        "vhost": "/",
        "configure": f"^{own}$",
        "write": f"^({own}|{shared})$",
        "read": f"^({own}|{EXCHANGE})$",
    }


def _topic_permission(service: str, exchange: str) -> JsonValue:
    """A service says only what begins with its own name, and may hear everything."""
    return {
        "user": service,
        "vhost": "/",
        "exchange": exchange,
        "write": rf"^{service}\..*",
        "read": ".*",
    }


def main() -> None:
    """Write the definitions of the containers' broker."""
    passwords = {service: os.environ[f"BROKER_PASSWORD_{service.upper()}"] for service in SERVICES}
    document = definitions(passwords, os.environ["BROKER_PASSWORD_ADMIN"])
    target = Path(sys.argv[1])
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1))
    partial.replace(target)


if __name__ == "__main__":
    main()
