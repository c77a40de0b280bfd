"""The example policies: each loads, is named after its file, and can be started on unless it says no."""

from pathlib import Path

import pytest

from shared.policy.loader import PolicyBook, load_policy, read_policy
from tests.shared.policy.policies import SHIPPED

EXAMPLES = sorted((SHIPPED / "examples").glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_loads_and_is_named_after_its_file(file: Path) -> None:
    assert load_policy(file).name == file.stem


def test_withdrawal_and_windows_can_be_started_on() -> None:
    policy = PolicyBook.load([SHIPPED / "examples" / "withdrawal.yaml"]).default

    assert (policy.withdraw, policy.submit.require_mandatory, policy.unlock.after_window) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_service_can_be_started_on_every_example_that_does_not_say_otherwise(file: Path) -> None:
    head = file.read_text().partition("name:")[0]

    assert bool(read_policy(file).obstacles()) is ("no service starts on it" in head)
