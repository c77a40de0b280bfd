"""`python -m shared.policy`: check policy files."""

import sys

from shared.policy.cli import main

if __name__ == "__main__":
    sys.exit(main())
