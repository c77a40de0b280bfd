"""What a rehearsal's report says."""

import xml.etree.ElementTree as ET

import pytest

from tests.bench.ledger import Answered, Attempt, Entry
from tests.bench.sampling import Sample, Samples
from tests.bench.verdict import Verdict
from tests.rehearsal.__main__ import main
from tests.rehearsal.evening import Evening, Replayed
from tests.rehearsal.page import report

EVENING = Evening(candidates=10, peak=5.0, seconds=60.0)


def an_entry(at: float, status: int, code: str = "") -> Entry:
    attempt = Attempt(f"i{at}", "r1", f"k{at}", "sha", at, at)
    return Entry(attempt, Answered(attempt.image_id, attempt.key, status, code, at + 0.1))


def a_replay(*entries: Entry, verdict: Verdict | None = None) -> Replayed:
    samples = Samples([Sample(float(at), {"uploads": at / 2}, {"uploads": 80.0}, at) for at in range(3)])
    return Replayed(EVENING, 0.0, entries, samples, verdict or Verdict(len(entries)))


def test_an_evening_holds_when_nothing_is_lost_and_nobody_comes_in_after_closing() -> None:
    replayed = a_replay(an_entry(1, 202), an_entry(51, 409, "upload_window_closed"))

    assert (replayed.closed_at, replayed.held) == (50.0, True)
    page = report(replayed)
    assert "Every promise was kept." in page
    assert "<td>409 upload_window_closed</td><td>1</td>" in page


@pytest.mark.parametrize(
    "replayed",
    [
        a_replay(an_entry(51, 202)),
        a_replay(an_entry(1, 202), verdict=Verdict(1, lost=("i1",))),
        a_replay(an_entry(1, 401), verdict=Verdict(0)),
    ],
    ids=["accepted after closing", "lost", "nobody got in"],
)
def test_an_evening_does_not_hold(replayed: Replayed) -> None:
    assert not replayed.held
    assert "A promise was broken." in report(replayed)


def test_every_chart_of_the_page_is_well_formed() -> None:
    page = report(a_replay(an_entry(1, 202)))

    charts = [part.partition("</svg>")[0] for part in page.split("<svg ")[1:]]
    assert len(charts) == 6
    for chart in charts:
        ET.fromstring(f"<svg {chart}</svg>")  # noqa: S314 - our own


@pytest.mark.parametrize(
    "options", [["--scale", "0"], ["--rate", "900"], ["--scale", "5", "--seconds", "600"]]
)
def test_a_scale_out_of_bounds_is_refused_before_anything_starts(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(options)

    assert "need" in capsys.readouterr().err
