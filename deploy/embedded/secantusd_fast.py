"""The embedded database's launcher, with two differences to SecantusDB 0.7.0b3.

`findAndModify` by `_id` is independent of the collection's size: the write filter
`{"_id": x, "$and": [q]}` misses the index look-up and scans the whole collection (measured: 55 ms at 5000
documents against 1). Candidates only need to be a superset, as the caller matches them again, so the `_id`
alone selects them. The version is pinned: a private method is replaced.

An engine that panics (a full disk) ends the process, as mongod's does: it would refuse everything until it
is started anew.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from secantus import cli, storage  # type: ignore[import-untyped] # the package has no types
from typing_extensions import override

_candidates: Callable[..., Any] = storage.Storage._candidates_iter  # noqa: SLF001 - see the module


def _narrowed(self: object, db: object, coll: object, query: dict[str, Any] | None) -> Any:  # noqa: ANN401 - as the original
    if query and query.keys() == {"_id", "$and"}:
        query = {"_id": query["_id"]}
    return _candidates(self, db, coll, query)


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
    sys.exit(cli.main())
