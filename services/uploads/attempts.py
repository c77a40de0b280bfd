"""Uploads refused for reasons that are not the candidate's: kept, so that time can be given back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.uploads.errors import (
    DossierLockedError,
    UploadNotOpenYetError,
    UploadStalledError,
    UploadWindowClosedError,
)
from shared.errors import DomainError, ThrottledError, TransientError

# Overload, fault, a connection that broke, closing; not what is wrong with the picture itself.
EVIDENCE: Final[tuple[type[DomainError], ...]] = (
    TransientError,
    ThrottledError,
    UploadStalledError,
    DossierLockedError,
    UploadNotOpenYetError,
    UploadWindowClosedError,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who wanted to upload what, when, and the code of the refusal."""

    registration_id: str
    candidate_id: str
    category: str
    slot: str | None
    code: str
    at: datetime


def is_evidence(refusal: DomainError) -> bool:
    """Tell whether a refused upload is to be kept."""
    return isinstance(refusal, EVIDENCE)
