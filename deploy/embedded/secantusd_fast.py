"""The embedded database's launcher, with three differences to SecantusDB 0.7.0b3.

A write by `_id` is independent of the collection's size: the engine looks up a filter by `_id` only when
nothing else stands in it, so that every guarded update `{"_id": x, "gate": 3}` scans the whole collection
(measured: 55 ms at 5000 documents against 1). Candidates only need to be a superset, as the caller matches
them again, so the `_id` alone selects them.

Remembered retryable writes (10,000) are gone through for old ones once a second, not twice for every write.

An engine that panics (a full disk) ends the process, as mongod's does: it would refuse everything until it
is started anew.

The version is pinned: private methods are replaced.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from secantus import cli, storage, transactions  # type: ignore[import-untyped] # the package has no types
from typing_extensions import override

PRUNE_SECONDS = 1.0

_candidates: Callable[..., Any] = storage.Storage._candidates_iter  # noqa: SLF001 - see the module
_prune: Callable[..., Any] = transactions.TransactionRegistry._prune_retryable_locked  # noqa: SLF001 - see the module


def _narrowed(self: object, db: object, coll: object, query: dict[str, Any] | None) -> Any:  # noqa: ANN401 - as the original
    if query and "_id" in query:
        query = {"_id": query["_id"]}
    return _candidates(self, db, coll, query)


def _pruned_now_and_then(self: Any) -> None:  # noqa: ANN401 - the package has no types
    now = self._time()
    if now - getattr(self, "pruned_at", -PRUNE_SECONDS) >= PRUNE_SECONDS:
        self.pruned_at = now
        _prune(self)


class _EndOnPanic(logging.Handler):
    """Ends the process when the storage engine says that it can't go on."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Look at a failure that is being logged."""
        if record.exc_info and "WT_PANIC" in str(record.exc_info[1]):
            os._exit(os.EX_IOERR)


if __name__ == "__main__":
    logging.getLogger("secantus").addHandler(_EndOnPanic(logging.ERROR))
    storage.Storage._candidates_iter = _narrowed  # noqa: SLF001 - see the module
    transactions.TransactionRegistry._prune_retryable_locked = _pruned_now_and_then  # noqa: SLF001 - see the module
    sys.exit(cli.main())
