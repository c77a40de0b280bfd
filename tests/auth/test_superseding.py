"""Re-registration (重新报考) in the roster: a registration that replaces another one ends it for good."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.auth.roster import Counts, RosterError
from shared.events.auth import RegistrationChanged
from tests.auth.conftest import LI, ROSTER, ZHANG, Auth

NEW = "11111111-1111-5111-8111-111111111111"
NEWER = "22222222-2222-5222-8222-222222222222"
HEAD, _, ROWS = ROSTER.partition("  - registration_id")
ZHANGS_ROW = f"  - registration_id{ROWS.partition('  - registration_id')[0]}"


def re_registered(registration_id: str, replaced: str, row: str = ZHANGS_ROW) -> str:
    """Return Zhang's row under a new id that names what it replaces."""
    return f"{row.replace(ZHANG, registration_id)}    supersedes: {replaced}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "file.yaml"
        path.write_text(text)
        return path

    return written


def states(auth: Auth) -> dict[str, tuple[str, str | None]]:
    """Return status and successor of every stored registration."""
    return {
        key: (stored.registration.status, stored.registration.superseded_by)
        for key, stored in auth.registrations.items.items()
    }


async def test_a_new_registration_ends_the_one_it_names_and_says_so(
    auth: Auth, write: Callable[[str], Path]
) -> None:
    counts = await auth.use_cases.import_roster(write(HEAD + re_registered(NEW, ZHANG)))

    assert counts == Counts(new=1, changed=1)
    assert states(auth) == {ZHANG: ("cancelled", NEW), LI: ("active", None), NEW: ("active", None)}
    events = [told.event for told in auth.told if isinstance(told.event, RegistrationChanged)]
    assert [(event.registration_id, event.status, event.supersedes) for event in events] == [
        (NEW, "active", ZHANG),
        (ZHANG, "cancelled", None),
    ]


async def test_a_file_with_both_may_still_call_the_old_one_active(
    auth: Auth, write: Callable[[str], Path]
) -> None:
    both = write(ROSTER.rstrip() + "\n" + re_registered(NEW, ZHANG))

    await auth.use_cases.import_roster(both)

    assert states(auth)[ZHANG] == ("cancelled", NEW)
    assert await auth.use_cases.import_roster(both) == Counts(unchanged=3)


async def test_an_older_file_revives_nothing(auth: Auth, write: Callable[[str], Path]) -> None:
    await auth.use_cases.import_roster(write(HEAD + re_registered(NEW, ZHANG)))

    await auth.use_cases.import_roster(write(ROSTER))

    assert states(auth)[ZHANG] == ("cancelled", NEW)


async def test_one_may_register_anew_again(auth: Auth, write: Callable[[str], Path]) -> None:
    await auth.use_cases.import_roster(write(HEAD + re_registered(NEW, ZHANG)))
    await auth.use_cases.import_roster(write(HEAD + re_registered(NEWER, NEW)))

    assert states(auth)[NEW] == ("cancelled", NEWER)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (re_registered(NEW, NEW), "a registration can't replace itself"),
        (re_registered(NEW, NEWER), "no such registration, neither in this file nor stored"),
        (re_registered(NEW, LI), "that registration belongs to another username"),
        (
            re_registered(NEW, ZHANG) + re_registered(NEWER, ZHANG),
            "that registration was replaced by another one already",
        ),
    ],
)
async def test_a_replacement_that_cannot_be_meant_is_refused_and_nothing_is_stored(
    auth: Auth, write: Callable[[str], Path], rows: str, complaint: str
) -> None:
    with pytest.raises(RosterError, match=f"supersedes: {complaint}"):
        await auth.use_cases.import_roster(write(HEAD + rows))

    assert states(auth) == {ZHANG: ("active", None), LI: ("active", None)}
