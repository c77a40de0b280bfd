"""`kaoshen keys list|add|rotate|retire`: the master keys of the stored pictures."""

import argparse
from typing import TYPE_CHECKING

from services.uploads.app import Composed
from services.uploads.cli.command import UNCLEAN, Ticker, say
from services.uploads.rotation import Rotation
from services.uploads.use_cases.rotating import Progress, count_by_key

if TYPE_CHECKING:
    from services.uploads.cli.command import Subjects


def add_commands(subjects: "Subjects") -> None:
    """Add what can be done with keys."""
    verbs = subjects.add_parser("keys", help="the master keys of the pictures").add_subparsers(required=True)
    verbs.add_parser("list", help="which there are, and how many objects each opens").set_defaults(
        command=list_keys
    )
    verbs.add_parser("add", help="make a key to be spread to other machines first").set_defaults(
        command=add_key
    )
    verbs.add_parser("rotate", help="wrap everything with a new key while all goes on").set_defaults(
        command=rotate
    )
    verb = verbs.add_parser("retire", help="destroy a key that nothing is wrapped with any more")
    verb.add_argument("id")
    verb.set_defaults(command=retire)


async def list_keys(service: Composed, _: argparse.Namespace) -> int:
    """Show every key and what it opens."""
    keys, counts = service.upkeep.master_keys, await count_by_key(service.upkeep.records)
    for key_id in dict.fromkeys((*keys.ids(), *sorted(counts))):
        use = "current" if key_id == keys.current_id() else "older" if key_id in keys.ids() else "MISSING"
        say(f"{key_id}  {use}  {counts.get(key_id, 0)} objects")
    return 0


async def add_key(service: Composed, _: argparse.Namespace) -> int:
    """Make a key that the next rotation uses."""
    say(f"made {service.upkeep.master_keys.add()}; `kaoshen keys rotate` will use it")
    return 0


async def rotate(service: Composed, _: argparse.Namespace) -> int:
    """Rotate, or go on with a rotation that was interrupted."""
    rotation = await service.upkeep.rotate_keys(_showing(ticker := Ticker()))
    ticker.end()
    say(f"current {rotation.key_id}: {rotation.rewrapped} data keys rewrapped in {rotation.walk} walks")
    if rotation.broken:
        say(f"{rotation.broken} records hold data keys that do not open: `kaoshen images reconcile`")
    return UNCLEAN if rotation.broken else 0


async def retire(service: Composed, given: argparse.Namespace) -> int:
    """Destroy an older key."""
    await service.upkeep.retire_key(given.id, _showing(ticker := Ticker()))
    ticker.end()
    say(f"retired {given.id}")
    return 0


def _showing(ticker: Ticker) -> Progress:
    def show(rotation: Rotation, total: int) -> None:
        ticker(
            f"walk {rotation.walk}: {rotation.seen} of about {total} records, "
            f"{rotation.rewrapped} keys rewrapped"
        )

    return show
