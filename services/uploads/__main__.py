"""Starting uploads: `python -m services.uploads api|worker|scheduler`."""

import argparse

from services.uploads.app import run_api, run_scheduler, run_worker
from services.uploads.settings import UploadsSettings
from shared.runtime import run_service

ROLES = {"api": run_api, "worker": run_worker, "scheduler": run_scheduler}


def main() -> None:
    """Run one role until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m services.uploads")
    parser.add_argument("role", choices=sorted(ROLES))
    role = parser.parse_args().role
    run_service(ROLES[role](UploadsSettings()))


if __name__ == "__main__":
    main()
