"""Says where in a file something is wrong: importers know the path to it, the document the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.spine.documents import Mark

if TYPE_CHECKING:
    from headgate.spine.documents import Node

PATH = re.compile(r": ([$#][./\[][^:]*|[^\s:]+(?::[^\s:]+)*): (.*)", re.DOTALL)
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
    if isinstance(node.value, dict):
        return _key(node, part)
    return _item(node.value, part) if isinstance(node.value, list) else None


def _key(node: Node, part: str) -> tuple[Node, Mark] | None:
    if part in node.value:
        return node.value[part], node.keys[part]
    inner = (_step(node.value[key], part) for key in LISTS if key in node.value)
    return next((one for one in inner if one is not None), None)


def _item(held: list[Node], part: str) -> tuple[Node, Mark] | None:
    if part.isdecimal():
        return (held[int(part)], held[int(part)].mark) if int(part) < len(held) else None
    named = (one for one in held if _name(one) == part)
    return next(((one, one.mark) for one in named), None)


def _name(node: Node) -> object:
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return None if name is None else name.value
