"""The gateway's limits leave every upload that the service accepts its time and its size."""

import re

from deploy.embedded.layout import ROOT
from services.uploads.use_cases.body import BODY_SECONDS, LEAST_PER_SECOND
from shared.policy.values import MOST_ACCEPTED_BYTES

CADDYFILE = (ROOT / "deploy" / "gateway" / "Caddyfile").read_text()
MIB = 1024 * 1024


def test_the_largest_picture_fits() -> None:
    uploads = re.search(r"request_body @uploads \{\s*max_size (\d+)MiB", CADDYFILE)

    assert uploads
    assert int(uploads[1]) * MIB >= MOST_ACCEPTED_BYTES


def test_a_body_that_keeps_the_least_speed_is_not_cut() -> None:
    minutes = re.search(r"^\s*read_body (\d+)m$", CADDYFILE, re.MULTILINE)

    assert minutes
    assert int(minutes[1]) * 60 >= max(MOST_ACCEPTED_BYTES / LEAST_PER_SECOND, BODY_SECONDS)


def test_headers_and_idle_connections_stay_bounded() -> None:
    assert re.search(r"read_header 10s\n[^}]*idle 2m", CADDYFILE)
