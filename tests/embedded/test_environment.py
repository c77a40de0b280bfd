"""What the services' processes are told."""

import json
from pathlib import Path

from deploy.embedded.accounts import Accounts, accounts_in
from deploy.embedded.environment import service_environment
from deploy.embedded.layout import Layout
from deploy.embedded.plan import Plan, worker_part
from deploy.embedded.ports import Ports
from deploy.embedded.servers import gateway_environment


def a_plan(home: Path, *, accounts: Accounts | None = None, uploads_instances: int = 1) -> Plan:
    return Plan(
        layout=Layout(home),
        ports=Ports(base=21_000, gateway=21_099),
        accounts=accounts or accounts_in(home / "secrets.json"),
        uploads_instances=uploads_instances,
    )


def test_a_worker_is_told_its_own_account_its_ports_and_the_object_store(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)

    told = service_environment(plan, worker_part(2))

    assert told["UPLOADS_MONGO__URL"] == (
        f"mongodb://uploads:{plan.accounts.database('uploads')}@127.0.0.1:21003/"
        "?authSource=admin&w=majority&journal=true"
    )
    assert told["UPLOADS_BROKER__URL"].startswith("amqp://uploads:")
    assert (told["UPLOADS_HTTP__PORT"], told["UPLOADS_HTTP__INTERNAL_PORT"]) == ("21052", "21053")
    assert json.loads(told["UPLOADS_HTTP__ORIGINS"]) == ["http://127.0.0.1:21099", "http://localhost:21099"]
    assert told["UPLOADS_OBJECTS__ENDPOINT"] == "127.0.0.1:21004"


def test_no_service_is_told_another_ones_passwords(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)

    for part in plan.service_parts():
        told = " ".join(service_environment(plan, part).values())
        others = {"auth", "uploads", "review", "notify"} - {part.service}
        assert not any(plan.accounts.database(other) in told for other in others)
        assert not any(plan.accounts.broker(other) in told for other in others)
        assert (plan.accounts.objects_secret in told) == (part.service == "uploads")


def test_the_gateway_knows_every_instance_of_uploads(tmp_path: Path) -> None:
    told = gateway_environment(a_plan(tmp_path, uploads_instances=3))

    assert told["UPLOADS_UPSTREAMS"] == "127.0.0.1:21030 127.0.0.1:21032 127.0.0.1:21034"
    assert told["NOTIFY_UPSTREAMS"] == "127.0.0.1:21016"
