"""Finds the checks of a monitor by file name, with what can be set of each.

A check is a function that bears its file's name: `(reference, window, settings)` gives what it
measured. One beside which `fit_NAME(table, settings)` stands is handed what that made of the
reference, and the rows of the window as a table; where `carry_NAME(remembered, table, settings)`
stands there too, what it gives is remembered for the window that follows. Every other check is
handed the fitted `headgate.monitor.baseline.Baseline` and the counted `headgate.monitor.seen.Seen`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import msgspec

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from headgate.monitor.documents import Monitor
    from headgate.monitor.nouns import Measured
    from headgate.spine.registry import Registry

KIND = "checks"
OF_ANSWERS = frozenset({"estimated_performance", "realised_performance", "concept_drift"})
"""Checks that need labels, and are fitted on what was answered, never on what was learned from."""


class Check(NamedTuple):
    """A check, loaded.

    Args:
        name: its file's name.
        function: measures a window.
        settings: what can be set, a struct whose every field has a default.
        fit: makes of a table of the reference what the check remembers of it; nothing if the check
            does with counts.
        fitted: the type of what that makes.
        carry: makes of it and a window what is remembered for the next one; nothing if windows do
            not depend on one another.
    """

    name: str
    function: Callable[[Any, Any, Any], list[Measured]]
    settings: type[msgspec.Struct]
    fit: Callable[[Any, Any], Any] | None
    fitted: Any
    carry: Callable[[Any, Any, Any], Any] | None = None


def found(registry: Registry, name: str) -> Check:
    """Load a check.

    Raises:
        NotFound: there is none of that name.
        Invalid: its function does not say what its settings are.
    """
    function = registry.load(KIND, name)
    names = function.__globals__
    settings = _hint(function, "settings")
    if not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        raise Invalid(
            f"check {name} does not say what its settings are",
            mend="annotate the parameter `settings` with a msgspec struct",
        )
    fit = names.get(f"fit_{name}")
    made = _hint(fit, "return") if fit else None
    return Check(name, function, settings, fit, made, names.get(f"carry_{name}"))


def _hint(function: Callable[..., Any], name: str) -> Any:
    """Return the type of one parameter; others may name what is not loaded."""
    given = getattr(function, "__annotations__", {}).get(name)
    names = getattr(function, "__globals__", {})
    hints = get_type_hints(SimpleNamespace(__annotations__={name: given}), globalns=names)
    return hints[name]


def wanted(registry: Registry, monitor: Monitor) -> dict[str, tuple[Check, Any]]:
    """List the checks that a monitor makes, each with its settings.

    A check is made unless the file says `false`. Where a check can be set by what stands elsewhere
    in the file (`positive`, `metrics`, `slices`, `hidden`, `important`), it is.
    """
    chosen: dict[str, tuple[Check, Any]] = {}
    common = _common(monitor)
    for name in registry.plugins(KIND):
        given = monitor.checks.get(name, True)
        if given is not False:
            check = found(registry, name)
            chosen[name] = (check, _settings(check.settings, common, given))
    return chosen


def _settings(kind: type[msgspec.Struct], common: dict[str, Any], given: Any) -> Any:
    """Make the settings of a check: what stands elsewhere in the file, then what is said of it."""
    values = {
        field.encode_name: said
        for field in msgspec.structs.fields(kind)
        if (said := _said_of(field, common)) is not None
    }
    for key, value in (given if isinstance(given, dict) else {}).items():
        is_nested = isinstance(value, dict) and isinstance(values.get(key), dict)
        values[key] = values[key] | value if is_nested else value
    return msgspec.convert(values, kind)


def _said_of(field: Any, common: dict[str, Any]) -> Any:
    """Return what the whole file says of a setting, or of those within it."""
    if field.encode_name in common:
        return common[field.encode_name]
    if not (isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)):
        return None
    inner = {each.encode_name for each in msgspec.structs.fields(field.type)}
    return {name: value for name, value in common.items() if name in inner}


def _common(monitor: Monitor) -> dict[str, Any]:
    labels = monitor.labels
    said = {
        "positive": None if labels.positive is None else _text(labels.positive),
        "metrics": labels.metrics,
        "predictions": None if labels.predictions == "auto" else labels.predictions,
        "slices": monitor.slices,
        "hidden": monitor.is_hidden,
        "important": monitor.columns.important,
    }
    return {name: value for name, value in said.items() if value not in (None, ())}


def _text(value: Any) -> str:
    """Write a class as labels are written: true and false as JSON has them.

    >>> _text(True), _text("yes"), _text(1)
    ('true', 'yes', '1')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
