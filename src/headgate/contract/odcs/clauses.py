"""What must hold between the keys of a contract: operators, options of types, names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from headgate.contract.documents import Node
from headgate.contract.odcs.nouns import OPERATORS, VERSIONS
from headgate.contract.odcs.reading import Found, Path, shown

RANGE = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
OPTIONS: dict[str, set[str]] = {
    "string": {"minLength", "maxLength", "pattern", "format"},
    "date": RANGE | {"format"},
    "timestamp": RANGE | {"format", "timezone", "defaultTimezone"},
    "time": RANGE | {"format", "timezone", "defaultTimezone"},
    "integer": RANGE | {"multipleOf", "format"},
    "number": RANGE | {"multipleOf", "format"},
    "object": {"minProperties", "maxProperties", "required"},
    "array": {"minItems", "maxItems", "uniqueItems"},
    "boolean": set(),
}
FORMATS = {
    "integer": tuple(f"{sign}{bits}" for sign in "iu" for bits in (8, 16, 32, 64, 128)),
    "number": ("f32", "f64"),
}
LOWER_UPPER = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def check_clauses(root: Node, found: Found) -> None:
    """Check what no single field can: the document's fields are of the right kind already."""
    _check_version(root, found)
    objects = _list(root, "schema")
    _check_names(objects, "name", ("schema",), found)
    _check_names(_list(root, "servers"), "server", ("servers",), found)
    for number, each in enumerate(objects):
        path: Path = ("schema", number)
        _check_rules(each, path, found)
        _check_properties(each, path, found)


def _check_version(root: Node, found: Found) -> None:
    version = root.value["apiVersion"]
    if version.value not in VERSIONS:
        found.add(
            ("apiVersion",),
            version.mark,
            f"version {shown(version)} of the standard is not known here",
            f"write {VERSIONS[-2]}; files of version 2 have another layout",
        )


def _check_names(nodes: list[Node], key: str, path: Path, found: Found) -> None:
    seen: dict[str, int] = {}
    for number, node in enumerate(nodes):
        name = node.value.get(key)
        if name is None:
            continue
        line = seen.setdefault(name.value, name.mark.line)
        if not name.value:
            found.add((*path, number, key), name.mark, "the name is empty", "write a name")
        elif line != name.mark.line or sum(name is one.value.get(key) for one in nodes) > 1:
            what = f"{name.value!r} stands on line {line} already"
            found.add((*path, number, key), name.mark, what, "give it another name")


def _check_properties(node: Node, path: Path, found: Found) -> None:
    children = _list(node, "properties")
    _check_names(children, "name", (*path, "properties"), found)
    for number, each in enumerate(children):
        if "name" not in each.value:
            where = (*path, "properties", number, "name")
            found.add(where, each.mark, "name is missing", "add `name: …`")
        _check_property(each, (*path, "properties", number), found)
    if "items" in node.value and path[0] == "schema":
        _check_property(node.value["items"], (*path, "items"), found)


def _check_property(node: Node, path: Path, found: Found) -> None:
    _check_rules(node, path, found)
    options = node.value.get("logicalTypeOptions")
    if options is not None:
        _check_options(options, _text(node, "logicalType"), (*path, "logicalTypeOptions"), found)
    for index, one in enumerate(_list(node, "relationships")):
        if "from" in one.value:
            where = (*path, "relationships", index, "from")
            what = "a relationship at a property has no from, for it is the property"
            found.add(where, one.keys["from"], what, "leave it out")
    _check_properties(node, path, found)


def _check_options(options: Node, logical: str, path: Path, found: Found) -> None:
    if not logical:
        if options.value:
            what = "options need a logicalType"
            found.add(path, options.mark, what, "add `logicalType: …` beside them")
        return
    for key, each in options.value.items():
        if key not in OPTIONS[logical]:
            known = ", ".join(sorted(OPTIONS[logical])) or "no option"
            what = f"{key} is no option of logicalType {logical}"
            found.add((*path, key), options.keys[key], what, f"it takes {known}")
        else:
            _check_option(key, each, logical, (*path, key), found)
    _check_order(options, path, found)


def _check_option(key: str, node: Node, logical: str, path: Path, found: Found) -> None:
    is_text = isinstance(node.value, str)
    if key in RANGE and is_text != (logical in ("date", "timestamp", "time")):
        wanted = "text, in quotes" if not is_text else "a number"
        found.add(path, node.mark, f"must be {wanted}, not {shown(node)}", f"write {wanted}")
    elif key == "format" and node.value not in FORMATS.get(logical, (node.value,)):
        what = f"{shown(node)} is no format of logicalType {logical}"
        found.add(path, node.mark, what, f"write one of {', '.join(FORMATS[logical])}")
    elif key == "multipleOf" and node.value <= 0:
        found.add(path, node.mark, f"must be over zero, not {shown(node)}", "write a step")
    elif key == "pattern":
        _check_pattern(node, path, found)
    elif key == "required" and len(set(node.plain)) != len(node.plain):
        found.add(path, node.mark, "a name stands there twice", "name each once")


def _check_pattern(node: Node, path: Path, found: Found) -> None:
    try:
        re.compile(node.value)
    except (re.error, RecursionError, OverflowError) as error:
        what = f"{shown(node)} is no regular expression: {error}"
        found.add(path, node.mark, what, "mend it, or escape its signs with a backslash")


def _check_order(options: Node, path: Path, found: Found) -> None:
    for lower, upper in LOWER_UPPER:
        least, most = options.value.get(lower), options.value.get(upper)
        if least is None or most is None or type(least.value) is not type(most.value):
            continue
        if least.value > most.value:
            what = f"{lower} {shown(least)} is over {upper} {shown(most)}"
            found.add((*path, lower), least.mark, what, "swap them, or mend one")


def _check_rules(node: Node, path: Path, found: Found) -> None:
    for number, rule in enumerate(_list(node, "quality")):
        _check_rule(rule, (*path, "quality", number), found)


def _check_rule(rule: Node, path: Path, found: Found) -> None:
    kind = _text(rule, "type") or "library"
    for key, needed in _needs(kind, rule):
        if needed not in rule.value or rule.value[needed].value in ("", {}):
            what = f"a rule of type {kind} needs {needed}"
            found.add((*path, needed), rule.mark, what, f"add `{needed}: …`")
        del key
    operators = [key for key in OPERATORS if key in rule.value]
    if kind in ("library", "sql") and not operators:
        what = "the rule says no bound"
        found.add(path, rule.mark, what, f"add one of {', '.join(OPERATORS)}")
    if len(operators) > 1 and kind in ("library", "sql"):
        what = f"{' and '.join(operators)} stand together"
        mend = "keep one, and make a second rule of the other"
        found.add((*path, operators[1]), rule.keys[operators[1]], what, mend)
    _check_operands(rule, operators, path, found)


def _needs(kind: str, rule: Node) -> Iterator[tuple[str, str]]:
    if kind == "library" and "rule" not in rule.value:
        yield kind, "metric"
    if kind == "sql":
        yield kind, "query"
    if kind == "custom":
        yield kind, "engine"
        yield kind, "implementation"


def _check_operands(rule: Node, operators: Iterable[str], path: Path, found: Found) -> None:
    for key in operators:
        node = rule.value[key]
        if node.value is None:
            found.add((*path, key), node.mark, "must be a value, not nothing", "write a number")
        elif key.endswith("Between"):
            lower, upper = node.plain
            if lower >= upper:
                what = f"{lower} is not below {upper}"
                found.add((*path, key), node.mark, what, "write [lower, upper]")


def _list(node: Node, key: str) -> list[Node]:
    held = node.value.get(key)
    return held.value if held is not None else []


def _text(node: Node, key: str) -> str:
    held: Any = node.value.get(key)
    return held.value if held is not None else ""
