"""Reads how a Python file builds a report of Evidently: parsed, and never run."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from headgate.core.errors import Invalid
from headgate.core.left_out import Notes
from headgate.monitor.exchange.methods import method
from headgate.monitor.exchange.reading import Imported, Settings, Wish, finite

SETS = frozenset(
    {
        "DataDriftPreset",
        "TargetDriftPreset",
        "DataDriftTestPreset",
        "DatasetDriftMetric",
        "DataDriftTable",
        "DriftedColumnsCount",
        "TestShareOfDriftedColumns",
        "TestNumberOfDriftedColumns",
        "TestAllFeaturesValueDrift",
        "TestCustomFeaturesValueDrift",
    }
)
"""What tells the drift of several columns."""
SINGLE = frozenset({"ValueDrift", "ColumnDriftMetric", "TestColumnDrift"})
"""What tells the drift of one column."""
MAPPINGS = frozenset({"DataDefinition", "ColumnMapping"})
KINDS = {"num": "number", "cat": "category", "text": "text"}
ROLES = {
    "numerical_columns": "numerical",
    "numerical_features": "numerical",
    "categorical_columns": "categorical",
    "categorical_features": "categorical",
    "text_columns": "text",
    "text_features": "text",
    "timestamp": "time",
    "datetime": "time",
    "id_column": "ignored",
    "id": "ignored",
    "datetime_columns": "ignored",
    "datetime_features": "ignored",
    "target": "target",
    "prediction": "prediction",
    "prediction_labels": "prediction",
}
"""What a definition of columns says, and where it stands in our settings."""
SEVERAL = frozenset({"numerical", "categorical", "text", "ignored"})
CHANGES = frozenset(
    {"append", "clear", "extend", "insert", "pop", "popitem"}
    | {"remove", "reverse", "setdefault", "sort", "update"}
)
"""Methods that change a list or dict where it is."""
UNKNOWN = object()


def read_code(content: bytes, name: str) -> Imported:
    """Read the presets, metrics, methods, thresholds and columns of a Python file.

    Args:
        content: the file; values may be literals, or names that literals were given to.
        name: what errors call it.

    Raises:
        Invalid: it is no Python, or builds no report.
    """
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise Invalid(
            f"{name} is no Python{f', line {line}' if line else ''}: {error}",
            mend="give a file that Python can read, or a report saved as JSON",
        ) from error
    reading = _Reading(Notes())
    reading.bind(tree)
    for node in ast.walk(tree):
        reading.take(node)
    if not reading.is_used:
        raise Invalid(
            f"{name} builds no drift report: no {', '.join(sorted(SETS)[:2])} or ValueDrift in it",
            mend="name the file that builds a Report or TestSuite of Evidently",
        )
    settings = msgspec.structs.replace(
        Settings(**reading.held), wishes=tuple(reading.wishes.values())
    )
    return Imported(form="Python file", settings=settings, left_out=reading.notes.all)


class _Reading:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.names: dict[str, Any] = {}
        self.held: dict[str, Any] = {}
        self.wishes: dict[tuple[str, str | None], Wish] = {}
        self.is_used = False

    def bind(self, tree: ast.AST) -> None:
        """Remember the names that a literal was given to, once each, and that stayed as it was."""
        n_written = Counter(name for node in ast.walk(tree) for name in _written(node))
        for node in ast.walk(tree):
            for name, given in _given(node):
                self.names[name] = self.value(given) if n_written[name] == 1 else UNKNOWN

    def value(self, node: ast.AST) -> Any:
        """Return a literal, or what a name stands for; `UNKNOWN` where neither is to be had."""
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        if isinstance(node, ast.List | ast.Tuple):
            values = [self.value(one) for one in node.elts]
            return UNKNOWN if UNKNOWN in values else values
        if isinstance(node, ast.Dict):
            return self._dict(node)
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            return UNKNOWN

    def take(self, node: ast.AST) -> None:
        """Take one piece of the file, if it is about drift or columns."""
        if isinstance(node, ast.Assign):
            self._attribute(node)
        if not isinstance(node, ast.Call):
            return
        called = _called(node)
        if called in SETS:
            self.is_used = True
            self._set(node, called)
        elif called in SINGLE:
            self.is_used = True
            self._single(node, called)
        elif called in MAPPINGS or called in _TASKS:
            self._mapping(node)
        elif called in {"Report", "TestSuite"}:
            self._others(node)

    def _dict(self, node: ast.Dict) -> Any:
        found: dict[str, Any] = {}
        for key, each in zip(node.keys, node.values, strict=True):
            said = self.value(key) if key is not None else UNKNOWN
            value = self.value(each)
            if not isinstance(said, str) or value is UNKNOWN:
                return UNKNOWN
            found[said] = value
        return found

    def _arguments(self, node: ast.Call, called: str) -> dict[str, Any]:
        """Return the keyword arguments of a call that can be read; name those that cannot."""
        found: dict[str, Any] = {}
        given = [(one.arg or "**", one.value) for one in node.keywords]
        if node.args:
            first = "column" if called in SINGLE else "columns"
            given = [(first, node.args[0]), *given]
            for each in node.args[1:]:
                self._unread(node, called, ast.unparse(each))
        for key, each in given:
            value = self.value(each)
            if value is UNKNOWN:
                self._unread(node, called, f"{key}={ast.unparse(each)}")
            elif value is not None:
                found[_modern(key)] = value
        return found

    def _unread(self, node: ast.Call, called: str, said: str) -> None:
        self.notes.add(
            f"line {node.lineno}, {called}", said, "it is not written out, and nothing is run here"
        )

    def _set(self, node: ast.Call, called: str) -> None:
        for key, value in self._arguments(node, called).items():
            path = f"line {node.lineno}, {called}"
            which, _, what = key.rpartition("_")
            if key == "columns" and isinstance(value, list):
                self.held["columns"] = tuple(map(str, value))
            elif key == "drift_share" and finite(value) is not None:
                self.held["drift_share"] = finite(value)
            elif what in {"method", "threshold"} and which in {"", *KINDS}:
                self._of_kind(what, KINDS.get(which), value, path)
            elif which == "per_column" and isinstance(value, dict):
                for column, said in value.items():
                    self._wish(column, {what: said}, path)
            elif key not in {"include_tests", "lt", "lte", "gt", "gte", "eq", "nbinsx"}:
                self.notes.add(path, f"{key}={value!r}", "a monitor has no such setting")

    def _of_kind(self, what: str, kind: str | None, value: Any, path: str) -> None:
        """Take a method or threshold that is said of all columns of a kind, or of all."""
        said = self._method(value, path) if what == "method" else self._threshold(value, path)
        if said is None:
            return
        held = self.held.setdefault(what, {})
        for each in [kind] if kind else ["number", "category"]:
            if kind or each not in held:
                held[each] = said

    def _single(self, node: ast.Call, called: str) -> None:
        given = self._arguments(node, called)
        column = given.get("column", given.get("column_name"))
        path = f"line {node.lineno}, {called}"
        if isinstance(column, str):
            self._wish(column, given, path)
        elif column is not None or not (node.args or node.keywords):
            self.notes.add(path, called, "it names no column")

    def _wish(self, column: str, given: dict[str, Any], path: str) -> None:
        said, threshold = given.get("method"), given.get("threshold")
        name = self._method(said, path) if said is not None else None
        old = next((one for one in self.wishes.values() if one.column == column), None)
        if old is not None and name is None:
            name = old.method
        known = self.wishes.pop((column, None), None) or self.wishes.get((column, name))
        limit = self._threshold(threshold, path) if threshold is not None else None
        limit = limit if limit is not None or known is None else known.threshold
        self.wishes[column, name] = Wish(column, name, limit)

    def _method(self, said: Any, path: str) -> str | None:
        known = method(said) if isinstance(said, str) else None
        if known is None:
            self.notes.add(path, str(said), "it is no method that Evidently has by name")
        return known.name if known else None

    def _threshold(self, said: Any, path: str) -> float | None:
        limit = finite(said)
        if limit is None:
            self.notes.add(path, str(said), "it is no number, so no threshold")
        return limit

    def _mapping(self, node: ast.Call) -> None:
        for each in node.args if _called(node) in MAPPINGS else []:
            self._unread(node, _called(node), ast.unparse(each))
        given = {one.arg: one.value for one in node.keywords if one.arg in ROLES}
        for key, each in given.items():
            value = self.value(each)
            if value is UNKNOWN:
                self._unread(node, _called(node), f"{key}={ast.unparse(each)}")
            elif value is not None:
                self._role(str(key), value, f"line {node.lineno}, {_called(node)}")

    def _attribute(self, node: ast.Assign) -> None:
        """Take `column_mapping.target = "paid"`, the usual way of 0.4."""
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr in ROLES:
                value = self.value(node.value)
                if value is not UNKNOWN and value is not None:
                    self._role(target.attr, value, f"line {node.lineno}")

    def _role(self, key: str, value: Any, path: str) -> None:
        role = ROLES[key]
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            self.notes.add(path, f"{key}={value!r}", "it names no columns")
            return
        if role in SEVERAL:
            self.held[role] = (*self.held.get(role, ()), *listed)
        elif listed:
            self.held[role] = listed[0]

    def _others(self, node: ast.Call) -> None:
        """Name what else a report holds."""
        listed = [*node.args[:1], *(each.value for each in node.keywords)]
        for each in listed:
            for one in each.elts if isinstance(each, ast.List | ast.Tuple) else []:
                called = _called(one) if isinstance(one, ast.Call) else ast.unparse(one)
                if called not in SETS | SINGLE:
                    self.notes.add(f"line {one.lineno}", called, _why(called))


_TASKS = frozenset({"BinaryClassification", "MulticlassClassification", "Regression"})


def _given(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """List the names that a statement gives a value to, each with that."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [(one.id, node.value) for one in targets if isinstance(one, ast.Name)]


def _written(node: ast.AST) -> Iterator[str]:
    """List the names that a piece of code gives a value to, or changes the value of."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        yield _called(node.value)
    elif isinstance(node, ast.Call) and _called(node) in CHANGES:
        yield _called(getattr(node.func, "value", node.func))


def _called(node: ast.AST) -> str:
    """Return the last name of what is called: `Report` of `evidently.Report(…)`."""
    function = node.func if isinstance(node, ast.Call) else node
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _modern(key: str) -> str:
    """Say an argument of 0.4 to 0.6 as 0.7 does.

    >>> _modern("num_stattest_threshold"), _modern("per_column_stattest")
    ('num_threshold', 'per_column_method')
    """
    return key.replace("stattest_threshold", "threshold").replace("stattest", "method")


def _why(called: str) -> str:
    if "Summary" in called or "Stats" in called or "DataQuality" in called:
        return "headgate contract infer writes what a column has to hold"
    if "Classification" in called or "Regression" in called or "Quality" in called:
        return "the checks realised_performance and estimated_performance watch the model"
    return "no check of a monitor is like it"
