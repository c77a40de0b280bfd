"""Run `python -m services.auth api`, or a command: `python -m services.auth roster import FILE`."""

import asyncio
import sys

from services.auth.app import run
from services.auth.cli import main
from services.auth.settings import AuthSettings

if sys.argv[1:] == ["api"]:
    # The environment gives every field.
    asyncio.run(run(AuthSettings()))
else:
    sys.exit(main(sys.argv[1:]))
