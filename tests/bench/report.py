"""Renders `docs/performance.md` and its charts from the flat file of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.charts import Bar, bars, lines, shares
from tests.bench.figures import PEAK, SPEED, Figure, Figures

Series = Mapping[str, Mapping[str, Sequence[tuple[float, float]]]]
IMAGES = "performance"
MEMORY = "memory.growth_mb."
PART = "system.cpu_ms."
STAGE = "uploads.stage_ms."
QUIET = 0.05
DISTURBED = "– | not measured: the machine was not quiet"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the bench: its figures, its courses over time, and on what machine."""

    figures: Figures
    series: Series = field(default_factory=dict)
    machine: str = "unknown"
    command: str = "make bench"


def render(measured: Measured, docs: Path) -> None:
    """Write the page and its charts."""
    images = docs / "images" / IMAGES
    images.mkdir(parents=True, exist_ok=True)
    for name, chart in charts(measured).items():
        (images / f"{name}.svg").write_text(chart)
    (docs / "performance.md").write_text(page(measured))


def charts(measured: Measured) -> dict[str, str]:
    """Return every chart that the figures give, by name."""
    figures = measured.figures
    made = {
        "ratios": bars(
            "Against bare Pillow (the mark is the limit)",
            [
                _bar(figure, figures)
                for figure in SPEED
                if figure.name in figures and _is_told(figure, figures)
            ],
        ),
        "stages": shares("CPU per picture in uploads", _under(STAGE, figures), "ms"),
        "parts": shares("CPU per picture in the whole system", _under(PART, figures), "ms"),
        "growth": bars(
            "Memory: last minute over first",
            [Bar(name, max(0.0, value)) for name, value in _under(MEMORY, figures).items()],
            "MB",
        ),
    }
    for name, (title, x_unit, y_unit) in COURSES.items():
        if measured.series.get(name):
            made[name] = lines(title, measured.series[name], x_unit, y_unit)
    return made


COURSES = {
    "a1": ("A1: 20 uploads a second", "s", "ms"),
    "a2": ("A2: 100 uploads a second", "s", "answers/s"),
    "drain": ("A burst drains", "s", "pictures ready"),
    "resident": ("Memory under A1", "s", "MB"),
}


def page(measured: Measured) -> str:
    """Return the page."""
    figures = measured.figures
    courses = [name for name in COURSES if name in measured.series]
    return PAGE.format(
        command=measured.command,
        machine=measured.machine,
        speed=_table(SPEED, figures),
        bare_ms=figures.get("reference.cpu_ms", 0.0),
        bare_rate=figures.get("reference.pictures_per_second", 0.0),
        rate=figures.get("system.pictures_per_second", 0.0),
        others=_others(figures.get("machine.others_share", 0.0)),
        peak=_table(PEAK, figures),
        courses="\n\n".join(_picture(name, COURSES[name][0]) for name in courses),
        pictures=figures.get("a1.accepted", 0.0),
        memory=_memory(figures),
        **{name: _picture(name, words) for name, words in ALWAYS.items()},
    )


ALWAYS = {
    "ratios": "The ratios and their limits",
    "stages": "CPU per picture by stage of uploads",
    "parts": "CPU per picture by part of the system",
    "growth": "Growth of memory by process",
}
PAGE = """# Performance

Measured by `{command}` on {machine}.
`make bench-report` renders this page from `.run/bench.json` again. Nothing here is a test that can fail by
time: ratios come from one run on one machine, CPU seconds by the operating system's account
(`/proc/<pid>/stat`, children included).

* **Pictures**: eight photographs of invented documents, 1600x1200, about 190 KB, made at run time as a phone
  makes them (`tests/support/specimens`); a comment makes every upload a file of its own.
* **Bare Pillow**: decode and encode at quality 85, two processes at once, right before and after the run.
* **Sustained**: one worker, two children; candidates' phones keep 48 pictures between “accepted” and ready,
  and counted are those that became ready in a stretch in the middle. The phones run on the same cores, not
  taken out.
* **Without the database engine**: the same pictures over the time that is left of both cores when the CPU
  seconds of the embedded engine are taken out: pictures / (seconds - engine's CPU seconds / 2).
* **Reads**: dossier pages, ten a second in open loop, alone and while A1's uploads come.
* **A1, A2**: open loop, every upload at its instant whatever became of the ones before. The ledger holds
  every attempt and answer; afterwards a checker reads database, object store and queues by itself.

## Speed

{speed}

{ratios}

Bare Pillow needs {bare_ms:.1f} ms of CPU for a picture and does {bare_rate:.0f} a second on both cores;
the system finishes {rate:.1f} a second. {others}

{stages}

{parts}

## Peak, overload, drain

{peak}

{courses}

## Memory

Growth from the first to the last minute of A1, {pictures:.0f} pictures, per process with its children:

{memory}

{growth}
"""


def _others(share: float) -> str:
    """Say whether the machine was ours alone; when it was not, rates and waits are those of what was left."""
    words = f"Other programs used {share:.0%} of both cores meanwhile"
    if share <= QUIET:
        return f"{words}."
    return f"{words}: **the machine was not quiet; CPU ratios hold, rates and waits say little.**"


def _table(promised: Sequence[Figure], figures: Figures) -> str:
    rows = ["| figure | what | target | measured | |", "|---|---|---|---|---|"]
    for figure in promised:
        value = figures.get(figure.name)
        if value is not None:
            told = _told(figure, value) if _is_told(figure, figures) else DISTURBED
            rows.append(f"| `{figure.name}` | {figure.says} | {figure.target} | {told} |")
    return "\n".join(rows)


def _is_told(figure: Figure, figures: Figures) -> bool:
    """Tell whether a figure means something: by the clock only where nobody else used the machine."""
    return not figure.by_the_clock or figures.get("machine.others_share", 0.0) <= QUIET


def _told(figure: Figure, value: float) -> str:
    sign = "" if figure.target == "–" else ("✓" if figure.holds(value) else "**missed**")
    return f"{_number(value)} {figure.unit}".strip() + f" | {sign}"


def _memory(figures: Figures) -> str:
    grown = (f"| {name} | {value:+.1f} MB |" for name, value in _under(MEMORY, figures).items())
    return "\n".join(["| process | growth |", "|---|---|", *grown])


def _picture(name: str, words: str) -> str:
    return f"![{words}](images/{IMAGES}/{name}.svg)"


def _bar(figure: Figure, figures: Figures) -> Bar:
    limit = figure.least if figure.least is not None else figure.most
    return Bar(figure.name.partition(".")[2], figures[figure.name], limit, at_least=figure.least is not None)


def _under(prefix: str, figures: Figures) -> dict[str, float]:
    return {name.removeprefix(prefix): value for name, value in figures.items() if name.startswith(prefix)}


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"
