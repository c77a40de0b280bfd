"""The embedded database's launcher, with `findAndModify` by `_id` made independent of the collection's size.

The write filter `{"_id": x, "$and": [q]}` misses the index look-up of SecantusDB 0.7.0b3 and scans the
whole collection (measured: 55 ms at 5000 documents against 1). Candidates only need to be a superset, as
the caller matches them again, so the `_id` alone selects them. The version is pinned: a private method
is replaced.
"""

import sys
from collections.abc import Callable
from typing import Any

from secantus import cli, storage  # type: ignore[import-untyped] # the package has no types

_candidates: Callable[..., Any] = storage.Storage._candidates_iter  # noqa: SLF001 - see the module


def _narrowed(self: object, db: object, coll: object, query: dict[str, Any] | None) -> Any:  # noqa: ANN401 - as the original
    if query and query.keys() == {"_id", "$and"}:
        query = {"_id": query["_id"]}
    return _candidates(self, db, coll, query)


if __name__ == "__main__":
    storage.Storage._candidates_iter = _narrowed  # noqa: SLF001 - see the module
    sys.exit(cli.main())
