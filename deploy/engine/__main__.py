"""The embedded database's launcher, with these differences to SecantusDB 0.7.0b3.

The version is pinned: private functions are replaced. What clients see stays a mongod's, except for the
first difference; the tests of every repository run on it, and those of the engine beside them.

* No history of changes (oplog) is written, as nobody follows it: describing each change took a third of the
  engine's time. A change stream is refused as on a mongod without replication, transactions have no limit on
  their size. What is durable doesn't depend on it: that is the journal's work.
* No command is profiled: the level of each database was read anew from its table for every command.
* A write by `_id` is independent of the collection's size: the engine looks up a filter by `_id` only when
  nothing else stands in it, so that every guarded update `{"_id": x, "gate": 3}` scans the whole collection
  (measured: 55 ms at 5000 documents against 1).
* The common update goes a short way (`updates`), and keys are packed by format (`packing`).
* Documents are copied by their shape, not by the general `copy.deepcopy`.
* Remembered retryable writes (10,000) are gone through for old ones once a second, not twice for every write.
* An engine that panics (a full disk) ends the process, as mongod's does: it would refuse everything until it
  is started anew.
"""

import logging
import os
import sys

from secantus import cli
from typing_extensions import override

from deploy.engine import lighter, packing, updates


class _EndOnPanic(logging.Handler):
    """Ends the process when the storage engine says that it can't go on."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Look at a failure that is being logged."""
        if record.exc_info and "WT_PANIC" in str(record.exc_info[1]):
            os._exit(os.EX_IOERR)


if __name__ == "__main__":
    logging.getLogger("secantus").addHandler(_EndOnPanic(logging.ERROR))
    for part in (lighter, updates, packing):
        part.install()
    sys.exit(cli.main())
