"""The commands of review: ending overdue claims by hand."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.review.app import composed
from services.review.settings import ReviewSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run `expire-claims`; return the exit code."""
    parser = argparse.ArgumentParser(prog="kaoshen review", description="Cases and claims.")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("expire-claims", help="end the claims whose time is over, as the scheduler does")
    parser.parse_args(argv)
    # The environment gives every field.
    count = asyncio.run(_expire(ReviewSettings()))
    sys.stdout.write(f"claims: {count} ended\n")
    return 0


async def _expire(settings: ReviewSettings) -> int:
    async with composed(settings, "cli") as service:
        return await service.use_cases.expire_claims()
