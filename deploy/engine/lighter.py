"""What the engine leaves out or does more lightly; the launcher says why."""

from collections.abc import Callable
from typing import Any

from secantus import commands, storage, transactions, update

PRUNE_SECONDS = 1.0
_CHANGEABLE = frozenset({dict, list})

_open: Callable[..., None] = storage.Storage.__init__
_candidates: Callable[..., Any] = storage.Storage._candidates_iter
_prune: Callable[[Any], None] = transactions.TransactionRegistry._prune_retryable_locked


class Copying:
    """Stands in for the module `copy` where only documents are copied."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Copy what can be changed in a decoded document: its objects and arrays."""
        return _copied(value)


def _copied(value: Any) -> Any:
    # Most values are neither: asking before calling halves the time.
    if type(value) is dict:
        return {
            name: _copied(inner) if type(inner) in _CHANGEABLE else inner for name, inner in value.items()
        }
    if type(value) is list:
        return [_copied(inner) if type(inner) in _CHANGEABLE else inner for inner in value]
    return value


def install() -> None:
    """Replace the engine's own functions."""
    storage.Storage.__init__ = _open_without_history
    storage.Storage._candidates_iter = _candidates_by_id
    transactions.TransactionRegistry._prune_retryable_locked = _prune_now_and_then
    commands._aggregate_change_stream = _refuse_change_stream
    commands._profile_eligible_command = _never
    update.copy = transactions.copy = Copying


def _open_without_history(self: Any, *args: Any, **settings: Any) -> None:
    _open(self, *args, **{**settings, "enable_oplog": False})


def _candidates_by_id(self: Any, db: str, coll: str, query: dict[str, Any] | None) -> Any:
    """Return a superset of what fits, as the caller matches each again: the `_id` alone selects it."""
    if query and "_id" in query:
        query = {"_id": query["_id"]}
    return _candidates(self, db, coll, query)


def _prune_now_and_then(self: Any) -> None:
    now = self._time()
    if now - getattr(self, "pruned_at", -PRUNE_SECONDS) >= PRUNE_SECONDS:
        self.pruned_at = now
        _prune(self)


def _refuse_change_stream(*_: Any) -> dict[str, Any]:
    return {
        "ok": 0.0,
        "errmsg": "The $changeStream stage is only supported on replica sets",
        "code": 40573,
        "codeName": "IllegalOperation",
    }


def _never(*_: Any) -> bool:
    return False
