"""The contract of uploads' stores, held by the fakes and by the real ones."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.uploads.announcing import Step, state_of
from services.uploads.carrying import receive
from services.uploads.confirmation import confirm, hold_back
from services.uploads.dossier import add_image, refuse_image, remove_image
from services.uploads.due import advanced, due
from services.uploads.errors import ObjectBrokenError
from services.uploads.handshake import claim, send_back
from services.uploads.model import (
    Awaits,
    CopyOrder,
    Derivatives,
    Dossier,
    DuePapers,
    Item,
    Origin,
    Place,
    ReturnedPlace,
    Rules,
    SendBack,
    Standing,
)
from services.uploads.object_crypto import EncryptedObjects
from services.uploads.ports import Calendars, Dossiers, Registrations
from services.uploads.registration_repository import MongoCalendars, MongoRegistrations
from services.uploads.repository import INDEXES, MongoDossiers
from services.uploads.submission import submit
from shared.errors import ConflictError
from shared.events import Envelope
from shared.events.uploads import ImageOriginalOpened
from shared.events.writer import EventWriter
from shared.messaging.outbox import Outbox, OutboxFullError
from shared.messaging.publisher import BrokerUnavailableError
from shared.mongo import Collection, Database
from shared.object_store import ObjectStore
from shared.policy.values import LockOn, UnlockScope
from tests.support.clocks import StandingClock
from tests.support.keys import a_cipher, a_sealer
from tests.uploads.builders import (
    CANDIDATE,
    NOW,
    REGISTRATION,
    a_claim,
    a_dossier,
    a_new_image,
    a_policy,
    a_registration,
    a_sent_back,
    an_autosave_policy,
    an_object,
    places_of,
    rules_of,
)
from tests.uploads.fakes import TRAITS, InMemoryCalendars, InMemoryDossiers, InMemoryRegistrations, a_wrapper

MADE = Derivatives(30, 20, an_object("copy"), an_object("thumbnail"), TRAITS, "f1.sealed")
RULES = rules_of(a_policy(scope=UnlockScope.IMAGE))
MINUTE = timedelta(minutes=1)


@dataclass
class Silent:
    """A publisher that is never there."""

    async def publish(self, envelope: Envelope) -> None:
        """Refuse."""
        raise BrokerUnavailableError(envelope.type)


@dataclass
class Store:
    """The stores of one kind."""

    dossiers: Dossiers
    registrations: Registrations
    calendars: Calendars
    collection: Collection | None = None

    async def now(self) -> Dossier:
        """Return the dossier as it is."""
        dossier = await self.dossiers.find(REGISTRATION)
        assert dossier is not None
        return dossier

    async def add(self, name: str, *, slot: str | None = None, replaces: str | None = None) -> bool:
        """Add an image, named `category.number`."""
        before = await self.now()
        new = a_new_image(name, name.partition(".")[0], slot=slot, replaces=replaces)
        return await self.dossiers.save_images(before, add_image(before, RULES, new, NOW))

    async def finish(self) -> None:
        """Let the workers finish everything."""
        dossier = await self.now()
        for item in dossier.items:
            await self.dossiers.finish_image(dossier, item, MADE)


@pytest.fixture
async def store(maybe_database: Database | None) -> Store:
    """Return the stores, with an open dossier."""
    if maybe_database is None:
        made = Store(InMemoryDossiers(), InMemoryRegistrations(), InMemoryCalendars())
    else:
        made = await _real(maybe_database)
    dossier = a_dossier(RULES.policy)
    await made.dossiers.open(dossier, (state_of(dossier, RULES),))
    return made


async def _real(database: Database) -> Store:
    await database.declare(INDEXES)
    writer = EventWriter("uploads", StandingClock(), a_sealer("uploads"))
    collection = database["dossiers"]
    dossiers = MongoDossiers(collection, database["image_versions"], writer, Outbox(collection, Silent()))
    registrations = MongoRegistrations(database["registrations"], a_cipher())
    return Store(dossiers, registrations, MongoCalendars(database["calendars"]), collection)


async def test_a_dossier_is_opened_once(store: Store) -> None:
    other = replace(a_dossier(RULES.policy), candidate_id="other")

    await store.dossiers.open(other, ())

    assert await store.now() == a_dossier(RULES.policy)
    assert await store.dossiers.find("unknown") is None


async def test_a_dossier_comes_back_as_its_commands_made_it(store: Store) -> None:
    for name in ("idp.1", "idp.2", "diploma.1"):
        assert await store.add(name)
    await store.finish()
    before = await store.now()
    step = submit(before, RULES, NOW)

    assert await store.dossiers.save(before, step)

    assert await store.now() == step.dossier
    assert [item.derivatives for item in step.dossier.items] == [MADE] * 3


async def test_a_command_on_an_old_version_is_not_applied(store: Store) -> None:
    for name in ("idp.1", "idp.2", "diploma.1"):
        await store.add(name)
    await store.finish()
    before = await store.now()
    await store.add("extra.1")

    assert not await store.dossiers.save(before, submit(before, RULES, NOW))


async def test_a_worker_may_finish_while_a_command_is_decided(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    await store.finish()

    assert await store.dossiers.save(before, Step(replace(before, version=before.version + 1), ()))

    assert (await store.now()).items[0].derivatives == MADE


async def test_uploads_that_announce_nothing_do_not_fight(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    steps = [add_image(before, RULES, a_new_image(f"extra.{n}", "extra"), NOW) for n in range(5)]

    saved = [await store.dossiers.save_images(before, step) for step in steps]

    now = await store.now()
    assert saved == [True, True, True, False, False]
    assert (now.count("extra"), now.revision, now.version) == (3, 4, 5)


async def test_fifty_uploads_at_once_fill_the_category_exactly(store: Store) -> None:
    async def upload(number: int) -> bool:
        for _ in range(50):
            before = await store.now()
            new = a_new_image(f"diploma.{number}", "diploma")
            try:
                step = add_image(before, RULES, new, NOW)
            except ConflictError:
                return False
            if await store.dossiers.save_images(before, step):
                return True
        raise AssertionError(number)

    saved = await asyncio.gather(*(upload(number) for number in range(50)))

    assert sum(saved) == (await store.now()).count("diploma") == 3


async def test_two_that_complete_a_category_together_are_not_both_silent(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    steps = [
        add_image(before, RULES, a_new_image(f"idp.{slot}", "idp", slot=slot), NOW)
        for slot in ("front", "back")
    ]

    assert [await store.dossiers.save_images(before, step) for step in steps] == [True, False]


async def test_the_same_bytes_the_same_id_and_the_same_slot_are_kept_out_of_a_race(store: Store) -> None:
    await store.add("diploma.1")
    await store.add("idp.1", slot="front")
    before = await store.now()
    twin = replace(a_new_image("extra.1", "extra"), sha256="f" * 64)
    steps = [
        add_image(before, RULES, twin, NOW),
        add_image(before, RULES, replace(twin, image_id="extra.2"), NOW),
        add_image(before, RULES, replace(twin, sha256="e" * 64), NOW),
    ]

    assert [await store.dossiers.save_images(before, step) for step in steps] == [True, False, False]


async def test_an_image_waits_for_the_candidate_and_counts_once_confirmed(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    asked = hold_back(before, RULES, "diploma.1", MADE, Awaits.SAME_SHOT)
    assert asked is not None
    assert await store.dossiers.save_images(before, asked)
    waiting = await store.now()
    confirmed = confirm(waiting, RULES, "diploma.1", NOW)
    assert confirmed is not None

    assert await store.dossiers.save_images(waiting, confirmed)

    now = await store.now()
    assert (waiting, now) == (asked.dossier, confirmed.dossier)
    assert [item.awaits for item in (*waiting.items, *now.items)] == [Awaits.SAME_SHOT, None]


@pytest.mark.real
async def test_a_confirmation_leaves_keys_that_were_wrapped_anew_meanwhile(mongo_database: Database) -> None:
    store = await _real(mongo_database)
    await store.dossiers.open(a_dossier(RULES.policy), ())
    await store.add("diploma.1")
    before = await store.now()
    asked = hold_back(before, RULES, "diploma.1", MADE, Awaits.SHRUNK)
    assert asked is not None
    await store.dossiers.save_images(before, asked)
    waiting = await store.now()
    assert store.collection is not None
    wrapped = ("items.0.original.wrapped_key", "items.0.derivatives.copy.wrapped_key")
    await store.collection.update_one({"_id": REGISTRATION}, {"$set": dict.fromkeys(wrapped, "k2.new")})
    step = confirm(waiting, RULES, "diploma.1", NOW)
    assert step is not None

    assert await store.dossiers.save_images(waiting, step)

    (item,) = (await store.now()).items
    assert item.derivatives is not None
    assert (item.awaits, item.original.wrapped_key) == (None, "k2.new")
    assert item.derivatives.copy.wrapped_key == "k2.new"


async def test_a_confirmation_holds_only_if_nothing_else_has_happened(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    await store.add("extra.1")
    step = hold_back(before, RULES, "diploma.1", MADE, Awaits.SAME_SHOT)
    assert step is not None

    assert not await store.dossiers.save_images(before, step)

    assert [item.awaits for item in (await store.now()).items] == [None, None]


async def test_a_replaced_image_keeps_its_place_and_is_found_in_the_history(store: Store) -> None:
    await store.add("idp.1")
    await store.add("idp.2")

    assert await store.add("idp.3", replaces="idp.1")

    now = await store.now()
    dead = await store.dossiers.find_dead("idp.1")
    assert [(item.image_id, item.slot) for item in now.items] == [("idp.3", "front"), ("idp.2", "back")]
    assert dead is not None
    assert (dead.cause, dead.item.image_id, dead.registration_id) == ("replaced", "idp.1", REGISTRATION)
    assert await store.dossiers.find_live("idp.1") is None
    live = await store.dossiers.find_live("idp.3")
    assert live is not None
    assert live.registration_id == REGISTRATION


async def test_a_removed_image_frees_its_category(store: Store) -> None:
    for number in range(3):
        await store.add(f"diploma.{number}")
    before = await store.now()

    assert await store.dossiers.save_images(before, remove_image(before, RULES, "diploma.0", NOW))
    assert not await store.dossiers.save_images(before, remove_image(before, RULES, "diploma.0", NOW))

    assert await store.add("diploma.9")
    assert (await store.now()).count("diploma") == 3


async def test_a_refused_image_is_noted_dismissed_and_displaced(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    step = refuse_image(before, RULES, "diploma.1", "image_damaged", NOW)
    assert step is not None

    assert await store.dossiers.save_images(before, step)

    now = await store.now()
    assert (now.items, [entry.image_id for entry in now.refused]) == ((), ["diploma.1"])
    await store.add("diploma.2")
    assert (await store.now()).refused == ()
    await store.dossiers.dismiss(REGISTRATION, "diploma.1")


async def test_a_finished_image_is_not_refused_in_a_race(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    step = refuse_image(before, RULES, "diploma.1", "image_damaged", NOW)
    assert step is not None
    await store.finish()

    assert not await store.dossiers.save_images(before, step)


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_an_image_that_is_finished_meanwhile_does_not_go_without_its_copies(
    store: Store, *, is_replaced: bool
) -> None:
    async def end(before: Dossier) -> bool:
        new = a_new_image("diploma.2", "diploma", replaces="diploma.1")
        step = add_image(before, RULES, new, NOW) if is_replaced else None
        return await store.dossiers.save_images(before, step or remove_image(before, RULES, "diploma.1", NOW))

    await store.add("diploma.1")
    before = await store.now()
    await store.finish()

    assert not await end(before)
    assert await end(await store.now())
    assert not await end(before)

    dead = await store.dossiers.find_dead("diploma.1")
    assert dead is not None
    assert (dead.item.derivatives, dead.cause) == (MADE, "replaced" if is_replaced else "removed")


async def test_an_image_is_finished_once_and_only_while_it_is_there(store: Store) -> None:
    await store.add("diploma.1")
    dossier = await store.now()
    item: Item = dossier.items[0]

    assert await store.dossiers.finish_image(dossier, item, MADE)
    assert not await store.dossiers.finish_image(dossier, item, MADE)
    assert not await store.dossiers.finish_image(dossier, replace(item, image_id="gone"), MADE)


async def test_a_send_back_and_its_answer_come_back_as_they_were(store: Store) -> None:
    rules: Rules = rules_of(a_policy(scope=UnlockScope.IMAGE, locks=frozenset({LockOn.REVIEW_CLAIM})))
    for name in ("idp.1", "idp.2", "diploma.1"):
        await store.add(name)
    await store.finish()
    before = await store.now()
    assert await store.dossiers.save(before, submit(before, rules, NOW))
    submitted = await store.now()
    held = claim(submitted, rules, a_claim(1), NOW, NOW)
    assert held is not None
    assert await store.dossiers.save(submitted, held)
    event = a_sent_back(held.dossier.items, ["diploma.1"])
    sent = send_back(await store.now(), rules, event, places_of(event), NOW)
    assert sent is not None
    assert await store.dossiers.save(held.dossier, sent)
    assert await store.now() == sent.dossier

    assert await store.add("diploma.2")

    now = await store.now()
    assert now.send_back is not None
    assert now.send_back.acted
    assert now.send_back.places[0].answered_by == "diploma.2"
    assert now.items[2].replaces == "diploma.1"


async def test_the_history_tells_the_newest_end_first_and_of_one_dossier_only(store: Store) -> None:
    await store.add("extra.1")
    await store.add("extra.2")
    await store.finish()
    for minutes, name in enumerate(("extra.1", "extra.2")):
        before = await store.now()
        step = remove_image(before, RULES, name, NOW + minutes * MINUTE)
        assert await store.dossiers.save_images(before, step)

    found = await store.dossiers.history(REGISTRATION, 10)

    assert [(dead.item.image_id, dead.cause, dead.ended_by) for dead in found] == [
        ("extra.2", "removed", "candidate"),
        ("extra.1", "removed", "candidate"),
    ]
    assert await store.dossiers.history(REGISTRATION, 1) == found[:1]
    assert await store.dossiers.history("somebody-else", 10) == []


async def test_the_returned_bytes_replace_themselves_when_the_candidate_insists(store: Store) -> None:
    for name in ("idp.1", "idp.2", "diploma.1"):
        await store.add(name)
    await store.finish()
    held = await _held(store)
    event = a_sent_back(held.items, ["diploma.1"])
    sent = send_back(held, RULES, event, places_of(event), NOW)
    assert sent is not None
    assert await store.dossiers.save(held, sent)
    before = await store.now()
    new = replace(
        a_new_image("diploma.2", "diploma"), sha256=a_new_image("diploma.1", "diploma").sha256, anyway=True
    )

    assert await store.dossiers.save_images(before, add_image(before, RULES, new, NOW))

    now = await store.now()
    assert [(item.image_id, item.insisted) for item in now.items if item.category == "diploma"] == [
        ("diploma.2", True)
    ]
    assert [version.image_id for version in now.returned_versions] == ["diploma.1"]
    dead = await store.dossiers.find_dead("diploma.1")
    assert dead is not None
    assert (dead.sendback_id, dead.reason_code) == ("sb-1", "unreadable")


async def _held(store: Store) -> Dossier:
    before = await store.now()
    submitted = submit(before, RULES, NOW)
    assert await store.dossiers.save(before, submitted)
    before = await store.now()
    held = claim(before, RULES, a_claim(1), NOW, NOW)
    assert held is not None
    assert await store.dossiers.save(before, held)
    return await store.now()


async def test_all_that_a_send_back_and_time_leave_behind_comes_back_as_it_was(store: Store) -> None:
    rules = rules_of(a_policy(locks=frozenset()))
    before = await store.now()
    place = ReturnedPlace("diploma", None, None, "unreadable", "", "")
    standing = Standing("site_passed", NOW, site_passed=True, decided=True)
    expired = SendBack("sb", 2, "site", NOW, NOW, (place,), automatic=True, before=standing)
    after = replace(
        before,
        stage="abandoned",
        expired=expired,
        expired_at=NOW,
        rounds=2,
        due_papers=DuePapers(frozenset({"diploma"}), NOW),
        overdue=("first_upload", "supplement"),
        reminded=("diploma.1",),
        version=before.version + 1,
    )

    assert await store.dossiers.save(before, Step(after, (state_of(after, rules),)))

    assert await store.now() == after


async def test_an_image_step_that_takes_the_dossier_back_writes_its_stage(store: Store) -> None:
    rules = rules_of(an_autosave_policy())
    await store.add("diploma.1")
    await store.finish()
    draft = await store.now()
    step = advanced(draft, rules, NOW)
    assert step is not None
    assert await store.dossiers.save(draft, step)
    forward = await store.now()
    later = NOW + MINUTE

    removed = remove_image(forward, rules, "diploma.1", later)
    assert await store.dossiers.save_images(forward, removed)

    now = await store.now()
    assert (forward.stage, forward.submissions) == ("submitted", 1)
    assert (now.stage, now.submitted_at, now.changed_at) == ("draft", None, later)


async def test_every_dossier_can_be_looked_at_again(store: Store) -> None:
    assert await store.dossiers.due(NOW, 10) == []

    await store.dossiers.look_again(NOW)

    assert [dossier.registration_id for dossier in await store.dossiers.due(NOW, 10)] == [REGISTRATION]


async def test_the_calendars_that_were_followed_are_remembered(store: Store) -> None:
    assert await store.calendars.followed() is None

    await store.calendars.follow("one")
    await store.calendars.follow("two")

    assert await store.calendars.followed() == "two"


async def test_what_is_due_is_found_and_then_no_more(store: Store) -> None:
    await store.add("diploma.1")
    assert await store.dossiers.due(NOW, 10) == []
    found = await store.dossiers.due(NOW + MINUTE, 10)
    assert [dossier.registration_id for dossier in found] == [REGISTRATION]
    await store.finish()
    before = await store.now()

    assert await store.dossiers.save(before, due(before, RULES, NOW + MINUTE))

    assert await store.dossiers.due(NOW + 10 * MINUTE, 10) == []


async def test_a_registration_is_kept_in_its_own_order(store: Store) -> None:
    newer = replace(a_registration(), site_name="青岛")

    await store.registrations.keep(newer, 5)
    await store.registrations.keep(a_registration(), 4)
    await store.registrations.keep(a_registration(), 5)

    assert await store.registrations.find(REGISTRATION) == newer
    assert await store.registrations.find("unknown") is None


async def test_what_replaced_a_registration_may_be_known_before_the_registration(store: Store) -> None:
    await store.registrations.supersede(REGISTRATION, "r2")
    assert await store.registrations.find(REGISTRATION) is None

    await store.registrations.keep(a_registration(), 1)

    assert await store.registrations.find(REGISTRATION) == replace(a_registration(), superseded_by="r2")


async def test_a_followed_registration_comes_back_with_list_place_and_revision(store: Store) -> None:
    before = await store.now()
    followed = replace(
        before,
        version=before.version + 1,
        revision=before.revision + 1,
        place=Place("2020", "37", "3702"),
        required=frozenset({"idp", "extra"}),
        previously=frozenset[str](),
        superseded_by="r2",
    )

    assert await store.dossiers.save(before, Step(followed, ()))

    assert await store.now() == followed


async def test_a_copy_is_taken_in_once_and_comes_back_with_its_origin(store: Store) -> None:
    origin = Origin("old", "diploma.1", "2019", is_approved=True)
    order = CopyOrder("copy-1", "diploma", None, origin)
    before = await store.now()
    waiting = replace(before, version=before.version + 1, copying=(order,))
    assert await store.dossiers.save(before, Step(waiting, ()))
    step = receive(waiting, RULES, order, an_object("copy"), NOW)
    assert step is not None

    assert await store.dossiers.save_images(waiting, step)

    assert not await store.dossiers.save_images(waiting, step)
    assert await store.now() == step.dossier
    assert [item.origin for item in step.dossier.items] == [origin]


async def test_a_copy_gives_way_to_whatever_else_has_happened(store: Store) -> None:
    order = CopyOrder("copy-1", "diploma", None, Origin("old", "diploma.1", "2019", is_approved=True))
    before = await store.now()
    waiting = replace(before, version=before.version + 1, copying=(order,))
    assert await store.dossiers.save(before, Step(waiting, ()))
    step = receive(waiting, RULES, order, an_object("copy"), NOW)
    assert step is not None
    assert await store.add("diploma.9")

    assert not await store.dossiers.save_images(waiting, step)


async def test_the_dossiers_of_a_candidate_are_found_newest_first(store: Store) -> None:
    older = replace(a_dossier(RULES.policy), registration_id="older", opened_at=NOW - timedelta(days=400))
    foreign = replace(a_dossier(RULES.policy), registration_id="foreign", candidate_id="other")
    for dossier in (older, foreign):
        await store.dossiers.open(dossier, ())

    found = await store.dossiers.of_candidate(CANDIDATE)

    assert [dossier.registration_id for dossier in found] == [REGISTRATION, "older"]


@pytest.mark.real
async def test_what_is_personal_is_encrypted_at_rest(mongo_database: Database) -> None:
    store = await _real(mongo_database)
    await store.registrations.keep(a_registration(), 1)

    document = await mongo_database["registrations"].find_one({"_id": REGISTRATION})

    assert "山东省" not in str(document)


@pytest.mark.real
async def test_events_wait_in_the_document_and_too_many_refuse_the_next_command(
    mongo_database: Database,
) -> None:
    store = await _real(mongo_database)
    dossier = a_dossier(RULES.policy)
    await store.dossiers.open(dossier, [state_of(dossier, RULES)] * 51)

    document = await mongo_database["dossiers"].find_one({"_id": REGISTRATION})

    assert document is not None
    assert len(document["outbox"]) == 51
    assert "outbox_since" in document
    with pytest.raises(OutboxFullError):
        await store.add("diploma.1")


async def test_covers_set_by_hand_are_kept_with_the_live_image_and_with_its_history(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()

    assert await store.dossiers.add_cover("diploma.1", (0.5, 0.5, 0.6, 0.6))
    assert await store.dossiers.clear_covers("diploma.1")
    assert await store.dossiers.add_cover("diploma.1", (0.1, 0.2, 0.3, 0.4))
    assert await store.dossiers.add_cover("diploma.1", (0.0, 0.0, 1.0, 0.5))
    assert not await store.dossiers.add_cover("diploma.9", (0.1, 0.2, 0.3, 0.4))
    assert not await store.dossiers.clear_covers("diploma.9")

    after = await store.now()
    assert (after.version, after.revision) == (before.version, before.revision)
    assert after.items[0].covers == ((0.1, 0.2, 0.3, 0.4), (0.0, 0.0, 1.0, 0.5))
    assert await store.dossiers.save_images(after, remove_image(after, RULES, "diploma.1", NOW))
    dead = await store.dossiers.find_dead("diploma.1")
    assert dead is not None
    assert dead.item.covers == after.items[0].covers


@pytest.mark.parametrize("was_covered", [False, True])
async def test_a_cover_set_while_its_picture_is_taken_away_is_in_the_history(
    store: Store, *, was_covered: bool
) -> None:
    await store.add("diploma.1")
    first, late = (0.1, 0.2, 0.3, 0.4), (0.0, 0.0, 1.0, 0.5)
    if was_covered:
        assert await store.dossiers.add_cover("diploma.1", first)
    before = await store.now()

    assert await store.dossiers.add_cover("diploma.1", late)
    assert not await store.dossiers.save_images(before, remove_image(before, RULES, "diploma.1", NOW))
    now = await store.now()
    assert await store.dossiers.save_images(now, remove_image(now, RULES, "diploma.1", NOW))

    dead = await store.dossiers.find_dead("diploma.1")
    assert dead is not None
    assert dead.item.covers == ((first, late) if was_covered else (late,))


async def test_a_fact_about_a_dossier_is_told_and_changes_nothing_in_it(store: Store) -> None:
    await store.add("diploma.1")
    before = await store.now()
    event = ImageOriginalOpened(image_id="diploma.1", category="diploma", staff_id="s1", purpose="review")

    assert await store.dossiers.tell(before, event)
    assert not await store.dossiers.tell(replace(before, registration_id="another"), event)

    assert await store.now() == before


@pytest.mark.real
async def test_objects_lie_in_a_real_store(object_store: ObjectStore) -> None:
    objects = EncryptedObjects(object_store, a_wrapper())

    stored = await objects.keep(f"{REGISTRATION}/i1/abc", b"x" * 200_000)

    assert await objects.read(stored) == b"x" * 200_000
    await objects.drop(stored.key)
    with pytest.raises(ObjectBrokenError):
        await objects.read(stored)
