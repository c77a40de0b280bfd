"""Starting review: `python -m services.review api|scheduler`."""

import argparse

from services.review.app import run_api, run_scheduler
from services.review.settings import ReviewSettings
from shared.runtime import run_service

ROLES = {"api": run_api, "scheduler": run_scheduler}


def main() -> None:
    """Run one role until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m services.review")
    parser.add_argument("role", choices=sorted(ROLES))
    role = parser.parse_args().role
    run_service(ROLES[role](ReviewSettings()))


if __name__ == "__main__":
    main()
