"""Policy files as written: YAML with the line of every value, and inheritance between files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import ScalarNode

from shared.policy.errors import Fault, PolicyError

# Parsed YAML is untyped until the model has read it.
Tree = dict[str, Any]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written."""

    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file's settings with everything it inherits, and where each was written."""

    file: Path
    data: Tree
    origins: Mapping[Place, Origin]

    def origin(self, place: Place) -> Origin:
        """Return where the setting, or the nearest one around it, was written."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.origins:
                return self.origins[place[:end]]
        return Origin(self.file, 1)

    def fault(self, place: Place, reason: str) -> Fault:
        """Return a fault of the setting at this place."""
        origin = self.origin(place)
        return Fault(origin.file, origin.line, reason)


class _Constructor(RoundTripConstructor):
    """Leaves instants as they are written: the model reads them, with their time zone."""

    def construct_timestamp(self, node: ScalarNode) -> str:
        """Return the timestamp's text."""
        return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_timestamp)


def read_source(file: Path, above: tuple[Path, ...] = ()) -> Source:
    """Read a file and the files it inherits from (`inherits: <name>`, in the same folder or the one above).

    Raises:
        PolicyError: a file is absent, is no YAML mapping or inherits from itself.
    """
    own = _read_yaml(file)
    parent = own.data.pop("inherits", None)
    own.data.setdefault("name", file.stem)
    if parent is None:
        return own
    base = _base(file, f"{parent}.yaml")
    if base in (*above, file):
        raise PolicyError(own.fault(("inherits",), f"{parent} inherits from itself"))
    if not base.is_file():
        raise PolicyError(own.fault(("inherits",), f"inherits from {base.name}, which is not there"))
    return _merge(read_source(base, (*above, file)), own)


def _base(file: Path, name: str) -> Path:
    """Return where an inherited file lies: beside, or in the folder above, as for the examples."""
    beside = file.with_name(name)
    return beside if beside.is_file() else file.parent.with_name(name)


def _read_yaml(file: Path) -> Source:
    yaml = YAML(typ="rt")
    yaml.Constructor = _Constructor
    try:
        data = yaml.load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(Fault(file, 1, f"can't be read: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        raise PolicyError(Fault(file, 1, "is not UTF-8 text")) from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError(Fault(file, line, f"is not YAML: {error.problem}")) from error
    if not isinstance(data, CommentedMap):
        raise PolicyError(Fault(file, 1, "is not a mapping of settings"))
    origins: dict[Place, Origin] = {}
    return Source(file, _plain(data, file, (), origins), origins)


def _plain(node: object, file: Path, place: Place, origins: dict[Place, Origin]) -> Any:  # noqa: ANN401 - YAML
    """Return the node as plain values and note the line of every value in it."""
    if isinstance(node, CommentedMap):
        for key in node:
            # A merged-in key (`<<`) has no line of its own.
            line = node.lc.key(key)[0] if key in (node.lc.data or {}) else node.lc.line
            origins[*place, key] = Origin(file, line + 1)
        return {key: _plain(value, file, (*place, key), origins) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for index in range(len(node)):
            origins[*place, index] = Origin(file, node.lc.item(index)[0] + 1)
        return [_plain(value, file, (*place, index), origins) for index, value in enumerate(node)]
    return str(node) if isinstance(node, str) else node


def _merge(base: Source, own: Source) -> Source:
    """Lay a file over the one it inherits from: mappings are merged, everything else is replaced."""
    origins = dict(base.origins)
    data = _merge_trees(base.data, own.data, (), origins)
    return Source(own.file, data, origins | dict(own.origins))


def _merge_trees(base: Tree, own: Tree, place: Place, origins: dict[Place, Origin]) -> Tree:
    merged = dict(base)
    for key, value in own.items():
        here = (*place, key)
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merged[key] = _merge_trees(base[key], value, here, origins)
        else:
            merged[key] = value
            for inner in [known for known in origins if known[: len(here)] == here]:
                del origins[inner]
    return merged
