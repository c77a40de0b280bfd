"""The settings of a session and district as data: model, loader, conditions, archive."""

from shared.policy.archive import PolicyArchive
from shared.policy.loader import PolicyBook

__all__ = ["PolicyArchive", "PolicyBook"]
