"""On what machine a run was made, in words that tell nothing else about it."""

import os
import platform
import re
from pathlib import Path

GIGA = 1024**3


def machine() -> str:
    """Return cores, processor, memory and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGA
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB, {platform.system()},"
        f" Python {platform.python_version()}"
    )


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()
