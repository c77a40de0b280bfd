"""The console script finds its commands and says what there are."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from shared.cli import main
from shared.clock_cli import duration


def test_an_unknown_command_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "clock" in capsys.readouterr().err


def test_the_time_of_all_services_is_set_in_shanghais_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clock.json"

    main(["clock", "--file", str(file), "set", "2020-03-15T22:02:08"])

    assert capsys.readouterr().out.startswith("2020-03-15 22:02:0")
    assert json.loads(file.read_text())["offset_seconds"] < 0


def test_the_time_of_all_services_is_advanced(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"

    main(["clock", "--file", str(file), "advance", "24h"])

    assert json.loads(file.read_text())["offset_seconds"] == pytest.approx(86_400)


def test_durations_are_read_with_their_units() -> None:
    assert duration("1d12h") == timedelta(hours=36)


@pytest.mark.parametrize("text", ["", "12", "h", "1h 2m", "-1h"])
def test_a_wrong_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration looks like"):
        duration(text)


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    main(["keys", "init", str(tmp_path)])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    main(["keys", "init", str(tmp_path)])

    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_each_service_holds_only_the_keys_it_needs(tmp_path: Path) -> None:
    main(["keys", "init", str(tmp_path)])

    private = {
        path.parent.name + "/" + path.name
        for path in tmp_path.rglob("*.private.pem")
        if not path.name.startswith("sealed")
    }
    assert private == {
        "auth/tokens-current.private.pem",
        "review/grants-current.private.pem",
        "registration-system/registration-system.private.pem",
    }


def test_a_key_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    main(["keys", "init", str(tmp_path)])

    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o600}
