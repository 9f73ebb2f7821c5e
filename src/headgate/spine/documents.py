"""Reads a YAML or JSON document of data into nodes that know their line, within bounds.

Scalars are read as YAML 1.2 reads them: `no` and `12:30:00` are text, a date is text, and digits
that begin with zero are text, for a postal code is no number. Events are taken one by one, so that
neither depth nor aliases can exhaust the machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml

from headgate.core.errors import Invalid, NotFound

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 4 << 20
MAX_DEPTH = 60
MAX_NODES = 200_000
"""Nodes a document may have with every alias written out [count]."""
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,9})?")
CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    text: text.lower() == "true" for text in ("true", "True", "TRUE", "false", "False", "FALSE")
}
TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
}
TEXT_TAG = "tag:yaml.org,2002:str"
BREAKS = frozenset("\x85\u2028\u2029")
"""Signs that YAML takes for ends of lines where they are not written as escapes."""


class Mark(NamedTuple):
    """A place in a file; both count from one."""

    line: int
    column: int


class Node(NamedTuple):
    """One value of a document.

    Args:
        value: a scalar, a list of nodes, or a mapping of texts to nodes.
        mark: where it begins.
        keys: of a mapping: where each of its keys stands.
        size: nodes in it with aliases written out [count].
    """

    value: Any
    mark: Mark
    keys: dict[str, Mark]
    size: int

    @property
    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, list):
            return [each.plain for each in self.value]
        if isinstance(self.value, dict):
            return {key: each.plain for key, each in self.value.items()}
        return self.value


class _Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, event: Any) -> None:
        self.value: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        self.mark = _mark(event.start_mark)
        self.anchor: str | None = event.anchor
        self.keys: dict[str, Mark] = {}
        self.key: str | None = None
        self.merged: list[Node] = []
        self.size = 1


class _Builder:
    """Puts nodes together from events."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.open: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.n_nodes = 0

    def take(self, event: Any) -> None:
        """Take one event."""
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self.refuse(_mark(event.start_mark), "a second document begins", "keep one a file")
        if isinstance(event, yaml.AliasEvent):
            self._put(self._alias(event), event)
        elif isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
            self._anchor(event.anchor, node)
            self._put(node, event)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._end(event)

    def refuse(self, mark: Mark, what: str, mend: str) -> NoReturn:
        """Raise what is wrong at a place."""
        raise Invalid(f"{self.name}:{mark.line}:{mark.column}: {what}", mend=mend)

    def _begin(self, event: Any) -> None:
        mark = _mark(event.start_mark)
        self._check_tag(event, mark)
        if len(self.open) >= MAX_DEPTH:
            self.refuse(mark, f"more than {MAX_DEPTH} levels deep", "nest less")
        if self.open and isinstance(self.open[-1].value, dict) and self.open[-1].key is None:
            self.refuse(mark, "a key is a list or a mapping", "write keys as text")
        self.open.append(_Open(event))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        for node in done.merged:
            for key, each in node.value.items():
                done.value.setdefault(key, each)
                done.keys.setdefault(key, node.keys[key])
        node = Node(done.value, done.mark, done.keys, done.size)
        self._anchor(done.anchor, node)
        self._put(node, event)

    def _anchor(self, anchor: str | None, node: Node) -> None:
        if anchor:
            self.anchors[anchor] = node

    def _alias(self, event: Any) -> Node:
        mark = _mark(event.start_mark)
        if any(each.anchor == event.anchor for each in self.open):
            self.refuse(mark, f"*{event.anchor} stands inside itself", "write the value out")
        if event.anchor not in self.anchors:
            self.refuse(mark, f"*{event.anchor} is no anchor above", f"add &{event.anchor}")
        return self.anchors[event.anchor]

    def _scalar(self, event: Any) -> Node:
        mark = _mark(event.start_mark)
        self._check_tag(event, mark)
        if event.tag == TEXT_TAG or not event.implicit[0]:
            return Node(event.value, mark, {}, 1)
        return Node(scalar(event.value), mark, {}, 1)

    def _check_tag(self, event: Any, mark: Mark) -> None:
        if event.tag and event.tag != "!" and event.tag not in TAGS:
            self.refuse(mark, f"tag {event.tag!r} is no plain data", "leave the tag out")

    def _put(self, node: Node, event: Any) -> None:
        self.n_nodes += node.size if isinstance(event, yaml.AliasEvent) else 1
        if self.n_nodes > MAX_NODES:
            self.refuse(
                _mark(event.start_mark), f"more than {MAX_NODES:,} values", "split the file"
            )
        if not self.open:
            self.root = node
            return
        into = self.open[-1]
        into.size += node.size
        if isinstance(into.value, list):
            into.value.append(node)
        elif into.key is None:
            self._key(into, node, event)
        else:
            self._value(into, node)

    def _key(self, into: _Open, node: Node, event: Any) -> None:
        mark = _mark(event.start_mark)
        if isinstance(node.value, (list, dict)):
            self.refuse(mark, "a key is a list or a mapping", "write keys as text")
        text = (
            node.value if isinstance(node.value, str) else str(getattr(event, "value", node.value))
        )
        if text in into.value:
            line = into.keys[text].line
            self.refuse(mark, f"key {text!r} stands on line {line} already", "keep one of them")
        into.key = text
        into.keys[text] = mark

    def _value(self, into: _Open, node: Node) -> None:
        key, into.key = into.key or "", None
        if key != "<<":
            into.value[key] = node
            return
        mark = into.keys.pop("<<")
        many = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(each.value, dict) for each in many):
            self.refuse(mark, "<< merges something that is no mapping", "merge a mapping's alias")
        into.merged += many


def scalar(text: str) -> Any:
    """Read an unquoted scalar; not-a-number and infinities stay text, for JSON has none.

    >>> [scalar(text) for text in ("7", "0.5", "true", "no", "007", "2026-11-03", "~")]
    [7, 0.5, True, 'no', '007', '2026-11-03', None]
    """
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    is_coded = len(text) > 1 and text.lstrip("+-")[:1] == "0" and text.lstrip("+-")[1:2].isdigit()
    if not is_coded and FLOAT.fullmatch(text) and not text.lstrip("+-").isdigit():
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def files_in(folder: Path) -> dict[str, Path]:
    """List the YAML files of a folder by name, which is the file's without suffix."""
    found = [path for path in sorted(folder.glob("*")) if path.suffix in SUFFIXES]
    return {path.stem: path for path in found if path.is_file()}


def read_file(path: Path, name: str | None = None) -> Node:
    """Read the one document of a file.

    Args:
        path: where it lies.
        name: what errors call it; its path if not given.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no YAML, or out of bounds.
    """
    name = name or str(path)
    return parse(read_bytes(path, name), name)


def read_bytes(path: Path, name: str) -> bytes:
    """Read a file, but no more of it than a document may have.

    Raises:
        NotFound: there is no such file.
        Invalid: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFound(f"no file {name}", mend="check the path") from error
    except (OSError, ValueError) as error:
        raise Invalid(f"{name} cannot be read: {error}", mend="name a file") from error


def parse(content: bytes, name: str) -> Node:
    """Read the one document of some YAML or JSON.

    Args:
        content: the file's bytes, in UTF-8.
        name: what errors call it.

    Raises:
        Invalid: it is no YAML, empty, over 4 MiB, nested over 60 levels deep or grows by its
            aliases to more than 200,000 values.
    """
    if len(content) > MAX_BYTES:
        raise Invalid(f"{name} has over {MAX_BYTES >> 20} MiB", mend="split the file")
    builder = _Builder(name)
    for event in _events(content, name):
        builder.take(event)
    if builder.root is None:
        raise Invalid(f"{name}:1:1: the file is empty", mend="write the document")
    return builder.root


def _events(content: bytes, name: str) -> Iterator[Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise Invalid(
            f"{name}:{line}:{column}: byte 0x{content[error.start]:02x} is no UTF-8",
            mend="save the file as UTF-8",
        ) from error
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = _mark(error.problem_mark or error.context_mark)
        said = " ".join(str(error.problem or error.context).split())
        raise Invalid(
            f"{name}:{mark.line}:{mark.column}: this is no YAML: {said}",
            mend="indent with spaces, and quote text that holds ': ', '#', '*' or '&'",
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise Invalid(
            f"{name}:1:1: this is no YAML: {said}", mend="write plain text without control signs"
        ) from error


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    looks_other = not isinstance(scalar(text), str) or text[:1].isdigit()
    style = '"' if BREAKS.intersection(text) else "'" if looks_other else None
    return dumper.represent_scalar(TEXT_TAG, text, style=style)


def _float(dumper: yaml.SafeDumper, number: float) -> Any:
    text = repr(number)
    text = text if "." in text else text.replace("e", ".0e")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _dumper(base: Any) -> Any:
    """Make a writer of what `parse` reads back to the same values, as readers of YAML 1.1 do."""
    made: Any = type("_Dumper", (base,), {"ignore_aliases": lambda _self, _data: True})
    made.add_representer(str, _text)
    made.add_representer(float, _float)
    return made


_DUMPER = _dumper(yaml.SafeDumper)
_QUICK_DUMPER = _dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper))
"""Takes a tenth of the time and writes the same, but for signs beyond U+FFFF, which it escapes."""


def dump(value: Any) -> str:
    """Write plain data as YAML, in the order it has."""
    text = _dumped(value, _QUICK_DUMPER)
    return _dumped(value, _DUMPER) if r"\U" in text else text


def _dumped(value: Any, dumper: Any) -> str:
    return yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100, indent=2)
