"""The child process that compares pictures: a process of its own, so that no new picture waits behind it."""

import os

from services.uploads.imaging_child import serve
from services.uploads.likeness.operations import COMPARING_OPERATIONS

# Where processors are short, new pictures go first.
COURTESY = 5

if __name__ == "__main__":
    os.nice(COURTESY)
    serve(COMPARING_OPERATIONS)
