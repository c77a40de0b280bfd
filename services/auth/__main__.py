"""Run `python -m services.auth api`, or a command: `python -m services.auth roster import FILE`."""

import sys

from services.auth.app import run
from services.auth.cli import main
from services.auth.settings import AuthSettings
from shared.runtime import run_service

if sys.argv[1:] == ["api"]:
    # The environment gives every field.
    run_service(run(AuthSettings()))
else:
    sys.exit(main(sys.argv[1:]))
