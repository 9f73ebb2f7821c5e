"""Says where in a file something is wrong: importers know the path to it, the document the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.spine.documents import Mark

if TYPE_CHECKING:
    from headgate.spine.documents import Node

PATH = re.compile(r": ([^\s:]+(?::[^\s:]+)*): (.*)", re.DOTALL)
PARTS = re.compile(r"[^.\[\]/#$]+")
LISTS = ("fields", "properties", "columns", "items", "type", "models", "sources", "expectations")
"""Keys under which a path goes on with the name of what is meant."""


def placed(error: Invalid, root: Node, file: str, title: str) -> Invalid:
    """Name the line of what an importer refused.

    Args:
        error: what it said.
        root: the file's document.
        file: what the file is called.
        title: what the contract is called; the importer may have begun with it.
    """
    message = error.message
    if message.startswith(("the contract of", f"{file}:")) and ": schema" in message:
        return error
    rest = message.removeprefix(file) if message.startswith(file) else message.removeprefix(title)
    found = PATH.fullmatch(rest)
    if found is None:
        mark = root.mark
        return Invalid(f"{file}:{mark.line}:{mark.column}: the document{rest}", mend=error.mend)
    path, what = found.groups()
    mark = mark_of(root, path)
    return Invalid(f"{file}:{mark.line}:{mark.column}: {path}: {what}", mend=error.mend)


def mark_of(root: Node, path: str) -> Mark:
    """Follow a path as far as it leads; return where its last part that is there begins.

    Args:
        root: the document.
        path: as an importer writes it, such as `columns.age.dtype` or `$.fields[2]`.
    """
    node, mark = root, root.mark
    for part in PARTS.findall(path):
        step = _step(node, part)
        if step is None:
            break
        node, mark = step
    return mark


def _step(node: Node, part: str) -> tuple[Node, Mark] | None:
    held = node.value
    if isinstance(held, dict):
        return (held[part], node.keys[part]) if part in held else _below(held, part)
    if not isinstance(held, list):
        return None
    found = held[int(part) :][:1] if part.isdecimal() else [x for x in held if _name(x) == part]
    return (found[0], found[0].mark) if found else None


def _below(held: dict[str, Node], part: str) -> tuple[Node, Mark] | None:
    """Look for a name in the lists that a mapping holds."""
    inner = (_step(held[key], part) for key in LISTS if key in held)
    return next((one for one in inner if one is not None), None)


def _name(node: Node) -> object:
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return None if name is None else name.value
