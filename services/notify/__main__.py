"""Run `python -m services.notify api|scheduler`, or a command: `python -m services.notify sms list`."""

import sys

from services.notify.app import run
from services.notify.cli import main
from services.notify.settings import NotifySettings
from shared.runtime import run_service

match sys.argv[1:]:
    case [("api" | "scheduler") as role]:
        # The environment gives every field.
        run_service(run(NotifySettings(), role))
    case arguments:
        sys.exit(main(arguments))
