"""What can be said of the containers without a container engine: docker-compose.yml read as data."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from deploy.embedded.accounts import accounts_in
from deploy.embedded.environment import DEVELOPMENT_ONLY, database_of, service_environment
from deploy.embedded.layout import ROOT, Layout
from deploy.embedded.plan import Plan, ServicePart
from deploy.embedded.ports import Ports
from deploy.rabbitmq.definitions import SERVICES

COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
JOBS = {"setup", "mongo-init"}
ROLES = {
    "auth": ("auth", "api"),
    "uploads": ("uploads", "api"),
    "watermark": ("uploads", "worker"),
    "uploads-scheduler": ("uploads", "scheduler"),
    "review": ("review", "api"),
    "review-scheduler": ("review", "scheduler"),
    "notify": ("notify", "api"),
    "notify-scheduler": ("notify", "scheduler"),
}


def a_plan(home: Path) -> Plan:
    return Plan(Layout(home), Ports(), accounts_in(home / "secrets.json"))


def embedded_names(plan: Plan, part: ServicePart) -> set[str]:
    development = {f"{part.service.upper()}_{name}" for name in DEVELOPMENT_ONLY}
    return set(service_environment(plan, part)) - development


def test_every_part_of_the_embedded_system_has_its_container(tmp_path: Path) -> None:
    embedded = {part.name: (part.service, part.role) for part in a_plan(tmp_path).service_parts()}
    contained = {name: (ROLES[name][0], COMPOSE["services"][name]["command"][0]) for name in ROLES}

    assert embedded == contained == ROLES


@pytest.mark.parametrize("name", ROLES)
def test_a_container_is_told_the_same_names_as_the_embedded_process(name: str, tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    [part] = [part for part in plan.service_parts() if part.name == name]
    environment = COMPOSE["services"][name]["environment"]

    assert set(environment) == embedded_names(plan, part)
    assert environment[f"{part.service.upper()}_MONGO__DATABASE"] == database_of(part.service)
    assert environment[f"{part.service.upper()}_DEVELOPMENT"] == "false"


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_environment_names_what_the_service_reads(service: str, tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    part = next(part for part in plan.service_parts() if part.service == service)
    text = (ROOT / "deploy" / "env" / f"{service}.env.example").read_text()

    assert set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE)) == set(
        service_environment(plan, part)
    )
    assert not re.search(
        r"^\w*(?:PASSWORD|SECRET_KEY|ACCESS_KEY|MONGO__URL|BROKER__URL)=.", text, re.MULTILINE
    )


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_container_has_an_image_limits_and_no_rights_it_does_not_need(name: str) -> None:
    container = COMPOSE["services"][name]

    assert container.get("image")
    assert set(container["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["user"].partition(":")[0] not in {"", "0", "root"}
    assert "no-new-privileges:true" in container["security_opt"]


@pytest.mark.parametrize("name", set(COMPOSE["services"]) - JOBS)
def test_every_container_that_stays_is_asked_for_its_health(name: str) -> None:
    container = COMPOSE["services"][name]

    assert container["healthcheck"]["test"][0] == "CMD"
    assert container["restart"] == "unless-stopped"


def test_every_own_image_is_built_and_knows_its_target() -> None:
    built = {
        container["image"]: container["build"]["target"]
        for container in COMPOSE["services"].values()
        if "build" in container
    }
    used = {c["image"] for c in COMPOSE["services"].values() if c["image"].startswith("kaoshen/")}

    assert used == set(built)
    for service in SERVICES:
        has_pages = (ROOT / "services" / service / "web" / "package.json").exists()
        assert built[f"kaoshen/{service}"] == ("service-with-pages" if has_pages else "service")


@pytest.mark.parametrize("name", ROLES)
def test_a_service_sees_its_own_keys_only(name: str) -> None:
    [keys] = [volume for volume in COMPOSE["services"][name]["volumes"] if volume["target"] == "/keys"]

    assert keys["read_only"] is True
    assert keys["volume"] == {"subpath": ROLES[name][0]}


def test_only_the_gateway_is_reachable_from_outside() -> None:
    assert [name for name, container in COMPOSE["services"].items() if "ports" in container] == ["gateway"]


def test_no_secret_has_a_value_that_works() -> None:
    secret = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|REPLICA_KEY|_URL$")
    for name, value in environments():
        if secret.search(name) and name != "NOTIFY_SMS__PROVIDER":
            assert re.search(r"\$\{\w+:\?\}", value), name


def test_the_example_names_every_variable_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    text = (ROOT / "deploy" / "env" / "compose.env.example").read_text()

    assert set(re.findall(r"^(\w+)=", text, re.MULTILINE)) == asked
    assert not re.search(r"^\w*(?:PASSWORD|KEY)\w*=.", text, re.MULTILINE)


def environments() -> Iterable[tuple[str, str]]:
    for container in COMPOSE["services"].values():
        yield from container.get("environment", {}).items()
