"""The list of papers on a phone: which ones do I need, what is still missing, what has changed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from ruamel.yaml import YAML

from deploy.embedded import System
from deploy.embedded.console import Console
from deploy.embedded.demo import Demo
from deploy.embedded.layout import ROOT
from tests.browser.candidate_page import SETTLED_MS, CandidatePage
from tests.browser.play import Play
from tests.browser.windows import Windows
from tests.support.demo_system import demo_system
from tests.support.simulators.demo import load_roster
from tests.support.specimens import Kind

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(420)]

POLICY = ROOT / "deploy" / "policies" / "examples" / "one-of-several.yaml"


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a system whose policy has groups, forms and a list that follows the registration."""
    with demo_system(tmp_path_factory.mktemp("list"), (POLICY,)) as running:
        yield running


@pytest.fixture
async def play(listed: System, chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Play]:
    """Bring a candidate to the material page; whatever it complains about fails the test."""
    windows = Windows(listed, chromium, request.node.name)
    registration = load_roster(listed.plan.roster).registrations[0]
    candidate = CandidatePage(await windows.phone())
    await candidate.come_from_card(listed.plan.registration_system_url, registration.username)
    await candidate.activate()
    yield Play(listed, windows, registration, candidate)
    await windows.close()
    assert windows.complaints == [], "\n".join(windows.complaints)


async def test_the_page_says_which_papers_are_needed_and_follows_a_changed_registration(
    play: Play, tmp_path: Path
) -> None:
    await sees_the_own_papers_first(play)
    await is_told_every_way_out(play)
    await meets_a_group_with_one_paper(play)
    register_as_graduate(play, tmp_path / "roster.yaml")
    await is_told_what_has_changed(play)


async def sees_the_own_papers_first(play: Play) -> None:
    candidate = play.candidate
    await expect(candidate.at("progress")).to_contain_text("0/3 必传")
    group = candidate.at("group")
    await expect(group).to_have_attribute("data-code", "yearly_proof")
    await expect(candidate.at("group-hint")).to_contain_text("以下任一即可")
    await expect(group.locator('[data-test="category"]')).to_have_count(2)
    folded = candidate.at("foreign")
    await expect(folded.locator("summary")).to_contain_text("与您无关的 3 类材料")
    await expect(candidate.category("college_diploma")).to_be_hidden()
    await folded.locator("summary").click()
    await expect(
        candidate.category("college_diploma").locator('[data-test="category-upload"]')
    ).to_be_visible()
    await expect(
        candidate.category("practice_year").locator('[data-test="category-template"]')
    ).to_have_attribute("href", "/templates/practice_year.pdf")
    form = await candidate.page.request.get(f"{play.system.url}/templates/practice_year.pdf")
    assert (form.status, (await form.body())[:5]) == (200, b"%PDF-")
    await folded.locator("summary").click()
    await play.shoot_candidate("list-empty")


async def is_told_every_way_out(play: Play) -> None:
    candidate = play.candidate
    await candidate.at("submit-dossier").click()
    rows = candidate.at("missing-item")
    await expect(rows).to_have_count(3)
    await expect(rows.last).to_contain_text("试用期考核合格证明 或 执业期考核合格证明")
    await expect(rows.last).to_contain_text("任选一种上传")
    await play.shoot_candidate("list-missing")
    await rows.last.click()
    await expect(candidate.at("missing-sheet")).to_be_hidden()


async def meets_a_group_with_one_paper(play: Play) -> None:
    candidate = play.candidate
    await candidate.upload("probation_proof", play.file(Kind.PRACTICE_PROOF))
    await candidate.until_copies("probation_proof", 1)
    await expect(candidate.at("group-satisfied")).to_be_visible()
    await expect(
        candidate.category("practice_proof").locator('[data-test="category-covered"]')
    ).to_be_visible()
    await expect(candidate.at("progress")).to_contain_text("1/3 必传")
    await play.shoot_candidate("list-group-met")


def register_as_graduate(play: Play, file: Path) -> None:
    """Have the registration system send the candidate's row anew: graduating this year."""
    yaml = YAML(typ="safe")
    roster = yaml.load(play.system.plan.roster)
    row = next(
        each
        for each in roster["registrations"]
        if each["registration_id"] == play.registration.registration_id
    )
    row["attributes"]["fresh_graduate"] = True
    with file.open("w") as out:
        yaml.dump(roster, out)
    Demo(play.system, Console()).import_file("roster", file)


async def is_told_what_has_changed(play: Play) -> None:
    candidate = play.candidate
    await candidate.newest_message("新增：临床实践训练证明及个人承诺书。")
    await candidate.newest_message("不再需要：毕业证书、试用期考核合格证明或执业期考核合格证明（任一即可）。")
    mark = '[data-test="category-change"]'
    await expect(candidate.category("practice_year").locator(mark)).to_have_text("新增", timeout=SETTLED_MS)
    await expect(candidate.category("probation_proof").locator(mark)).to_have_text("不再需要")
    await expect(candidate.category("probation_proof").locator('[data-test="tile"]')).to_have_count(1)
    await expect(candidate.category("diploma").locator(mark)).to_have_count(0)
    await expect(candidate.at("progress")).to_contain_text("0/2 必传")
    await play.shoot_candidate("list-changed")
