"""The server that speaks the database's protocol, and one account per service on it."""

import asyncio
import hashlib
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.embedded import probes
from deploy.embedded.environment import database_of
from deploy.embedded.layout import ROOT
from deploy.embedded.leftovers import MARK
from deploy.embedded.parts import Part, StartError
from deploy.embedded.plan import Plan
from deploy.embedded.ports import LOOPBACK
from deploy.rabbitmq.definitions import SERVICES

_TRIES = 100


def database(plan: Plan) -> Part:
    """Return the database; writes are on disk before they are acknowledged."""
    return Part(
        name="database",
        command=(*_command(plan), "--auth"),
        probe=probes.mongo(plan.ports.database),
        directory=ROOT,
        ports=(plan.ports.database,),
        prepare=partial(_make_accounts, plan),
    )


def _command(plan: Plan) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "deploy.engine"),
        *("--host", LOOPBACK, "--port", str(plan.ports.database)),
        *("--storage-path", str(_folder(plan))),
        *("--cache-size", "256M", "--log-level", "WARNING", "--sync-on-commit"),
    )


def _folder(plan: Plan) -> Path:
    return plan.layout.data / "database"


async def _make_accounts(plan: Plan) -> None:
    """Start the server once without rights to create the accounts; not needed when they stand already."""
    wanted = [(name, plan.accounts.database(name)) for name in ("admin", *SERVICES)]
    mark = plan.layout.data / "database.accounts"
    digest = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    with plan.layout.log_of("database").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *_command(plan),
            cwd=ROOT,
            env={"HOME": str(plan.layout.home), "LANG": "C.UTF-8", MARK: str(plan.layout.home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        await _until_answering(plan.ports.database)
        await _create_users(plan.ports.database, wanted)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    mark.write_text(digest)


async def _until_answering(port: int) -> None:
    for _ in range(_TRIES):
        if await probes.mongo(port)():
            return
        await asyncio.sleep(0.1)
    raise StartError("database", "does not answer")


async def _create_users(port: int, wanted: list[tuple[str, str]]) -> None:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(LOOPBACK, port, directConnection=True)
    async with client:
        for name, password in wanted:
            roles = ["root"] if name == "admin" else [{"role": "readWrite", "db": database_of(name)}]
            try:
                await client.admin.command("createUser", name, pwd=password, roles=roles)
            except OperationFailure:  # there already, with another password
                await client.admin.command("updateUser", name, pwd=password, roles=roles)
