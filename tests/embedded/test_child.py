"""A supervised process: restarted whatever ends it, ended with all that it has started."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.embedded.child import Child
from deploy.embedded.layout import Layout
from deploy.embedded.leftovers import end_marked, is_gone, marked
from deploy.embedded.parts import Part, StartError
from tests.support.broker import eventually

Keeping = Callable[..., Child]


async def always() -> bool:
    return True


async def never() -> bool:
    return False


@pytest.fixture
async def keeping(tmp_path: Path) -> AsyncIterator[Keeping]:
    """Return a way to supervise a Python script; what is left at the end is ended."""
    layout = Layout(tmp_path)
    layout.make()
    children: list[Child] = []

    def keep(script: str, **options: object) -> Child:
        defaults = {"probe": always, "directory": tmp_path, "stop_patience": 1.0}
        command = (sys.executable, "-c", script)
        part = Part(name="part", command=command, **(defaults | options))  # type: ignore[arg-type] # a test's builder
        children.append(Child(part, layout, lambda: None, delays=(0.01,)))
        children[-1].start()
        return children[-1]

    yield keep
    for child in children:
        await child.stop()
    assert marked(tmp_path) == []


async def test_a_killed_process_is_started_anew(keeping: Keeping) -> None:
    child = keeping("import time; time.sleep(60)")
    await child.until_ready()
    first = child.pid

    await child.kill()
    await child.until_ready()

    assert first is not None
    assert is_gone(first)
    assert child.pid not in {None, first}


async def test_a_process_that_ends_well_is_started_anew_too(keeping: Keeping) -> None:
    child = keeping("pass")

    while child.starts < 2:  # noqa: ASYNC110 - nothing tells when a process starts
        await asyncio.sleep(0.05)

    assert child.starts >= 2


async def test_a_process_that_never_answers_before_it_ends_is_given_up(keeping: Keeping) -> None:
    child = keeping("raise SystemExit(3)", probe=never)

    with pytest.raises(StartError, match="ended 6 times before it answered once"):
        await child.until_ready(patience=30)


async def test_a_process_that_does_not_answer_is_named_when_patience_ends(keeping: Keeping) -> None:
    child = keeping("import time; time.sleep(60)", probe=never)

    with pytest.raises(StartError, match="part: is starting and does not answer"):
        await child.until_ready(patience=0.3)


async def test_stopping_ends_what_ignores_the_request_and_what_it_has_started(
    keeping: Keeping, tmp_path: Path
) -> None:
    script = """
import signal, subprocess, sys, time, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN)
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("other").write_text(str(other.pid))
time.sleep(60)
"""
    child = keeping(script)
    while not _content(tmp_path / "other"):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.05)

    await child.stop()

    assert child.state == "stopped"
    await eventually(lambda: _gone(int(_content(tmp_path / "other"))), within=10)


async def test_a_frozen_process_goes_on_when_it_is_resumed(keeping: Keeping) -> None:
    child = keeping("import time; time.sleep(60)")
    await child.until_ready()

    child.pause()
    frozen = await _state(child)
    child.resume()

    assert frozen == "T"
    assert await _state(child) in {"S", "R"}


async def _state(child: Child) -> str:
    await asyncio.sleep(0.1)
    stat = await asyncio.to_thread(Path(f"/proc/{child.pid}/stat").read_text)
    return stat.rpartition(")")[2].split()[0]


async def test_a_process_knows_its_own_settings_and_not_the_supervisors(
    keeping: Keeping, tmp_path: Path
) -> None:
    os.environ["KAOSHEN_TEST_SECRET"] = "of the supervisor"
    script = "import os, json, pathlib, time; pathlib.Path('env').write_text(json.dumps(dict(os.environ)));"
    try:
        child = keeping(script + "time.sleep(60)", environment={"OWN": "yes"})
        await asyncio.sleep(0.5)
    finally:
        del os.environ["KAOSHEN_TEST_SECRET"]

    written = (tmp_path / "env").read_text()
    assert '"OWN": "yes"' in written
    assert "KAOSHEN_TEST_SECRET" not in written
    assert child.environment["OWN"] == "yes"


async def test_what_a_dead_supervisor_has_left_is_found_and_ended(tmp_path: Path) -> None:
    orphan = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(60)", env={"KAOSHEN_PART_OF": str(tmp_path)}
    )
    await asyncio.sleep(0.2)

    assert await asyncio.to_thread(end_marked, tmp_path) == 1
    assert await orphan.wait() != 0


def _content(path: Path) -> str:
    """Return what stands in a file so far."""
    return path.read_text() if path.exists() else ""


async def _gone(pid: int) -> bool:
    return is_gone(pid)
