"""Charts are well-formed pictures that say what they show."""

import xml.etree.ElementTree as ET

import pytest

from tests.bench.charts import BAD, GOOD, Bar, bars, lines, shares

SVG = "{http://www.w3.org/2000/svg}"


def texts(chart: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(chart).iter(f"{SVG}text")]  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("bar", "shade"),
    [
        (Bar("a", 1.5, 2.0), GOOD),
        (Bar("a", 2.5, 2.0), BAD),
        (Bar("a", 0.3, 0.25, at_least=True), GOOD),
        (Bar("a", 0.2, 0.25, at_least=True), BAD),
    ],
)
def test_a_bar_is_green_where_its_limit_holds_and_red_where_not(bar: Bar, shade: str) -> None:
    chart = bars("Ratios", [bar])

    assert f'fill="{shade}"' in chart
    assert "Ratios" in texts(chart)


def test_shares_are_listed_by_size_with_their_part_of_the_whole() -> None:
    found = texts(shares("CPU", {"small": 1.0, "large <&>": 3.0}, "ms"))

    assert found[0] == "CPU: 4.00 ms"
    assert [text for text in found if "ms " in text] == ["3.00 ms  75.0%", "1.00 ms  25.0%"]
    assert "large <&>" in found


def test_lines_reach_from_zero_to_the_largest_value() -> None:
    chart = lines("A1", {"p95": [(0, 10), (60, 200)]}, "s", "ms")

    line = next(ET.fromstring(chart).iter(f"{SVG}polyline"))  # noqa: S314 - our own
    assert line.get("points") == "64.0,282.0 736.0,54.0"
    assert {"0", "60.0", "200", "p95"} <= set(texts(chart))


@pytest.mark.parametrize("chart", [bars("x", []), shares("x", {}), lines("x", {}, "s", "ms")])
def test_nothing_measured_still_is_a_picture(chart: str) -> None:
    assert ET.fromstring(chart).tag == f"{SVG}svg"  # noqa: S314 - our own
