"""Passwords are made once and are nobody else's to read."""

from pathlib import Path

from deploy.embedded.accounts import accounts_in


def test_passwords_are_generated_once_and_read_again(tmp_path: Path) -> None:
    first = accounts_in(tmp_path / "secrets.json")
    second = accounts_in(tmp_path / "secrets.json")

    assert first == second
    assert len(set(first.passwords.values())) == len(first.passwords)


def test_the_file_of_passwords_is_the_owners_alone(tmp_path: Path) -> None:
    accounts_in(tmp_path / "secrets.json")

    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
