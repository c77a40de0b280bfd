"""The broker as a private node: its port mapper in the foreground, all its settings in the home."""

import asyncio
import json
import os
from functools import partial
from pathlib import Path

from deploy.embedded import probes
from deploy.embedded.layout import ROOT
from deploy.embedded.parts import Part
from deploy.embedded.plan import Plan
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.probes import Probe
from deploy.rabbitmq.definitions import SERVICES, definitions

_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_SHARED_SETTINGS = ROOT / "deploy" / "rabbitmq" / "rabbitmq.conf"
_ELECT = """
Missing = [Pid || Q <- rabbit_amqqueue:list_by_type(rabbit_quorum_queue), Pid <- [amqqueue:get_pid(Q)],
           ra_leaderboard:lookup_leader(element(1, Pid)) =:= undefined],
[ra:trigger_election(Pid) || Pid <- Missing],
length(Missing).
"""
_OWN_SETTINGS = """
vm_memory_high_watermark.absolute = 512MiB
log.console = false
log.file = rabbit.log
log.file.level = info
load_definitions = {definitions}
"""


def port_mapper(plan: Plan) -> Part:
    """Return the port mapper, which would otherwise outlive the broker as a daemon."""
    port = plan.ports.port_mapper
    return Part(
        name="port-mapper",
        command=("/usr/bin/epmd", "-address", LOOPBACK, "-port", str(port)),
        probe=probes.listening(port),
        directory=plan.layout.home,
        ports=(port,),
    )


def broker(plan: Plan) -> Part:
    """Return the broker; its own scripts are called, as the packaged ones change the user and the folder."""
    return Part(
        name="broker",
        command=(str(_PROGRAMS / "rabbitmq-server"),),
        probe=_probe(plan),
        directory=_folder(plan),
        environment=broker_environment(plan),
        needs=("port-mapper",),
        ports=(plan.ports.broker, plan.ports.broker_distribution),
        prepare=partial(_write_settings, plan),
        pid_file=_folder(plan) / "rabbit.pid",
        stop_patience=30.0,
    )


def broker_environment(plan: Plan) -> dict[str, str]:
    """Return what keeps the node inside its own folder and on the loopback address."""
    folder, ports = _folder(plan), plan.ports
    return {
        "HOME": str(folder),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_NODENAME": "kaoshen@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(ports.broker),
        "RABBITMQ_DIST_PORT": str(ports.broker_distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "rabbit.pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "mnesia" / "config"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(ports.port_mapper),
        "ERL_MAX_PORTS": "8192",
        "ERL_CRASH_DUMP": str(folder / "log" / "erl_crash.dump"),
    }


def _probe(plan: Plan) -> Probe:
    """Ask whether the broker answers and every quorum queue has a leader.

    RabbitMQ 3.10 on a single node can leave a queue without a leader for ever when a client speaks to it
    in the first moments after a crash (rabbitmq-server issue 10070): the election is then called for here.
    """
    answers = probes.amqp(plan.ports.broker)

    async def probe() -> bool:
        return await answers() and await _leaderless(plan) == 0

    return probe


async def _leaderless(plan: Plan) -> int | None:
    """Call for elections where they are missing and return how many queues had no leader."""
    answer = await control(plan, "eval", _ELECT)
    return int(answer) if answer.strip().isdigit() else None


async def control(plan: Plan, *arguments: str) -> bytes:
    """Have the broker's control program do something; return what it says."""
    process = await asyncio.create_subprocess_exec(
        str(_PROGRAMS / "rabbitmqctl"),
        "-q",
        *arguments,
        env=broker_environment(plan) | {"PATH": os.environ.get("PATH", "")},
        cwd=_folder(plan),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    answer, _ = await process.communicate()
    return answer


def _folder(plan: Plan) -> Path:
    return plan.layout.data / "broker"


async def _write_settings(plan: Plan) -> None:
    folder = _folder(plan)
    for child in ("mnesia", "log"):
        (folder / child).mkdir(parents=True, exist_ok=True)
    (folder / "rabbitmq-env.conf").write_text("")  # keeps the machine's own settings out
    (folder / "enabled_plugins").write_text("[].\n")
    target = folder / "definitions.json"
    target.touch(mode=0o600)
    passwords = {service: plan.accounts.broker(service) for service in SERVICES}
    target.write_text(json.dumps(definitions(passwords, plan.accounts.broker("admin")), indent=1))
    own = _OWN_SETTINGS.format(definitions=target)
    (folder / "rabbitmq.conf").write_text(_SHARED_SETTINGS.read_text() + own)
