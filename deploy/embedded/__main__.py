"""Run the command line."""

import sys

from deploy.embedded.main import main

sys.exit(main())
