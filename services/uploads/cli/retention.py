"""`kaoshen retention preview|waiting|holds|hold|lift|erase`: how long dossiers are kept."""

import argparse
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.uploads.app import Composed
from services.uploads.cli.command import FAILED, say
from services.uploads.retention import Purge
from services.uploads.use_cases.retaining import Outlook
from shared.clock import SHANGHAI, shanghai_text

if TYPE_CHECKING:
    from services.uploads.cli.command import Subjects

PREVIEWED_DAYS = 30
MOST_LISTED = 1000


def add_commands(subjects: "Subjects") -> None:
    """Add what can be done about retention."""
    verbs = subjects.add_parser("retention", help="how long dossiers are kept").add_subparsers(required=True)
    preview = verbs.add_parser("preview", help="what will be deleted and announced: the dry run")
    preview.add_argument("--days", type=int, default=PREVIEWED_DAYS, help="how far to look ahead")
    preview.add_argument("--at", type=_instant, help="as if it were this instant, 2027-03-01T00:00")
    preview.set_defaults(command=preview_retention)
    verbs.add_parser("waiting", help="the deletions that are not done, and what holds them").set_defaults(
        command=list_waiting
    )
    verbs.add_parser("holds", help="the legal holds in force").set_defaults(command=list_holds)
    for verb, command, text in (
        ("hold", put_hold, "let nothing of a dossier be deleted"),
        ("lift", lift_hold, "lift a legal hold"),
        ("erase", request_erasure, "delete a whole dossier because the person asked for it"),
    ):
        parser = verbs.add_parser(verb, help=text)
        parser.add_argument("registration")
        parser.add_argument("--by", required=True, help="who orders it")
        parser.add_argument("--reason", required=True)
        parser.set_defaults(command=command)


async def preview_retention(service: Composed, given: argparse.Namespace) -> int:
    """List what is due until then, the dossiers in the order of their ids."""
    now = given.at or service.ports.clock.now()
    until, listed, objects = now + timedelta(days=given.days), 0, 0
    async for outlook in service.upkeep.preview_retention(now):
        doomed = sum(len(erasure.objects) for erasure in outlook.erasures)
        purged = outlook.dossier.erased is None and (outlook.purge_at <= until or outlook.step)
        if purged or doomed or outlook.views_before:
            listed, objects = listed + 1, objects + doomed
            say(_line(outlook))
    say(f"{listed} dossiers, {objects} single objects until {shanghai_text(until)}; nothing was changed")
    return 0


async def list_waiting(service: Composed, _: argparse.Namespace) -> int:
    """List what is planned and not done, the first due first."""
    waiting = await service.upkeep.deletions.due(datetime.max.replace(tzinfo=UTC), MOST_LISTED)
    for deletion in waiting:
        words = (
            shanghai_text(deletion.due_at),
            deletion.registration_id,
            deletion.cause,
            deletion.held_by or "-",
        )
        say("  ".join(words))
    say(f"{len(waiting)} deletions wait")
    return 0


async def list_holds(service: Composed, _: argparse.Namespace) -> int:
    """List the legal holds."""
    for hold in await service.upkeep.holds.all():
        say(f"{hold.registration_id}  {shanghai_text(hold.since)}  {hold.by}  {hold.reason}")
    return 0


async def put_hold(service: Composed, given: argparse.Namespace) -> int:
    """Hold a dossier."""
    await service.upkeep.hold_legally.put(given.registration, given.by, given.reason)
    say(f"held {given.registration}: nothing of it is deleted until the hold is lifted")
    return 0


async def lift_hold(service: Composed, given: argparse.Namespace) -> int:
    """Lift a hold."""
    if not await service.upkeep.hold_legally.lift(given.registration, given.by, given.reason):
        say(f"{given.registration} was not held")
        return FAILED
    say(f"lifted the hold on {given.registration}")
    return 0


async def request_erasure(service: Composed, given: argparse.Namespace) -> int:
    """Have a dossier deleted."""
    new = await service.upkeep.request_erasure(given.registration, given.by, given.reason)
    held = await service.upkeep.holds.among([given.registration])
    say(f"{'planned' if new else 'was planned before'}: the scheduler deletes {given.registration}")
    if held:
        say("it waits for the legal hold to be lifted")
    return 0


def _line(outlook: Outlook) -> str:
    dossier = outlook.dossier
    words = [
        shanghai_text(outlook.purge_at),
        dossier.registration_id,
        dossier.stage,
        f"{len(dossier.items)} images",
        f"{len(dossier.purge_notices)} notices",
        *(f"{erasure.cause}: {len(erasure.objects)} objects" for erasure in outlook.erasures),
        *(["old views"] if outlook.views_before else []),
        *(["due now"] if isinstance(outlook.step, Purge) else []),
        *(["LEGAL HOLD"] if outlook.is_held else []),
    ]
    return "  ".join(words)


def _instant(text: str) -> datetime:
    """Read an instant; without a zone it is Shanghai's time."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
