"""Finds the checks of a monitor by file name, with what can be set of each.

A check is a function that bears its file's name: `(reference, window, settings)` gives what it
measured. One beside which `fit_NAME(table, settings)` stands is handed what that made of the
reference, and the rows of the window as a table; every other is handed the fitted
`headgate.monitor.baseline.Baseline` and the counted `headgate.monitor.seen.Seen`.
"""

from __future__ import annotations

from collections.abc import Callable
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
    """

    name: str
    function: Callable[[Any, Any, Any], list[Measured]]
    settings: type[msgspec.Struct]
    fit: Callable[[Any, Any], Any] | None
    fitted: Any


def found(registry: Registry, name: str) -> Check:
    """Load a check.

    Raises:
        NotFound: there is none of that name.
        Invalid: its function does not say what its settings are.
    """
    function = registry.load(KIND, name)
    names = function.__globals__
    settings = get_type_hints(function, globalns=names).get("settings")
    if not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        raise Invalid(
            f"check {name} does not say what its settings are",
            mend="annotate the parameter `settings` with a msgspec struct",
        )
    fit = names.get(f"fit_{name}")
    made = get_type_hints(fit, globalns=names).get("return") if fit else None
    return Check(name, function, settings, fit, made)


def wanted(registry: Registry, monitor: Monitor) -> dict[str, tuple[Check, Any]]:
    """List the checks that a monitor makes, each with its settings.

    A check is made unless the file says `false`. Where a check can be set by what stands elsewhere
    in the file (`positive`, `metrics`, `delay`, `slices`, `hidden`), it is.
    """
    chosen: dict[str, tuple[Check, Any]] = {}
    common = _common(monitor)
    for name in registry.plugins(KIND):
        given = monitor.checks.get(name, True)
        if given is False:
            continue
        check = found(registry, name)
        fields = {field.encode_name: field.name for field in msgspec.structs.fields(check.settings)}
        values = {fields[key]: value for key, value in common.items() if key in fields}
        values |= {fields[key]: value for key, value in _given(given).items()}
        chosen[name] = (check, msgspec.convert(values, check.settings))
    return chosen


def _given(settings: Any) -> dict[str, Any]:
    return settings if isinstance(settings, dict) else {}


def _common(monitor: Monitor) -> dict[str, Any]:
    labels = monitor.labels
    said = {
        "positive": labels.positive,
        "metrics": labels.metrics,
        "delay": labels.delay,
        "slices": monitor.slices,
        "hidden": monitor.is_hidden,
        "important": monitor.columns.important,
    }
    return {name: value for name, value in said.items() if value not in (None, ())}
