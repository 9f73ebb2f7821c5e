"""What must hold between the keys of a contract: operators, options of types, names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from headgate.contract.odcs.levels import fault
from headgate.contract.odcs.nouns import OPERATORS, REFERENCE, VERSIONS, Level
from headgate.spine.documents import Node
from headgate.spine.problems import Problems, Steps
from headgate.spine.strict import shown

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
KNOWN = {key for keys in OPTIONS.values() for key in keys}
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


def check_clauses(root: Node, found: Problems) -> None:
    """Check what no single field can; a field of the wrong kind is told already."""
    _check_version(root, found)
    objects = _list(root, "schema")
    _check_names(objects, "name", ("schema",), found)
    _check_names(_list(root, "servers"), "server", ("servers",), found)
    for number, each in enumerate(objects):
        path: Steps = ("schema", number)
        if "name" not in each.value and not found.beneath(path):
            found.add((*path, "name"), each.mark, "name is missing", "add `name: …`")
        _check_rules(each, path, found)
        _check_relationships(each, path, found)
        _check_properties(each, path, found)
    for number, each in enumerate(_list(root, "slaProperties")):
        _check_level(each, ("slaProperties", number), found)


def _check_level(node: Node, path: Steps, found: Problems) -> None:
    """Check that a service level which is looked at can be read."""
    if found.beneath(path):
        return
    wrong = fault(
        Level(
            property=_text(node, "property"),
            value=node.value["value"].plain,
            value_ext=node.value["valueExt"].plain if "valueExt" in node.value else None,
            unit=_text(node, "unit"),
        )
    )
    if wrong is not None:
        mark = node.value[wrong.key].mark if wrong.key in node.value else node.mark
        found.add((*path, wrong.key), mark, wrong.message, wrong.mend)


def _check_relationships(node: Node, path: Steps, found: Problems) -> None:
    for index, one in enumerate(_list(node, "relationships")):
        where = (*path, "relationships", index)
        if "from" not in one.value:
            found.add((*where, "from"), one.mark, "from is missing", "add `from: table.column`")
            continue
        _check_reference(one, "from", where, found)
        _check_reference(one, "to", where, found)
        kinds = {type(one.value[key].value) for key in ("from", "to") if key in one.value}
        if len(kinds) > 1:
            what = "from and to are one column each, or lists of columns"
            found.add(where, one.mark, what, "write both as lists")


def _check_reference(one: Node, key: str, path: Steps, found: Problems) -> None:
    """Check that what a relationship names can be a column, or a list of columns."""
    held = one.value.get(key)
    if held is None:
        return
    named = held.value if isinstance(held.value, list) else [held]
    wrong = [each for each in named if not REFERENCE.fullmatch(str(each.value)[:1000])]
    if wrong or not named:
        what = f"{shown(wrong[0] if wrong else held)} names no column"
        found.add((*path, key), held.mark, what, "write table.column")


def _check_version(root: Node, found: Problems) -> None:
    version = root.value.get("apiVersion")
    if version is not None and isinstance(version.value, str) and version.value not in VERSIONS:
        found.add(
            ("apiVersion",),
            version.mark,
            f"version {shown(version)} of the standard is not known here",
            f"write {VERSIONS[-2]}; files of version 2 have another layout",
        )


def _check_names(nodes: list[Node], key: str, path: Steps, found: Problems) -> None:
    seen: dict[str, int] = {}
    for number, node in enumerate(nodes):
        name = node.value.get(key)
        if name is None or not isinstance(name.value, str):
            continue
        line = seen.setdefault(name.value, name.mark.line)
        if not name.value:
            found.add((*path, number, key), name.mark, "the name is empty", "write a name")
        elif line != name.mark.line or sum(name is one.value.get(key) for one in nodes) > 1:
            what = f"{name.value!r} stands on line {line} already"
            found.add((*path, number, key), name.mark, what, "give it another name")


def _check_properties(node: Node, path: Steps, found: Problems) -> None:
    children = _list(node, "properties")
    _check_names(children, "name", (*path, "properties"), found)
    for number, each in enumerate(children):
        if "name" not in each.value and not found.beneath((*path, "properties", number)):
            where = (*path, "properties", number, "name")
            found.add(where, each.mark, "name is missing", "add `name: …`")
        _check_property(each, (*path, "properties", number), found)
    if "items" in node.value and isinstance(node.value["items"].value, dict):
        _check_property(node.value["items"], (*path, "items"), found)


def _check_property(node: Node, path: Steps, found: Problems) -> None:
    _check_rules(node, path, found)
    options = node.value.get("logicalTypeOptions")
    logical = _text(node, "logicalType")
    is_known = logical in OPTIONS or not logical
    if options is not None and isinstance(options.value, dict) and is_known:
        _check_options(options, logical, (*path, "logicalTypeOptions"), found)
    for index, one in enumerate(_list(node, "relationships")):
        where = (*path, "relationships", index)
        if "from" in one.value:
            what = "a relationship at a property has no from, for it is the property"
            found.add((*where, "from"), one.keys["from"], what, "leave it out")
        _check_reference(one, "to", where, found)
    _check_properties(node, path, found)


def _check_options(options: Node, logical: str, path: Steps, found: Problems) -> None:
    if not logical:
        if options.value:
            what = "options need a logicalType"
            found.add(path, options.mark, what, "add `logicalType: …` beside them")
        return
    for key, each in options.value.items():
        if key not in KNOWN:
            continue
        if key not in OPTIONS[logical]:
            known = ", ".join(sorted(OPTIONS[logical])) or "no option"
            what = f"{key} is no option of logicalType {logical}"
            found.add((*path, key), options.keys[key], what, f"it takes {known}")
        else:
            _check_option(key, each, logical, (*path, key), found)
    _check_order(options, path, found)


def _check_option(key: str, node: Node, logical: str, path: Steps, found: Problems) -> None:
    is_text = isinstance(node.value, str)
    if key in RANGE and is_text != (logical in ("date", "timestamp", "time")):
        wanted = "text, in quotes" if not is_text else "a number"
        found.add(path, node.mark, f"must be {wanted}, not {shown(node)}", f"write {wanted}")
    elif key == "format" and is_text and node.value not in FORMATS.get(logical, (node.value,)):
        what = f"{shown(node)} is no format of logicalType {logical}"
        found.add(path, node.mark, what, f"write one of {', '.join(FORMATS[logical])}")
    elif key == "multipleOf" and _is_number(node) and node.value <= 0:
        found.add(path, node.mark, f"must be over zero, not {shown(node)}", "write a step")
    elif key == "pattern" and is_text:
        _check_pattern(node, path, found)
    elif key == "required" and _is_doubled(node):
        found.add(path, node.mark, "a name stands there twice", "name each once")


def _check_pattern(node: Node, path: Steps, found: Problems) -> None:
    try:
        re.compile(node.value)
    except (re.error, RecursionError, OverflowError) as error:
        what = f"{shown(node)} is no regular expression: {error}"
        found.add(path, node.mark, what, "mend it, or escape its signs with a backslash")


def _check_order(options: Node, path: Steps, found: Problems) -> None:
    for lower, upper in LOWER_UPPER:
        least, most = options.value.get(lower), options.value.get(upper)
        if least is None or most is None:
            continue
        are_numbers = _is_number(least) and _is_number(most)
        are_texts = isinstance(least.value, str) and isinstance(most.value, str)
        if (are_numbers or are_texts) and least.value > most.value:
            what = f"{lower} {shown(least)} is over {upper} {shown(most)}"
            found.add((*path, lower), least.mark, what, "swap them, or mend one")


def _check_rules(node: Node, path: Steps, found: Problems) -> None:
    for number, rule in enumerate(_list(node, "quality")):
        _check_rule(rule, (*path, "quality", number), found)


def _check_rule(rule: Node, path: Steps, found: Problems) -> None:
    kind = _text(rule, "type") or "library"
    operators = [key for key in OPERATORS if key in rule.value]
    if not found.beneath(path):
        _check_whole(rule, kind, operators, path, found)
    if len(operators) > 1 and kind in ("library", "sql"):
        what = f"{' and '.join(operators)} stand together"
        mend = "keep one, and make a second rule of the other"
        found.add((*path, operators[1]), rule.keys[operators[1]], what, mend)
    _check_operands(rule, operators, path, found)


def _check_whole(rule: Node, kind: str, operators: list[str], path: Steps, found: Problems) -> None:
    """Check that a rule has what it needs."""
    for needed in _needs(kind, rule):
        if needed not in rule.value or rule.value[needed].value in ("", {}):
            what = f"a rule of type {kind} needs {needed}"
            found.add((*path, needed), rule.mark, what, f"add `{needed}: …`")
    if kind in ("library", "sql") and not operators:
        what = "the rule says no bound"
        found.add(path, rule.mark, what, f"add one of {', '.join(OPERATORS)}")


def _needs(kind: str, rule: Node) -> Iterator[str]:
    if kind == "library" and "rule" not in rule.value:
        yield "metric"
    if kind == "sql":
        yield "query"
    if kind == "custom":
        yield "engine"
        yield "implementation"


def _check_operands(rule: Node, operators: Iterable[str], path: Steps, found: Problems) -> None:
    for key in operators:
        node = rule.value[key]
        if node.value is None:
            found.add((*path, key), node.mark, "must be a value, not nothing", "write a number")
        elif key.endswith("Between") and _is_pair(node):
            lower, upper = node.plain
            if lower >= upper:
                what = f"{lower} is not below {upper}"
                found.add((*path, key), node.mark, what, "write [lower, upper]")


def _list(node: Node, key: str) -> list[Node]:
    held = node.value.get(key)
    many = held.value if held is not None and isinstance(held.value, list) else []
    return [one for one in many if isinstance(one.value, dict)]


def _text(node: Node, key: str) -> str:
    held: Any = node.value.get(key)
    return held.value if held is not None and isinstance(held.value, str) else ""


def _is_number(node: Node) -> bool:
    return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def _is_pair(node: Node) -> bool:
    held = node.value
    return isinstance(held, list) and len(held) == 2 and all(map(_is_number, held))  # noqa: PLR2004 - a lower and an upper bound


def _is_doubled(node: Node) -> bool:
    names = [one.value for one in node.value] if isinstance(node.value, list) else []
    texts = [one for one in names if isinstance(one, str)]
    return len(set(texts)) < len(texts)
