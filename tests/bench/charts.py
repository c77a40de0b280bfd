"""Charts as SVG, drawn by hand: bars against a target, shares of a whole, lines over time. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

# The house's colours (shared/design/tokens.css); a file of its own can't ask a style sheet.
INK, INK2, LINE, PAPER, WHITE = "#17202A", "#44505C", "#D9DDE1", "#F5F4F0", "#FFFFFF"
GOOD, BAD, TARGET = "#1A6B45", "#B3261A", "#855400"
SHADES = ("#1B4F8A", "#C98A12", "#1A6B45", "#A9C0DC", "#855400", "#5C6875", "#B3261A", "#7FD6A6", "#818C97")
FONT = "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif"
WIDTH = 760
LEFT, RIGHT, TOP = 250, 90, 54
ROW = 34
PLOT_HEIGHT = 240
TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One measured value, with the most (or the least) that it may be."""

    label: str
    value: float
    target: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether the target is met; without one it is."""
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target


def bars(title: str, rows: Sequence[Bar], unit: str = "") -> str:
    """Return horizontal bars, each with its target as a mark; what misses it is red."""
    most = max((max(row.value, row.target or 0.0) for row in rows), default=0.0) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / most
    parts = [part for number, row in enumerate(rows) for part in _bar(row, TOP + number * ROW, scale, unit)]
    return _page(title, parts, TOP + len(rows) * ROW + 14)


def shares(title: str, values: Mapping[str, float], unit: str = "") -> str:
    """Return one bar cut into its parts, the largest first, with a list of them."""
    largest = sorted(((v, k) for k, v in values.items() if v > 0), reverse=True)
    whole = sum(value for value, _ in largest) or 1.0
    parts, x = [], 24.0
    for number, (value, name) in enumerate(largest):
        width = value / whole * (WIDTH - 48)
        shade = SHADES[number % len(SHADES)]
        parts.append(_rectangle(x, TOP, width, 30, shade))
        y = TOP + 58 + number * 22
        parts.append(_rectangle(24, y - 11, 12, 12, shade))
        parts.append(_text(44, y, name))
        parts.append(_text(WIDTH - 24, y, f"{value:.2f} {unit}  {value / whole:5.1%}", anchor="end"))
        x += width
    return _page(f"{title}: {whole:.2f} {unit}", parts, TOP + 58 + len(largest) * 22 + 8)


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], x_unit: str, y_unit: str) -> str:
    """Return values over time, one line each, from zero."""
    points = [point for line in series.values() for point in line] or [(0.0, 0.0)]
    right, high = max(x for x, _ in points) or 1.0, max(y for _, y in points) or 1.0
    left, wide = 64, WIDTH - 64 - 24
    bottom = TOP + PLOT_HEIGHT
    parts = []
    for tick in range(TICKS + 1):
        y = bottom - tick / TICKS * PLOT_HEIGHT
        parts.append(f'<path d="M{left} {y:.1f}H{WIDTH - 24}" stroke="{LINE}" fill="none"/>')
        parts.append(_text(left - 8, y + 4, _short(high * tick / TICKS), anchor="end"))
        x = left + tick / TICKS * wide
        parts.append(_text(x, bottom + 20, _short(right * tick / TICKS), anchor="middle"))
    for number, (name, line) in enumerate(series.items()):
        shade = SHADES[number % len(SHADES)]
        path = " ".join(
            f"{left + x / right * wide:.1f},{bottom - y / high * PLOT_HEIGHT:.1f}" for x, y in line
        )
        parts.append(f'<polyline points="{path}" fill="none" stroke="{shade}" stroke-width="2"/>')
        column, row = number % 3, number // 3
        parts.append(_rectangle(left + column * 220, bottom + 40 + row * 20, 12, 12, shade))
        parts.append(_text(left + 18 + column * 220, bottom + 51 + row * 20, name))
    return _page(f"{title} ({y_unit} over {x_unit})", parts, bottom + 52 + (len(series) + 2) // 3 * 20)


def _bar(row: Bar, y: float, scale: float, unit: str) -> list[str]:
    shade = SHADES[0] if row.target is None else (GOOD if row.holds else BAD)
    parts = [
        _text(LEFT - 10, y + 18, row.label, anchor="end"),
        _rectangle(LEFT, y + 5, max(1.0, row.value * scale), 18, shade),
        _text(LEFT + row.value * scale + 8, y + 18, f"{_short(row.value)} {unit}".strip()),
    ]
    if row.target is not None:
        x = LEFT + row.target * scale
        parts.append(f'<path d="M{x:.1f} {y:.1f}v28" stroke="{TARGET}" stroke-width="2" fill="none"/>')
    return parts


def _page(title: str, parts: Sequence[str], height: float) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' font-family="{FONT}" font-size="13"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="{WHITE}"/>'
        f'<text x="24" y="30" font-size="16" font-weight="600" fill="{INK}">{escape(title)}</text>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _rectangle(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.0f}" fill="{fill}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK2}">{escape(words)}</text>'


def _short(value: float) -> str:
    """Return a number with as many digits as its size deserves."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
