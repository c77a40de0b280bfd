"""The command line: `python -m deploy.embedded run|stop|clean|status|kill`."""

import argparse
import os
import shutil
import signal
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from deploy.embedded.console import Console
from deploy.embedded.control import kill_part, stop_supervisor, supervisor_pid
from deploy.embedded.demo import Demo, DemoError
from deploy.embedded.layout import DEFAULT_HOME, ROOT, Layout
from deploy.embedded.load import load_of
from deploy.embedded.parts import StartError
from deploy.embedded.plan import DEMO_POLICY, DEMO_ROSTER, DEMO_STAFF, MOST_UPLOADS, MOST_WORKERS, Plan
from deploy.embedded.ports import DEFAULT_BASE, DEFAULT_GATEWAY, Ports, PortTakenError
from deploy.embedded.running import AlreadyRunningError, System, plan_for, started
from deploy.embedded.status import read_status
from shared.clock import SharedOffsetClock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    layout = Layout(options.home.resolve())
    commands = {"run": _run, "stop": _stop, "clean": _clean, "status": _status, "kill": _kill}
    return commands[options.command](options, layout, Console())


def _parser() -> argparse.ArgumentParser:
    """Every option of `run` can be given as a variable of the environment too (`make run STORY=once`)."""
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__)
    home = Path(os.environ.get("KAOSHEN_HOME") or DEFAULT_HOME)
    parser.add_argument("--home", type=Path, default=home, help="where everything is kept (default: .run)")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything, play the story, serve until Ctrl-C")
    given = os.environ.get
    run.add_argument("--port", type=int, default=given("PORT") or DEFAULT_GATEWAY)
    run.add_argument("--ports-from", type=int, default=given("PORTS_FROM") or DEFAULT_BASE)
    run.add_argument("--policy", type=Path, default=given("POLICY") or DEMO_POLICY)
    run.add_argument("--roster", type=Path, default=given("ROSTER") or DEMO_ROSTER)
    run.add_argument("--staff", type=Path, default=given("STAFF") or DEMO_STAFF)
    run.add_argument("--clock", type=_instant, default=given("CLOCK") or None)
    run.add_argument("--story", choices=("yes", "once", "no"), default=given("STORY") or "yes")
    run.add_argument("--uploads-instances", type=_UpTo(MOST_UPLOADS), default=given("UPLOADS_INSTANCES") or 1)
    run.add_argument("--workers", type=_UpTo(MOST_WORKERS), default=given("WORKERS") or 1)
    commands.add_parser("stop", help="stop a running system")
    commands.add_parser("clean", help="stop it and remove all its data")
    commands.add_parser("status", help="show the parts of a running system")
    kill = commands.add_parser("kill", help="kill -9 one part; the supervisor starts it anew")
    kill.add_argument("part")
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text}: an instant needs its zone, as in 2020-03-12T09:00:00+08:00"
        )
    return instant


class _UpTo:
    """Reads a number from 1 to a limit."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, text: str) -> int:
        """Return the number.

        Raises:
            ArgumentTypeError: it is not within the limits.
        """
        if not text.isdigit() or not 1 <= int(text) <= self._most:
            raise argparse.ArgumentTypeError(f"{text}: a number from 1 to {self._most} is needed")
        return int(text)


def _run(options: argparse.Namespace, layout: Layout, console: Console) -> int:
    signal.signal(signal.SIGTERM, _interrupt_once)
    signal.signal(signal.SIGINT, _interrupt_once)
    for file in (options.policy, options.roster, options.staff):
        if not file.exists():
            console.failure(f"{file} does not exist")
            return 2
    plan = plan_for(
        layout.home,
        ports=Ports(options.ports_from, options.port),
        policy_files=(options.policy,),
        roster=options.roster,
        staff=options.staff,
        uploads_instances=options.uploads_instances,
        workers=options.workers,
    )
    try:
        return _run_plan(plan, options, console)
    except (AlreadyRunningError, PortTakenError) as error:
        console.failure(f"{error}" + (" (make stop)" if isinstance(error, AlreadyRunningError) else ""))
    except StartError as error:
        console.failure(str(error), layout.log_of(error.part))
    except DemoError as error:
        console.failure(str(error), error.log)
    except KeyboardInterrupt:
        console.step("stopped")
        return 0 if options.story != "once" else 130
    return 1


def _run_plan(plan: Plan, options: argparse.Namespace, console: Console) -> int:
    if options.clock is not None:
        SharedOffsetClock(plan.layout.clock).set(options.clock)
    console.step(f"starting in {plan.layout.home}")
    with started(plan, progress=console.step) as running:
        try:
            return _use(running, options, console)
        finally:
            console.step("stopping")


def _use(running: System, options: argparse.Namespace, console: Console) -> int:
    demo = Demo(running, console)
    demo.load()
    code = 0
    if options.story != "no":
        console.step("the story begins")
        code = demo.play_story()
        console.step("the story held" if code == 0 else f"the story did NOT hold (exit code {code})")
        if code != 0:
            console.line(f"        logs: {running.plan.layout.logs}")
    if options.story != "once":
        demo.show_addresses()
        console.line("  serving; Ctrl-C stops everything")
        while True:
            signal.pause()
    return code


def _interrupt_once(_number: int, _frame: object) -> None:
    """Begin to stop; what comes after the first signal must not cut the way down."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stop(_: argparse.Namespace, layout: Layout, console: Console) -> int:
    began = time.monotonic()
    stopped = stop_supervisor(layout)
    console.line(f"stopped in {time.monotonic() - began:.1f} s" if stopped else "nothing was running")
    return 0


def _clean(options: argparse.Namespace, layout: Layout, console: Console) -> int:
    _stop(options, layout, console)
    if layout.home.exists():
        if not (layout.lock.exists() or layout.home == ROOT / ".run"):
            console.failure(f"{layout.home} is not the home of a system; nothing removed")
            return 2
        shutil.rmtree(layout.home)
    console.line(f"removed {layout.home}")
    return 0


def _status(_: argparse.Namespace, layout: Layout, console: Console) -> int:
    status = read_status(layout.status)
    if status is None or supervisor_pid(layout) is None:
        console.line("nothing is running")
        return 1
    for name, part in status["parts"].items():
        ports = ",".join(str(port) for port in part["ports"])
        console.line(
            f"{name:20} {part['state']:10} pid {part['pid'] or '-':<8} starts {part['starts']:<3} {ports}"
        )
    console.line()
    for line in load_of(status).lines():
        console.line(line)
    return 0 if all(part["state"] == "ready" for part in status["parts"].values()) else 1


def _kill(options: argparse.Namespace, layout: Layout, console: Console) -> int:
    pid = kill_part(layout, options.part)
    if pid is None:
        console.failure(f"{options.part} is not running")
        return 1
    console.line(f"killed {options.part} (pid {pid})")
    return 0
