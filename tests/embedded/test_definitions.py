"""What the broker is told about accounts and rights."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.rabbitmq.definitions import EXCHANGE, SERVICES, definitions, password_hash
from shared.messaging.topology import RETRY_TIERS

PASSWORDS = {service: f"password of {service}" for service in SERVICES}


def defined() -> dict[str, list[dict[str, Any]]]:
    document = definitions(PASSWORDS, "password of admin", Path("no topology"))
    return json.loads(json.dumps(document))  # type: ignore[no-any-return] # JSON has no types


def permission(service: str, kind: str) -> re.Pattern[str]:
    [found] = [entry for entry in defined()["permissions"] if entry["user"] == service]
    return re.compile(found[kind])


def test_a_password_is_stored_as_salt_and_salted_hash() -> None:
    stored = base64.b64decode(password_hash("secret", b"salt"))

    assert stored == b"salt" + hashlib.sha256(b"saltsecret").digest()


def test_every_service_has_an_account_and_no_password_stands_in_the_file() -> None:
    assert {user["name"] for user in defined()["users"]} == {"admin", *SERVICES}
    assert not any(password in json.dumps(defined()) for password in PASSWORDS.values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_and_makes_its_own_queues_only(service: str) -> None:
    others = [other for other in SERVICES if other != service]

    for kind in ("configure", "read"):
        assert permission(service, kind).search(f"{service}.some-queue")
        assert not any(permission(service, kind).search(f"{other}.some-queue") for other in others)
    assert not permission(service, "configure").search(EXCHANGE)
    assert permission(service, "read").search(EXCHANGE)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_only_what_begins_with_its_own_name(service: str) -> None:
    [rule] = [
        entry
        for entry in defined()["topic_permissions"]
        if entry["user"] == service and entry["exchange"] == EXCHANGE
    ]

    assert re.search(rule["write"], f"{service}.dossier.changed")
    assert not any(
        re.search(rule["write"], f"{other}.dossier.changed") for other in SERVICES if other != service
    )


@pytest.mark.parametrize("tier", [name for name, _ in RETRY_TIERS])
def test_a_service_may_put_a_message_back_for_later(tier: str) -> None:
    assert all(permission(service, "write").search(tier) for service in SERVICES)


def test_the_topology_is_taken_over_from_its_file(tmp_path: Path) -> None:
    topology = {"exchanges": [{"name": "x"}], "queues": [{"name": "q"}], "bindings": []}
    (tmp_path / "topology.json").write_text(json.dumps(topology))

    document = definitions(PASSWORDS, "password of admin", tmp_path / "topology.json")

    assert {kind: document[kind] for kind in topology} == topology
