"""A real clamd with a signature of our own, for tests: no signatures are downloaded, none is needed."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import AnyUrl

from deploy.embedded.ports import free_ports
from services.uploads.clamd import Clamd, ScannerUnavailableError

MARKER = b"KAOSHEN-PLANTED-TEST-SIGNATURE"
SIGNATURE = "KaoshenTest.Planted.UNOFFICIAL"
LONGEST_STREAM = 2_000_000


@asynccontextmanager
async def clamd(folder: Path) -> AsyncIterator[tuple[AnyUrl, AnyUrl]]:
    """Run clamd on loopback; return its TCP and its unix address. It ends with the block."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    assert program, "this test needs clamav-daemon: BROWSER=1 deploy/embedded/bootstrap.sh installs it"
    port, socket = free_ports().of_slot(0)[0], folder / "clamd.sock"
    (folder / "signatures").mkdir(exist_ok=True)
    # Name, any kind of file, anywhere in it, the bytes.
    (folder / "signatures" / "test.ndb").write_text(f"KaoshenTest.Planted:0:*:{MARKER.hex()}\n")
    settings = {
        "Foreground": "yes",
        "DatabaseDirectory": folder / "signatures",
        "TCPAddr": "127.0.0.1",
        "TCPSocket": port,
        "LocalSocket": socket,
        "StreamMaxLength": LONGEST_STREAM,
        "MaxThreads": 2,
    }
    (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with (folder / "clamd.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "--config-file", str(folder / "clamd.conf"), stdout=log, stderr=log
        )
    try:
        addresses = AnyUrl(f"tcp://127.0.0.1:{port}"), AnyUrl(f"unix://{socket}")
        for address in addresses:
            await _answers(Clamd(address, 1.0))
        yield addresses
    finally:
        process.kill()
        await process.wait()


async def _answers(scanner: Clamd) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                return await scanner.ping()
            except ScannerUnavailableError:
                await asyncio.sleep(0.1)
