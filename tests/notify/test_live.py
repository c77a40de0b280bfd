"""The hub: who listens, how many, and what a slow page costs."""

import asyncio

import pytest

from services.notify.app import build_listener
from services.notify.errors import OverloadedError, TooManyStreamsError
from services.notify.live import Change, LiveHub
from tests.notify.builders import a_submission, an_envelope


async def test_a_stream_hears_of_its_own_registration_only() -> None:
    hub = LiveHub()

    with hub.listening("c1", "r1") as own, hub.listening("c2", "r2") as foreign:
        hub.tell("r1", Change("dossier:r1", 7))

        assert await own.take(0) == [Change("dossier:r1", 7)]
        assert await foreign.take(0) == []


async def test_of_one_subject_only_the_newest_waits_for_a_slow_page() -> None:
    hub = LiveHub()

    with hub.listening("c1", "r1") as stream:
        for sequence in (3, 900, 5):
            hub.tell("r1", Change("dossier:r1", sequence))
        hub.tell("r1", Change("case:r1", 1))

        assert await stream.take(0) == [Change("dossier:r1", 900), Change("case:r1", 1)]
        assert await stream.take(0) == []


async def test_a_waiting_stream_is_woken() -> None:
    hub = LiveHub()

    with hub.listening("c1", "r1") as stream:
        waiting = asyncio.create_task(stream.take(10))
        await asyncio.sleep(0)
        hub.tell("r1", Change("dossier:r1", 1))

        assert await waiting == [Change("dossier:r1", 1)]


async def test_one_candidate_may_not_take_all_streams() -> None:
    hub = LiveHub(per_candidate=1)

    with hub.listening("c1", "r1"), pytest.raises(TooManyStreamsError), hub.listening("c1", "r9"):
        pass
    with hub.listening("c1", "r1"):
        assert hub.open_streams == 1
    assert hub.open_streams == 0


async def test_an_instance_takes_so_many_and_no_more() -> None:
    hub = LiveHub(per_instance=1)

    with hub.listening("c1", "r1"), pytest.raises(OverloadedError), hub.listening("c2", "r2"):
        pass


async def test_a_closing_hub_ends_its_streams_and_takes_no_new_ones() -> None:
    hub = LiveHub()

    with hub.listening("c1", "r1") as stream:
        hub.close()
        await stream.take(10)
        assert stream.is_closing
    with pytest.raises(OverloadedError), hub.listening("c1", "r1"):
        pass


async def test_an_event_reaches_the_streams_of_its_registration() -> None:
    hub = LiveHub()

    with hub.listening("c1", "r1") as stream:
        build_listener(hub).receive(an_envelope(a_submission(), sequence=7))

        assert await stream.take(0) == [Change("dossier:r1", 7)]


async def test_after_a_gap_every_page_looks_again() -> None:
    hub = LiveHub()

    with hub.listening("c1", "r1") as stream:
        build_listener(hub).resumed()

        assert await stream.take(0) == [Change("registration:r1", 0)]
