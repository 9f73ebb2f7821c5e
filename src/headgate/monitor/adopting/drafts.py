"""Writes the file of a monitor that watches what Evidently watched, with a reason for every line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headgate.core.errors import Conflict, Invalid
from headgate.core.refs import check_name
from headgate.monitor.exchange.methods import method
from headgate.monitor.exchange.reading import Imported, Notes, Settings

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
    lines += _remarks(settings, notes)
    return "\n".join(lines) + "\n"


def place_of(root: Path, name: str, *, replace: bool) -> Path:
    """Return where a monitor's file belongs.

    Raises:
        Invalid: the name is none.
        Conflict: there is a monitor of that name, and it may not make way.
    """
    check_name("monitor", name)
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


def _remarks(settings: Settings, notes: Notes) -> Iterator[str]:
    """Say what each column was told by, and what tells it here; name what has no setting."""
    for kind, name in settings.method.items():
        yield f"# {kind} columns: {_told(name, settings.threshold.get(kind))}"
    for one in settings.wishes:
        if one.method:
            yield f"# {one.column}: {_told(one.method, one.threshold)}"
        known = method(one.method) if one.method else None
        if one.threshold is not None and (known is None or known.is_p_value):
            notes.add(
                one.column,
                f"threshold {one.threshold:g}",
                "a limit of p-values; here a shift has to matter, and be more than noise",
            )
    if settings.drift_share is not None and settings.drift_share != USUAL_SHARE:
        notes.add(
            "drift_share",
            settings.drift_share,
            "columns are told one by one, with few false alerts among them all",
        )


USUAL_SHARE = 0.5


def _told(name: str, threshold: float | None) -> str:
    known = method(name)
    by = known.metric if known and known.metric else "the check text_drift"
    limit = "" if threshold is None else f", threshold {threshold:g}"
    return f"{name}{limit} there; {by} here"


def _plain(word: Any) -> str:
    """Write a word so that YAML reads a text."""
    text = str(word)
    is_simple = text.replace("_", "").replace(":", "").replace("-", "").isalnum()
    return text if is_simple and text[:1].isalpha() and text.lower() not in _TRUTHS else _quoted(text)


_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
