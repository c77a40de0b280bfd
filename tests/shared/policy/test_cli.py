"""`kaoshen policy check`: what it prints and how it ends."""

from pathlib import Path

import pytest

from shared.policy.cli import main
from tests.shared.policy.policies import SHIPPED, written


def test_a_good_file_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--startable", str(SHIPPED / "demo.yaml")]) == 0

    printed = capsys.readouterr().out
    assert "国家医学考试（山东）考生服务系统" in printed
    assert "a service can be started on it" in printed


def test_a_base_is_valid_but_its_obstacles_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(SHIPPED / "default.yaml")

    assert main(["check", file]) == 0
    assert main(["check", "--startable", file]) == 1
    assert 'setting auth.mode = "authorise" has no effect yet' in capsys.readouterr().out


def test_a_wrong_file_ends_with_1_and_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "withdraw: true\nwithdrawn: true\n")

    assert main(["check", str(file), str(SHIPPED / "demo.yaml")]) == 1
    assert f"{file}:2: unknown setting withdrawn" in capsys.readouterr().out
