"""Chapter a: the registration card, activation, logged in (S0-02..09)."""

from tests.story.context import Story, expect_problem
from tests.story.expectations import PASSWORD_HINT
from tests.support.gateway_client import Json
from tests.support.simulators.demo import Registration

_SITE = "济南"
_CATEGORY = "110"


async def play(story: Story) -> None:
    """Let a candidate of Jinan who was never here before come in."""
    entry = await _meet_the_card(story)
    await _activate(story, entry)


async def _meet_the_card(story: Story) -> Json:
    async with story.step("a.card", "考生从报名信息卡点击「上传相关材料」进入") as notes:
        entry = await _choose_candidate(story)
        card, registration = entry["card"], story.registration
        assert card["heading"] == registration.heading, card["heading"]
        assert card["admission_ticket_no"] == registration.admission_ticket_no
        place = (card["district_name"], card["site_name"], card["stage"], card["registered_on"])
        names = story.roster
        assert place == (
            names.district_names[registration.district],
            names.site_names[registration.site],
            registration.stage,
            registration.registered_on,
        ), place
        assert card["name"] != registration.name, "the name is not masked before activation"
        notes.append(
            f"{card['heading']} {card['name']} 准考证号 {card['admission_ticket_no']} {' '.join(place)}"
        )
        notes.append(f"registration {registration.registration_id}")
    return entry


async def _activate(story: Story, entry: Json) -> None:
    async with story.step("a.activate", "激活：密码两次、找回问题与答案、承诺；直接登录") as notes:
        page, person = entry["page"], story.person
        assert entry["username"] == story.registration.username
        assert page["password_hint"] == PASSWORD_HINT, page["password_hint"]
        assert len(page["notes"]) == 3, page["notes"]
        assert len(page["commitments"]) == 2, page["commitments"]
        token = entry["entry_token"]
        differs = await expect_problem(person.activate(token, confirmation="Andere2020"), 422)
        me = await person.activate(token)
        assert me["kind"] == "candidate"
        assert [card["registration_id"] for card in me["registrations"]] == [person.registration_id]
        again = await person.browser.get_json("/api/auth/me")
        assert again["candidate_id"] == me["candidate_id"]
        notes.append(f"两次密码不同被拒：{differs.detail}")
        notes.append(f"candidate {me['candidate_id']}")


async def _choose_candidate(story: Story) -> Json:
    for registration in _newcomers(story):
        visitor = story.visitor(registration)
        entry = await visitor.enter()
        if not entry["activated"]:
            story.chosen, story.candidate = registration, visitor
            return entry
    raise AssertionError(
        f"every demo candidate of {_SITE} is activated already: `make clean`, or use a longer roster"
    )


def _newcomers(story: Story) -> list[Registration]:
    roster = story.roster
    return [
        registration
        for registration in roster.registrations
        if roster.site_names[registration.site] == _SITE and registration.category_code == _CATEGORY
    ]
