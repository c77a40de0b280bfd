"""Two candidates hand in one diploma: both cases carry the hint, and both pictures can be looked at."""

from pathlib import Path
from random import Random

import pytest

from deploy.embedded.layout import ROOT
from tests.story.context import Story
from tests.story.review import sign_in
from tests.support.demo_system import addresses_of, demo_system
from tests.support.gateway_client import eventually, opened_session
from tests.support.simulators.demo import Registration
from tests.support.specimens import Kind, Person
from tests.support.specimens.pairs import Relation, changed, photographed
from tests.system.test_crashes import PATIENCE, crashing

pytestmark = pytest.mark.real

POLICY = ROOT / "deploy" / "policies" / "examples" / "duplicates.yaml"
SITE = "济南"


@pytest.mark.timeout(600)
async def test_one_diploma_of_two_candidates_is_flagged_on_the_desk_though_a_worker_dies(
    tmp_path: Path,
) -> None:
    environment = {"watermark": crashing(tmp_path, "watermark", ("worker.after_fingerprint",))}
    with demo_system(tmp_path / "home", (POLICY,), environment=environment) as system:
        async with opened_session() as session:
            story = Story(session, addresses_of(system), patience=PATIENCE)
            one, other, stranger = _of_the_site(story)[:3]
            diploma = photographed(Kind.DIPLOMA, Person(one.name, one.id_number), 5)
            await _hand_in(story, one, diploma)
            await _hand_in(story, other, changed(diploma, Relation.RECOMPRESSED, Random(1)))
            own = Person(stranger.name, stranger.id_number)
            await _hand_in(story, stranger, photographed(Kind.DIPLOMA, own, 6))

            reviewer = await sign_in(story, story.staff("site_reviewer", SITE)[0])

            async def flagged() -> dict[str, int] | None:
                rows = {row["case_id"]: row["duplicates"] for row in (await reviewer.queue())["items"]}
                pair = (rows.get(one.registration_id), rows.get(other.registration_id))
                return rows if pair == (1, 1) else None

            rows = await eventually(flagged, within=PATIENCE, what="both cases carry the hint", every=0.5)
            assert rows[stranger.registration_id] == 0
            case = await reviewer.hold(other.registration_id)
            twin = case["items"][0]["duplicates"][0]
            assert twin["case_id"] == one.registration_id
            grant = await reviewer.grant(other.registration_id)
            assert len(await reviewer.picture(twin["image_id"], grant)) > 1000
            assert case["items"][0]["verdict"] is None

    assert [mark.name for mark in (tmp_path / "watermark").iterdir()] == ["worker.after_fingerprint"]


def _of_the_site(story: Story) -> list[Registration]:
    names = story.roster.site_names
    return [each for each in story.roster.registrations if names[each.site] == SITE]


async def _hand_in(story: Story, registration: Registration, diploma: bytes) -> None:
    person = story.visitor(registration)
    await person.activate((await person.enter())["entry_token"])
    await person.dossier()
    await person.upload("diploma", diploma)
    await person.submit()
