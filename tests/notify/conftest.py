"""Notify over fakes."""

import pytest

from tests.notify.builders import Notify


@pytest.fixture
def notify() -> Notify:
    """Return notify that knows nobody yet."""
    return Notify()
