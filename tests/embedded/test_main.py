"""The command line, as far as it needs no servers."""

from pathlib import Path

import pytest

from deploy.embedded.layout import ROOT, Layout
from deploy.embedded.main import main
from deploy.embedded.running import AlreadyRunningError, only_one


def test_stopping_what_does_not_run_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "stop"]) == 0
    assert capsys.readouterr().out == "nothing was running\n"


def test_a_missing_policy_file_is_named_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(tmp_path), "run", "--policy", "nowhere.yaml"]) == 2
    assert "nowhere.yaml does not exist" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--clock", "2020-03-12T09:00:00", "an instant needs its zone"),
        ("--clock", "tomorrow", "invalid"),
        ("--workers", "0", "a number from 1 to 20 is needed"),
        ("--uploads-instances", "99", "a number from 1 to 10 is needed"),
    ],
)
def test_a_wrong_option_is_refused_with_a_reason(
    option: str, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["run", option, value])

    assert exit_.value.code == 2
    assert reason in capsys.readouterr().err


def test_only_one_supervisor_runs_in_a_home(tmp_path: Path) -> None:
    layout = Layout(tmp_path)

    with only_one(layout), pytest.raises(AlreadyRunningError), only_one(layout):
        pass


def test_clean_removes_no_folder_that_is_not_a_home(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()

    assert main(["--home", str(tmp_path), "clean"]) == 2
    assert (tmp_path / "precious").exists()


def test_clean_removes_a_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with only_one(Layout(home)):
        pass

    assert main(["--home", str(home), "clean"]) == 0
    assert not home.exists()


def test_the_set_up_is_plain_shell() -> None:
    first = (ROOT / "deploy" / "embedded" / "bootstrap.sh").read_text().splitlines()[0]

    assert first == "#!/bin/sh"
