"""Master keys by id, in files that running processes look at."""

from pathlib import Path

import pytest

from shared.keys import init_keys
from shared.master_keys import MasterKeyError, MasterKeys


@pytest.fixture
def keys(tmp_path: Path) -> MasterKeys:
    init_keys(tmp_path)
    return MasterKeys(tmp_path / "uploads", "objects")


def test_an_installation_begins_with_one_key(keys: MasterKeys) -> None:
    assert keys.ids() == ("k1",)
    assert keys.current_id() == "k1"
    assert len(keys.key("k1")) == 32


def test_a_new_key_is_used_only_once_it_is_activated(keys: MasterKeys) -> None:
    assert keys.add() == "k2"
    assert keys.current_id() == "k1"

    keys.activate("k2")

    assert keys.current_id() == "k2"
    assert keys.key("k1") != keys.key("k2")


def test_a_process_that_runs_learns_a_new_key_from_the_files(keys: MasterKeys) -> None:
    running = MasterKeys(keys.directory, "objects")
    assert running.current_id() == "k1"

    keys.activate(keys.add())
    keys.activate(keys.add())

    assert running.current_id() == "k3"
    assert [running.key(key_id) for key_id in running.ids()] == [keys.key(key_id) for key_id in keys.ids()]


def test_a_retired_key_is_gone_for_running_processes_and_does_not_come_back(keys: MasterKeys) -> None:
    keys.key("k1")
    keys.activate(keys.add())

    keys.retire("k1")
    init_keys(keys.directory.parent)

    assert keys.ids() == ("k2",)
    with pytest.raises(MasterKeyError, match=r"master key k1 of objects is missing: no file objects\.key"):
        keys.key("k1")


def test_the_key_in_use_cannot_be_retired(keys: MasterKeys) -> None:
    with pytest.raises(MasterKeyError, match="master key k1 of objects is the current one"):
        keys.retire("k1")


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", b"not base64 at all", bytes(32)])
def test_a_file_that_holds_no_key_is_named_by_the_key_s_id(keys: MasterKeys, content: bytes) -> None:
    (keys.directory / "objects-k2.key").write_bytes(content)

    with pytest.raises(MasterKeyError, match="master key k2 of objects is unusable"):
        keys.key("k2")


def test_a_key_that_was_put_right_is_read_anew(keys: MasterKeys) -> None:
    right = keys.directory / "objects-k2.key"
    keys.add()
    content = right.read_bytes()
    right.write_bytes(b"wrong")
    with pytest.raises(MasterKeyError):
        keys.key("k2")

    right.write_bytes(content)

    assert len(keys.key("k2")) == 32


@pytest.mark.parametrize("key_id", ["", "k0", "../k1", "K1", "k01"])
def test_an_id_that_cannot_be_names_no_file(keys: MasterKeys, key_id: str) -> None:
    with pytest.raises(MasterKeyError, match="cannot be"):
        keys.key(key_id)


def test_keys_are_read_by_their_owner_alone(keys: MasterKeys) -> None:
    keys.activate(keys.add())

    modes = {path.stat().st_mode & 0o777 for path in keys.directory.glob("objects*")}

    assert modes == {0o600}
