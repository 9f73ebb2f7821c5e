"""Writes the file of a monitor that watches what Evidently watched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from headgate.core.errors import Conflict, Invalid
from headgate.core.left_out import Notes
from headgate.core.refs import check_name
from headgate.monitor.exchange.methods import Method, method
from headgate.monitor.exchange.reading import Imported, Settings
from headgate.monitor.files import POLICY

FOLDER = "monitors"


def draft(imported: Imported, name: str, watch: str, notes: Notes) -> str:
    """Write the file of a monitor.

    Args:
        imported: what was read of Evidently.
        name: the monitor's.
        watch: what it shall watch.
        notes: of what a monitor has no setting for.
    """
    settings = imported.settings
    kind, _, target = watch.partition(":")
    lines = [
        f"# made from a {imported.form} of Evidently by: headgate adopt evidently",
        f"monitor: {name}",
        f"watch: {_plain(watch)}",
    ]
    if kind == "deployment":
        lines += ["# what the model in service learned from, found by its lineage"]
        lines += ["reference: lineage"]
    else:
        lines += ["# the snapshot that counts as normal; for a model in service write lineage"]
        lines += [f"reference: {_plain(f'{target}@1')}"]
    lines += ["window: 1d"]
    if settings.time:
        lines += [f"time: {_plain(settings.time)}"]
    lines += _columns(settings)
    lines += _checks(settings, notes)
    lines += ["# notify: [NAME]  # a notifier of headgate.toml, such as one of Slack or PagerDuty"]
    lines += _remarks(settings, notes)
    return "\n".join(lines) + "\n"


def place_of(root: Path, name: str, *, replace: bool) -> Path:
    """Return where a monitor's file belongs.

    Raises:
        Invalid: the name is none.
        Conflict: there is a monitor of that name, and it may not make way.
    """
    try:
        check_name("monitor", name)
    except Invalid as error:
        raise Invalid(error.message, mend=f"give one with --name: {error.mend}") from error
    if name == POLICY:
        raise Invalid(f"{name} is the file of the policy", mend="give another --name")
    place = root / FOLDER / f"{name}.yaml"
    if place.exists() and not replace:
        raise Conflict(
            f"there is a monitor {name} already", mend="add --replace, or another --name"
        )
    return place


def write(place: Path, text: str) -> None:
    """Write the file whole or not at all.

    Raises:
        Invalid: it cannot be written.
    """
    try:
        place.parent.mkdir(exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(place)
    except OSError as error:
        raise Invalid(f"{place} cannot be written: {error}", mend="name another") from error


def _columns(settings: Settings) -> Iterator[str]:
    wished = [one.column for one in settings.wishes]
    include = list(dict.fromkeys([*settings.columns, *(wished if settings.columns else ())]))
    important = [one for one in (settings.target, settings.prediction) if one]
    listed = {
        "include": include,
        "exclude": [] if include else list(dict.fromkeys(settings.ignored)),
        "important": [one for one in important if not include or one in include],
    }
    held = {key: names for key, names in listed.items() if names}
    if held:
        yield "columns:"
        for key, names in held.items():
            yield f"  {key}: [{', '.join(_plain(one) for one in names)}]"


def _checks(settings: Settings, notes: Notes) -> Iterator[str]:
    """Say from which shift on a column is worth a look, where Evidently was told so.

    A monitor has one limit for a metric, whichever column it is of: the lowest of those said.
    """
    said: dict[str, dict[str, float]] = {}
    for column, name, limit in _limits(settings):
        known = method(name) if name else None
        key = LIMITS.get(known.metric) if known and not known.is_p_value else None
        if key and limit <= 0:
            notes.add(column, f"threshold {limit:g}", "every column would be beyond it")
        elif key:
            said.setdefault(key, {})[column] = limit
        else:
            notes.add(column, f"threshold {limit:g}", _why_no_limit(known))
    lowest = {key: min(by_column.values()) for key, by_column in said.items()}
    if lowest:
        yield "checks:"
        told = ", ".join(f"{key}: {limit:g}" for key, limit in lowest.items())
        yield f"  data_drift: {{{told}}}"
    _name_higher(said, notes)


def _name_higher(said: dict[str, dict[str, float]], notes: Notes) -> None:
    """Name the thresholds of a metric that are not its lowest one."""
    for key, by_column in said.items():
        why = f"a monitor has one limit of {key} for all columns: the lowest one"
        for column, limit in by_column.items():
            if limit != min(by_column.values()):
                notes.add(column, f"threshold {limit:g}", why)


def _limits(settings: Settings) -> Iterator[tuple[str, str | None, float]]:
    """List thresholds: of a column, or of the columns of a kind; with the method they are of."""
    for one in settings.wishes:
        if one.threshold is not None:
            yield one.column, one.method, one.threshold
    for kind, limit in settings.threshold.items():
        yield f"{kind} columns", settings.method.get(kind), limit


def _why_no_limit(known: Method | None) -> str:
    if known is None:
        return "of a method that is not said; every metric here has its own limit"
    if known.is_p_value:
        return "a limit of p-values; here a shift has to matter, and be more than noise"
    return f"of {known.name}; here {watched_by(known)} tells it, by a limit of its own"


def _remarks(settings: Settings, notes: Notes) -> Iterator[str]:
    """Say what each column was told by, and what tells it here; name what has no setting."""
    for kind, name in settings.method.items():
        yield f"# {kind} columns: {_told(name)}"
    for one in settings.wishes:
        if one.method:
            yield f"# {_plain(one.column)}: {_told(one.method)}"
    if settings.drift_share is not None and settings.drift_share != USUAL_SHARE:
        notes.add(
            "drift_share",
            settings.drift_share,
            "columns are told one by one, with few false alerts among them all",
        )


USUAL_SHARE = 0.5
LIMITS = {
    "psi": "psi",
    "wasserstein": "wasserstein",
    "jensen_shannon": "jensen_shannon",
    "ks_statistic": "ks",
}
"""What the check data_drift calls the limit of a metric."""
NEAREST = {
    "kl_divergence": "psi",
    "hellinger": "jensen_shannon",
    "energy_distance": "wasserstein",
    "": "the check text_drift",
}
"""What tells a drift that a monitor does not compute this metric of."""


def watched_by(known: Method) -> str:
    """Name the metric or check of a monitor that tells what a method of Evidently tells."""
    return NEAREST.get(known.metric, known.metric)


def _told(name: str) -> str:
    known = method(name)
    return f"{name} there; {watched_by(known) if known else 'nothing'} here"


def _plain(word: str) -> str:
    """Write a word so that YAML reads a text."""
    is_simple = word.replace("_", "").replace(":", "").replace("-", "").isalnum()
    is_word = is_simple and word[:1].isalpha() and word[-1:] != ":"
    if is_word and word.lower() not in _TRUTHS:
        return word
    return "".join(map(_printable, json.dumps(word, ensure_ascii=False)))


def _printable(sign: str) -> str:
    """Write what breaks a line, or cannot be seen, as YAML spells it."""
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) <= LAST_SHORT else f"\\U{ord(sign):08x}"


LAST_SHORT = 0xFFFF
"""The last sign that YAML spells by four digits."""


_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
