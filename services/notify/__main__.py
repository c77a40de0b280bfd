"""Run `python -m services.notify api|scheduler`, or a command: `python -m services.notify sms list`."""

import asyncio
import sys

from services.notify.app import run
from services.notify.cli import main
from services.notify.settings import NotifySettings

match sys.argv[1:]:
    case [("api" | "scheduler") as role]:
        # The environment gives every field.
        asyncio.run(run(NotifySettings(), role))
    case arguments:
        sys.exit(main(arguments))
