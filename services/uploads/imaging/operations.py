"""The table of what a child can be asked to do; the other side's words for it are in `tasks.py`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.uploads.imaging.answer import Answer
from services.uploads.imaging.background import ground_operation
from services.uploads.imaging.finishing import finish_operation
from services.uploads.imaging.portrait import portrait_operation
from services.uploads.imaging.shrinking import shrink_operation
from services.uploads.imaging.staff_view import original_operation, staff_view_operation

# The parameters of a task and its pictures; raises BrokenImageError where a picture can't be decoded.
Operation = Callable[[Mapping[str, Any], Sequence[bytes]], Answer]

OPERATIONS: Final[Mapping[str, Operation]] = {
    "finish": finish_operation,
    "ground": ground_operation,
    "portrait": portrait_operation,
    "shrink": shrink_operation,
    "stamp_view": staff_view_operation,
    "clean_original": original_operation,
}
