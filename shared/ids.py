"""Identifiers: ordered ones for what happens, derived ones for what must not happen twice."""

from uuid import UUID, uuid5

from uuid6 import uuid7

NAMESPACE = UUID("6f0d7a1e-5c0e-4b8e-9c5b-3f6f2f6d4a10")


def new_id() -> str:
    """Return a new identifier that sorts by time."""
    return str(uuid7())


def derived_id(*parts: str) -> str:
    """Return the identifier that these parts always give."""
    return str(uuid5(NAMESPACE, "\x1f".join(parts)))
