"""Starting review: `python -m services.review api|scheduler`."""

import argparse
import asyncio

from services.review.app import run_api, run_scheduler
from services.review.settings import ReviewSettings

ROLES = {"api": run_api, "scheduler": run_scheduler}


def main() -> None:
    """Run one role until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m services.review")
    parser.add_argument("role", choices=sorted(ROLES))
    role = parser.parse_args().role
    asyncio.run(ROLES[role](ReviewSettings()))


if __name__ == "__main__":
    main()
