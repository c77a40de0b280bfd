"""Versions that are no longer live: who ended them, when and why; told to owners and holders of a grant."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.uploads.documents import dead_document, read_dead
from services.uploads.dossier import refuse_image, remove_image
from services.uploads.model import DeadVersion
from services.uploads.ports import Grant
from tests.uploads.builders import (
    NOW,
    SMALL,
    a_claim,
    a_dossier,
    a_sent_back,
    added,
    returned,
    rules_of,
    with_images,
)
from tests.uploads.conftest import REVIEWER, Browser, Uploads, browsing
from tests.uploads.pictures import jpeg
from tests.uploads.test_use_cases import hear, submitted, take

RULES = rules_of(SMALL)
DOSSIER = "/dossiers/0ce5467b-4d66-5068-91a4-77b2a6c29815"


def why(dead: DeadVersion | None) -> tuple[str, str, str | None, str | None]:
    assert dead is not None
    return dead.cause, dead.ended_by, dead.sendback_id, dead.reason_code


def test_the_candidate_removes_and_the_worker_refuses() -> None:
    dossier = added(a_dossier(SMALL), RULES, "diploma.1").dossier

    refused = refuse_image(dossier, RULES, "diploma.1", "image_damaged", NOW)
    removed = remove_image(with_images(a_dossier(SMALL), RULES, "extra.1"), RULES, "extra.1", NOW)

    assert refused is not None
    assert why(refused.dead) == ("refused", "worker", None, None)
    assert why(removed.dead) == ("removed", "candidate", None, None)


def test_a_returned_version_keeps_its_send_back_and_the_reason() -> None:
    dossier = returned(RULES, "diploma.1")

    step = added(dossier, RULES, "diploma.2")

    assert why(step.dead) == ("replaced", "candidate", "sb-1", "unreadable")


def test_an_answer_that_is_replaced_keeps_what_it_answered() -> None:
    dossier = added(returned(RULES, "diploma.1"), RULES, "diploma.2").dossier

    step = remove_image(dossier, RULES, "diploma.2", NOW)

    assert why(step.dead) == ("removed", "candidate", "sb-1", "unreadable")


def test_versions_from_before_the_reasons_were_kept_are_read_all_the_same() -> None:
    dead = added(returned(RULES, "diploma.1"), RULES, "diploma.2").dead
    assert dead is not None
    document = dead_document(dead)
    assert read_dead(document) == dead

    del document["sendback_id"], document["reason_code"]

    assert why(read_dead(document)) == ("replaced", "candidate", None, None)


async def answered() -> Uploads:
    """Return the service after a diploma was returned and replaced."""
    uploads = await submitted()
    diploma = uploads.dossier.items[2]
    await hear(uploads, a_claim(1))
    await hear(uploads, a_sent_back(uploads.dossier.items, [diploma.image_id]))
    await take(uploads, jpeg(50), key="key-answer-1")
    await uploads.work()
    return uploads


@pytest.fixture
async def world() -> Uploads:
    return await answered()


@pytest.fixture
async def browser(world: Uploads) -> AsyncIterator[Browser]:
    """Return the candidate's browser."""
    async with browsing(world.use_cases, world.clock) as opened:
        yield opened


async def test_the_candidate_reads_what_became_of_the_own_pictures(browser: Browser, world: Uploads) -> None:
    history = await browser.json("GET", f"{DOSSIER}/history")

    assert history["versions"] == [
        {
            "image_id": world.dossier.items[2].replaces,
            "category": "diploma",
            "slot": None,
            "size_bytes": len(jpeg(2)),
            "received_at": "2020-03-12T06:00:00Z",
            "ended_at": "2020-03-12T06:00:00Z",
            "cause": "replaced",
            "ended_by": "candidate",
            "sendback_id": "sb-1",
            "reason_code": "unreadable",
        }
    ]


async def test_a_version_that_was_buried_but_lives_on_has_no_history(
    browser: Browser, world: Uploads
) -> None:
    dead = next(iter(world.dossiers.dead.values()))
    for item in world.dossier.items:
        world.dossiers.dead[item.image_id] = replace(dead, item=item)

    history = await browser.json("GET", f"{DOSSIER}/history")

    live = {item.image_id for item in world.dossier.items}
    assert live.isdisjoint(version["image_id"] for version in history["versions"])
    assert history["versions"]


async def test_staff_read_the_history_of_a_granted_picture_s_place_only(
    browser: Browser, world: Uploads
) -> None:
    diploma, front = world.dossier.items[2].image_id, world.dossier.items[0].image_id
    images = frozenset({diploma, front})
    world.grants.grants["good"] = Grant(REVIEWER.staff_id, REVIEWER.session_id, images, "review")
    browser.caller = REVIEWER

    history = await (await browser.call("GET", f"/images/{diploma}/history", X_View_Grant="good")).json()
    nothing = await (await browser.call("GET", f"/images/{front}/history", X_View_Grant="good")).json()
    refusal = await browser.call("GET", f"/images/{diploma}/history")

    assert [version["cause"] for version in history["versions"]] == ["replaced"]
    assert nothing == {"versions": []}
    assert refusal.status == 403
