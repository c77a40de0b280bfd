"""`kaoshen retention` as an operator types it, on real servers."""

import pytest

from tests.support.broker import eventually
from tests.uploads.builders import REGISTRATION, a_registration_event
from tests.uploads.machine import Machine

pytestmark = pytest.mark.real
WHO = ("--by", "counsel", "--reason", "诉讼保全")


async def test_a_hold_is_put_seen_in_what_waits_and_in_the_dry_run_and_lifted(machine: Machine) -> None:
    async with machine.supervised("api"):
        await machine.say("auth", a_registration_event())
        await eventually(lambda: _answers(machine), within=60)

        held = await machine.command("retention", "hold", REGISTRATION, *WHO)
        erased = await machine.command("retention", "erase", REGISTRATION, *WHO)
        holds = await machine.command("retention", "holds")
        preview = await machine.command("retention", "preview", "--days", "100")
        waiting = await machine.command("retention", "waiting")
        lifted = await machine.command("retention", "lift", REGISTRATION, *WHO)
        again = await machine.command("retention", "lift", REGISTRATION, *WHO)
        unknown = await machine.command("retention", "hold", "nobody", *WHO)

    assert held == (0, held[1])
    assert "it waits for the legal hold to be lifted" in erased[1]
    assert "counsel  诉讼保全" in holds[1]
    assert "0 notices  LEGAL HOLD" in preview[1]
    assert "1 dossiers, 0 single objects until" in preview[1]
    assert f"{REGISTRATION}  request  -" in waiting[1]
    assert [code for code, _ in (held, erased, holds, preview, waiting, lifted)] == [0] * 6
    assert (again[0], unknown[0]) == (1, 1)
    assert "dossier_not_found" in unknown[1]


async def _answers(machine: Machine) -> bool:
    return bool((await machine.page())["categories"])
