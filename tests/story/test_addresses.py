"""The story finds the system that runs, or says clearly that none does."""

import json
from pathlib import Path

import pytest

from tests.story.addresses import NotRunningError, find_addresses

STATUS = {
    "url": "http://127.0.0.1:8080",
    "registration_system_url": "http://127.0.0.1:18105",
    "sms_provider_url": "http://127.0.0.1:18106",
    "policy_files": ["/somewhere/shandong-2020.yaml"],
    "roster": "/somewhere/roster.yaml",
    "staff": "/somewhere/staff.yaml",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("KAOSHEN_GATEWAY", "KAOSHEN_REGISTRATION_SYSTEM", "KAOSHEN_SMS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAOSHEN_HOME", str(tmp_path))
    return tmp_path


def test_the_running_system_s_status_names_every_door(home: Path) -> None:
    (home / "status.json").write_text(json.dumps(STATUS))

    found = find_addresses()

    assert (found.gateway, found.registration_system, found.sms_provider) == (
        STATUS["url"],
        STATUS["registration_system_url"],
        STATUS["sms_provider_url"],
    )
    assert (found.roster, found.staff) == (Path("/somewhere/roster.yaml"), Path("/somewhere/staff.yaml"))
    assert found.policy == "shandong-2020"


def test_the_environment_goes_before_the_status(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "status.json").write_text(json.dumps(STATUS))
    monkeypatch.setenv("KAOSHEN_GATEWAY", "http://127.0.0.1:9999")

    assert find_addresses().gateway == "http://127.0.0.1:9999"


def test_without_a_running_system_it_says_how_to_start_one() -> None:
    with pytest.raises(NotRunningError, match="make run"):
        find_addresses()
