"""Placeholders in texts of a policy: which there are, and a check that no other is used."""

from string import Formatter

WATERMARK_PLACEHOLDERS = frozenset(
    {
        "session",
        "purpose",
        "category_code",
        "district_name",
        "site_name",
        "masked_name",
        "ticket_tail",
        "date",
    }
)


def refuse_unknown_placeholders(setting: str, text: str, known: frozenset[str]) -> None:
    """Refuse a text that nobody could fill in.

    Raises:
        ValueError: the text has an unknown placeholder or stray braces.
    """
    used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    unknown = sorted(used - known)
    if unknown:
        raise ValueError(
            f"{setting} has unknown placeholders {', '.join(unknown)} (known: {', '.join(sorted(known))})"
        )
