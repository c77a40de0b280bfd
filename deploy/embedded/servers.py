"""The object store and the gateway."""

import asyncio
import os
import shutil
import sys
from functools import partial
from pathlib import Path

from deploy.embedded import probes
from deploy.embedded.layout import ROOT
from deploy.embedded.parts import Part
from deploy.embedded.plan import Plan, uploads_part
from deploy.embedded.ports import LOOPBACK

# On a machine with few cores Go spends up to a third of its time on waking threads for each other.
_ONE_CORE = {"GOMAXPROCS": "1"}
_GATEWAY = ROOT / "deploy" / "gateway"


def program(name: str) -> str:
    """Return a program that came with a Python package, from beside the interpreter."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or name


def objects(plan: Plan) -> Part:
    """Return the S3 store; its keys are passed by environment, out of the list of processes."""
    folder = plan.layout.data / "objects"
    port = plan.ports.objects
    return Part(
        name="objects",
        command=(
            *(program("rclone"), "serve", "s3", str(folder), "--addr", f"{LOOPBACK}:{port}"),
            *("--vfs-cache-mode", "off", "--config", os.devnull),
            # Pictures stand under the seal of the services: another checksum would find nothing more.
            *("--ignore-checksum", "--no-checksum"),
        ),
        probe=probes.http(port, only_ok=False),
        directory=plan.layout.home,
        environment={
            # A list in CSV form, of which one element holds a comma.
            "RCLONE_AUTH_KEY": f'"{plan.accounts.objects_access},{plan.accounts.objects_secret}"',
            "XDG_CACHE_HOME": str(plan.layout.data / "objects-cache"),
            "GOGC": "200",  # memory is swept half as often
            **_ONE_CORE,
        },
        ports=(port,),
        prepare=partial(_sweep_unfinished, folder),
    )


async def _sweep_unfinished(folder: Path) -> None:
    """Remove what a killed store has left of unfinished uploads; nobody can see or name it."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    for unfinished in await asyncio.to_thread(lambda: list(folder.rglob(".rclone_temp_put_*"))):
        unfinished.unlink(missing_ok=True)


def gateway(plan: Plan) -> Part:
    """Return the gateway; it knows the address of every instance and asks for its health."""
    return Part(
        name="gateway",
        command=(program("caddy"), "run", "--config", str(_GATEWAY / "Caddyfile"), "--adapter", "caddyfile"),
        probe=probes.http(plan.ports.gateway, "/healthz"),
        directory=plan.layout.home,
        environment={**gateway_environment(plan), **_ONE_CORE},
        ports=(plan.ports.gateway,),
    )


def gateway_environment(plan: Plan) -> dict[str, str]:
    """Return what the gateway's settings file is filled from."""
    upstreams = {
        part.service.upper(): _address(plan, part.slot)
        for part in plan.service_parts()
        if part.name in {"auth", "review", "notify"}
    }
    uploads = [_address(plan, uploads_part(n).slot) for n in range(1, plan.uploads_instances + 1)]
    return {
        "GATEWAY_SITE": f"http://:{plan.ports.gateway}",
        "GATEWAY_BIND": LOOPBACK,
        "GATEWAY_UPSTREAMS": "static",
        "GATEWAY_PORTAL": str(_GATEWAY / "portal" / "dist"),
        "XDG_DATA_HOME": str(plan.layout.data / "gateway"),
        "XDG_CONFIG_HOME": str(plan.layout.data / "gateway"),
        **{f"{service}_UPSTREAMS": address for service, address in upstreams.items()},
        "UPLOADS_UPSTREAMS": " ".join(uploads),
    }


def _address(plan: Plan, slot: int) -> str:
    return f"{LOOPBACK}:{plan.ports.of_slot(slot)[0]}"
