"""`kaoshen images check|reconcile|rewatermark|rescan`: how pictures lie, marking and scanning them anew."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from services.uploads.app import Composed
from services.uploads.batches import Batch, BatchKind, Selection
from services.uploads.cli.command import FAILED, UNCLEAN, Ticker, say
from services.uploads.errors import ObjectBrokenError
from services.uploads.object_crypto import ObjectKeyMissingError
from services.uploads.settings import UploadsSettings
from services.uploads.use_cases.reconciling import Findings

if TYPE_CHECKING:
    from services.uploads.cli.command import Subjects

TICK_SECONDS = 0.5
TICKS_PER_LINE = 20


def add_commands(subjects: "Subjects") -> None:
    """Add what can be done with the pictures' objects."""
    verbs = subjects.add_parser("images", help="the pictures' objects").add_subparsers(required=True)
    check = verbs.add_parser("check", help="read and verify every object of a dossier")
    check.add_argument("registration")
    check.set_defaults(command=check_objects)
    both = verbs.add_parser("reconcile", help="compare the whole store with all records, both ways")
    both.add_argument("--read", action="store_true", help="decrypt and verify every object too")
    both.add_argument("--dry-run", action="store_true", help="leave what no record names where it is")
    both.set_defaults(command=reconcile)
    anew = verbs.add_parser(
        "rewatermark",
        help="mark pictures anew by the policy that holds now; new pictures always go first",
        description="The workers do it, even without this command; given again, it shows how far they are.",
    )
    _add_selection(anew)
    anew.set_defaults(command=rewatermark)
    again = verbs.add_parser(
        "rescan",
        help="have clamd scan pictures that are ready, and try those again that wait for it",
        description="The workers do it, behind new pictures; given again, it shows how far they are.",
    )
    _add_selection(again)
    again.set_defaults(command=rescan)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session")
    parser.add_argument("--district")
    parser.add_argument("--policy", help="the version that dossiers were opened under")


async def check_objects(service: Composed, given: argparse.Namespace) -> int:
    """Read and verify every object of a dossier's live images."""
    broken = await _broken(service, given.registration)
    for line in broken:
        say(line)
    say(f"broken objects: {len(broken)}")
    return UNCLEAN if broken else 0


async def reconcile(service: Composed, given: argparse.Namespace) -> int:
    """Compare everything; 0 only if records and objects fit together afterwards."""
    ticker = Ticker()

    def show(findings: Findings) -> None:
        ticker(f"{findings.registrations} dossiers, {findings.objects} objects compared")

    found = await service.upkeep.reconcile.whole(show, read=given.read, sweep=not given.dry_run)
    ticker.end()
    for what, lines in (("missing", found.missing), ("broken", found.broken), ("orphan", found.orphans)):
        for line in lines:
            say(f"{what}  {line}")
    fate = "left" if given.dry_run else "handed to the deletion"
    say(
        f"{found.registrations} dossiers, {found.objects} objects: {len(found.missing)} missing, "
        f"{len(found.broken)} broken, {len(found.orphans)} orphans {fate}, {found.young} too young to say"
    )
    return 0 if found.is_clean and not (given.dry_run and found.orphans) else UNCLEAN


async def rewatermark(service: Composed, given: argparse.Namespace) -> int:
    """Ask the workers to mark pictures anew, and show how far they are until they are done."""
    batch = await _done(service, BatchKind.REWATERMARK, _selection(given))
    say(f"marked anew: {batch.renewed} pictures of {batch.total} dossiers")
    for image_id in sorted(batch.failed):
        say(f"left as it was: {image_id}")
    return UNCLEAN if batch.failed else 0


async def rescan(service: Composed, given: argparse.Namespace) -> int:
    """Ask the workers to scan pictures, and show how far they are; 0 only if all are clean."""
    if UploadsSettings().malware.clamd is None:
        say("there is no clamd: set UPLOADS_MALWARE__CLAMD for the workers and for this command")
        return FAILED
    selection = _selection(given)
    waiting = await service.ports.batches.wake(selection, service.ports.clock.now())
    say(f"tried again: the pictures of {waiting} dossiers that are still in processing")
    batch = await _done(service, BatchKind.RESCAN, selection)
    say(f"scanned and clean: {batch.renewed} pictures of {batch.total} dossiers")
    for image_id in sorted(batch.infected):
        left = ", in a closed dossier: left to its reviewer" if image_id in batch.failed else ", refused"
        say(f"infected: {image_id}{left}")
    for image_id in sorted(batch.failed - batch.infected):
        say(f"could not be scanned: {image_id}")
    return UNCLEAN if batch.infected or batch.failed else 0


def _selection(given: argparse.Namespace) -> Selection:
    return Selection(given.session, given.district, given.policy)


async def _done(service: Composed, kind: BatchKind, selection: Selection) -> Batch:
    """Return the batch once the workers are done with it, showing how far they are."""
    batches, ticker = service.ports.batches, Ticker(TICKS_PER_LINE)
    batch = await batches.ask(kind, selection, service.ports.clock.now())
    while batch.finished_at is None:
        ticker(_progress(batch))
        await asyncio.sleep(TICK_SECONDS)
        batch = await batches.find(batch.batch_id) or batch
    ticker.end()
    return batch


def _progress(batch: Batch) -> str:
    act = "scanned" if batch.kind is BatchKind.RESCAN else "marked anew"
    share = 100 * batch.walked // max(1, batch.total)
    what = f"{batch.walked} of {batch.total} dossiers ({share} %)"
    checking = "" if batch.round == 1 else f"looking again for what was left, round {batch.round}: "
    return f"{checking}{what}, {batch.renewed} pictures {act}, {len(batch.failed)} left as they were"


async def _broken(service: Composed, registration_id: str) -> list[str]:
    dossier = await service.ports.dossiers.find(registration_id)
    items = dossier.items if dossier else ()
    broken: list[str] = []
    for item in items:
        made = item.derivatives
        for stored in (item.original, *((made.copy, made.thumbnail) if made else ())):
            try:
                if not stored.is_erased:
                    await service.ports.objects.read(stored)
            except ObjectKeyMissingError as error:
                broken.append(f"{stored.key}: {error.__cause__}")
            except ObjectBrokenError as error:
                broken.append(str(error))
    return broken
