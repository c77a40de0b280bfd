"""One-time codes of staff: which time step a code belongs to."""

import hmac
from datetime import datetime, timedelta

import pyotp

STEP_SECONDS = 30
NEIGHBOURS = (0, -1, 1)


def step_at(now: datetime) -> int:
    """Return the number of the present time step."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step that a code was shown in: the present one or a neighbour, else nothing."""
    device = pyotp.TOTP(secret, interval=STEP_SECONDS)
    for neighbour in NEIGHBOURS:
        shown = device.at(now + timedelta(seconds=neighbour * STEP_SECONDS))
        if hmac.compare_digest(shown.encode(), code.encode()):
            return step_at(now) + neighbour
    return None
