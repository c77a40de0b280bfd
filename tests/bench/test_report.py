"""The page tells every figure with its target, from the flat file alone."""

from pathlib import Path

import pytest

from tests.bench.figures import PROMISED, Figure, broken
from tests.bench.report import Measured, render

FIGURES = {
    "imaging.cpu_ratio": 1.42,
    "uploads.cpu_ratio": 2.5,
    "uploads.stage_ms.api": 3.0,
    "system.cpu_ms.database": 7.0,
    "memory.growth_mb.uploads": 0.4,
    "a1.lost": 0,
}


def test_the_page_shows_target_measured_value_and_what_was_missed(tmp_path: Path) -> None:
    render(Measured(FIGURES, {"drain": {"ready": [(0, 0), (1, 9)]}}, "2 cores"), tmp_path)

    page = (tmp_path / "performance.md").read_text()
    says = "one worker's imaging over a bare Pillow decode and encode"
    assert f"| `imaging.cpu_ratio` | {says} | ≤ 1.7 (aim 1.4) | 1.42 | ✓ |" in page
    assert "| 2.50 | **missed** |" in page
    assert "| uploads | +0.4 MB |" in page
    assert "`make bench` on 2 cores" in page


@pytest.mark.parametrize(("share", "said"), [(0.02, False), (0.4, True)])
def test_the_page_says_when_the_machine_was_not_quiet(tmp_path: Path, share: float, said: bool) -> None:
    render(Measured({**FIGURES, "machine.others_share": share}), tmp_path)

    page = (tmp_path / "performance.md").read_text()
    assert f"Other programs used {share:.0%} of both cores meanwhile" in page
    assert ("the machine was not quiet" in page) is said


@pytest.mark.parametrize(("share", "told"), [(0.02, "0.30 | ✓"), (0.4, "– | not measured")])
def test_what_goes_by_the_clock_is_judged_on_a_quiet_machine_only(
    tmp_path: Path, share: float, told: str
) -> None:
    figures = {**FIGURES, "machine.others_share": share, "system.throughput_ratio": 0.3}

    render(Measured(figures), tmp_path)

    page = (tmp_path / "performance.md").read_text()
    assert f"| ≥ 0.25 | {told}" in page
    assert "| 1.42 | ✓ |" in page


def test_every_chart_that_the_page_names_is_there(tmp_path: Path) -> None:
    render(Measured(FIGURES, {"drain": {"ready": [(0, 0), (1, 9)]}}), tmp_path)

    page = (tmp_path / "performance.md").read_text()
    named = {part.partition(")")[0] for part in page.split("](")[1:]}
    assert named == {
        f"images/performance/{path.name}" for path in (tmp_path / "images/performance").iterdir()
    }


def test_a_promise_without_a_limit_is_told_and_never_broken() -> None:
    assert (Figure("x", "says").holds(1e9), Figure("x", "says").target) == (True, "–")


def test_broken_promises_are_those_that_were_measured_and_missed() -> None:
    assert [figure.name for figure in broken(FIGURES)] == ["uploads.cpu_ratio"]
    assert len({figure.name for figure in PROMISED}) == len(PROMISED)
