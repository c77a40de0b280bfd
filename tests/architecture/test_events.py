"""The catalogue, the queues and the broker's definitions say the same."""

import json
from pathlib import Path

from deploy.rabbitmq.topology import TOPOLOGY, all_queues, topology
from shared.events import EVENT_TYPES
from tests.architecture.events_page import PAGE, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_catalogue_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == page()


def test_the_brokers_definitions_are_what_the_services_subscribe_to() -> None:
    assert json.loads(TOPOLOGY.read_text()) == topology()


def test_the_audience_of_an_event_is_who_has_a_queue_for_it() -> None:
    listening: dict[str, set[str]] = {name: set() for name in EVENT_TYPES}
    for queue in all_queues():
        for event in queue.events:
            listening[event.type].add(queue.service)

    assert listening == {name: set(kind.audience) for name, kind in EVENT_TYPES.items()}


def test_queue_names_are_unique_and_carry_their_consumer() -> None:
    names = [queue.name for queue in all_queues()]

    assert len(names) == len(set(names))
    assert {name.partition(".")[0] for name in names} <= {"auth", "uploads", "review", "notify"}


def test_nobody_acts_on_what_is_passing() -> None:
    passing = [kind for kind in EVENT_TYPES.values() if kind.is_passing]

    assert [kind.type for kind in passing if kind.is_state or kind.audience] == []
    assert [kind.type for kind in passing] == ["uploads.image.ready"]
