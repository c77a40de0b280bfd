"""Ports are counted from one base and refused clearly."""

import socket
from pathlib import Path

import pytest

from deploy.embedded.accounts import Accounts
from deploy.embedded.layout import Layout
from deploy.embedded.plan import MOST_UPLOADS, MOST_WORKERS, Plan
from deploy.embedded.ports import BLOCK, LOOPBACK, Ports, PortTakenError, free_ports, is_free, require_free


def test_the_largest_system_fits_into_one_block_without_two_parts_on_a_port() -> None:
    ports = Ports(base=20_000)
    plan = Plan(
        Layout(Path("home")), ports, Accounts({}), uploads_instances=MOST_UPLOADS, workers=MOST_WORKERS
    )

    of_services = [port for part in plan.service_parts() for port in ports.of_slot(part.slot)]
    servers = [ports.broker, ports.broker_distribution, ports.port_mapper, ports.database, ports.objects]
    everything = [*of_services, *servers, ports.registration_system, ports.sms_provider]

    assert len(set(everything)) == len(everything)
    assert all(ports.base <= port < ports.base + BLOCK - 1 for port in everything)


def test_a_taken_port_is_refused_with_its_number_its_part_and_the_way_out() -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"port {port}, needed by gateway, .* PORT=<number>"):
            require_free([("gateway", port)])
        with pytest.raises(PortTakenError, match="PORTS_FROM=<number>"):
            require_free([("broker", port)])


def test_free_ports_are_free() -> None:
    ports = free_ports()

    assert all(is_free(port) for port in range(ports.base, ports.base + BLOCK))
