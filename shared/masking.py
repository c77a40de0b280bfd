"""Personal data as places show them that others may see."""


def masked_name(name: str) -> str:
    """Return a name with its ends only: `张*`, `欧**丰`."""
    if len(name) <= 2:  # noqa: PLR2004 - a given name of one character is hidden whole
        return f"{name[:1]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"
