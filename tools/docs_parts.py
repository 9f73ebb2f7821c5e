"""The parts of the documentation that code knows: verbs, settings, schemas and plugins."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, get_args

import click
import msgspec

from headgate.core.errors import FAMILIES
from headgate.core.messages import Secret
from headgate.monitor.checking import KIND, Check, found
from headgate.serve.nouns import FeedbackKind
from headgate.serve.schema import FIELDS
from headgate.spine.registry import FOLDERS, Registry
from headgate.spine.settings import DEFAULTS
from headgate.surfaces.binding import signature
from headgate.surfaces.cli.help import COMMON
from headgate.surfaces.cli.own import own_commands
from headgate.surfaces.cli.values import usage
from headgate.surfaces.derive import argument_docs
from headgate.surfaces.verbs import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from headgate.surfaces.verbs import Field, Verb

TYPES = {"text": "text", "time": "time", "json": "JSON", "mixed": "text or number"}


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Write a table.

    >>> grid(["a"], [["x|y"]])
    '| a |\n|---|\n| x\\|y |'
    """
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines)


def verb_index() -> str:
    """List every command with what it does."""
    own = {
        f"headgate {words}": command.short_help or ""
        for words, command in own_commands(table()).items()
    }
    known = {verb.command: verb.summary for verb in table().verbs.values()}
    rows = [(f"[`{name}`](#{_anchor(name)})", doc) for name, doc in (own | known).items()]
    return grid(["command", "what it does"], rows)


def verb_reference() -> str:
    """Describe every command: usage, arguments, options, and its name on other surfaces."""
    own = [_own(words, command) for words, command in own_commands(table()).items()]
    return "\n\n".join([*own, *(_verb(verb) for verb in table().verbs.values())])


def common_options() -> str:
    """Describe the options that every command takes."""
    return grid(["option", "what it is"], [(f"`{name}`", doc) for name, doc in COMMON.items()])


def settings() -> str:
    """List every setting with its default and its variable."""
    rows = [
        (f"`{name}`", f"`{default}`" if default else "", f"`{_variable(name)}`", doc)
        for name, (default, doc) in DEFAULTS.items()
    ]
    return grid(["setting", "default", "environment", "what it is"], rows)


def prediction_schema() -> str:
    """List the columns of the prediction log with their Arrow types."""
    rows = [(f"`{field.name}`", f"`{field.type}`", field.doc) for field in FIELDS]
    return grid(["column", "Arrow type", "what stands in it"], rows)


def feedback_kinds() -> str:
    """List the kinds of feedback there are."""
    return ", ".join(f"`{kind}`" for kind in get_args(FeedbackKind))


def connectors() -> str:
    """Describe every connector that is part of Headgate, with its settings."""
    return _plugins("connectors")


def sensors() -> str:
    """Describe every sensor that is part of Headgate, with what it takes."""
    return _plugins("sensors")


def notifiers() -> str:
    """Describe every notifier that is part of Headgate, with its settings."""
    return _plugins("notifiers")


def expectations() -> str:
    """Describe every drift metric that is part of Headgate, with what it takes."""
    return _plugins("expectations")


def metrics() -> str:
    """Describe every drift metric that is part of Headgate, with what it takes."""
    return _plugins("metrics")


def checks() -> str:
    """Describe every check of monitors that is part of Headgate, with what can be set."""
    registry = Registry()
    return "\n\n".join(_check(found(registry, name)) for name in registry.plugins(KIND))


def plugin_kinds() -> str:
    """List the kinds of plugins there are today."""
    rows = [
        (f"`{kind}`", f"`plugins/{kind}/NAME.py`", f"`headgate.{kind}`", ", ".join(_names(kind)))
        for kind in FOLDERS
    ]
    return grid(["kind", "in a project", "entry point group", "part of Headgate"], rows)


def statuses() -> str:
    """List the error families with their HTTP status."""
    rows = [(f"`{code}`", str(family.http_status)) for code, family in FAMILIES.items()]
    return grid(["code", "status"], rows)


def methods() -> str:
    """List what a project can do in Python."""
    rows = [
        (f"`project.{verb.name if not verb.bare else verb.words[0]}{signature(verb)}`",)
        for verb in table().verbs.values()
    ]
    return grid(["method"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "verb-index": verb_index,
    "verb-reference": verb_reference,
    "common-options": common_options,
    "settings": settings,
    "prediction-schema": prediction_schema,
    "feedback-kinds": feedback_kinds,
    "connectors": connectors,
    "sensors": sensors,
    "expectations": expectations,
    "metrics": metrics,
    "checks": checks,
    "notifiers": notifiers,
    "plugin-kinds": plugin_kinds,
    "statuses": statuses,
    "methods": methods,
}


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z-]", "", title.lower().replace(" ", "-"))


def _variable(name: str) -> str:
    return "HEADGATE_" + name.upper().replace(".", "_")


def _names(kind: str) -> list[str]:
    return [f"`{name}`" for name in Registry().plugins(kind)]


def _own(words: str, command: click.Command) -> str:
    arguments = [
        f"[{(param.name or '').upper()}]"
        for param in command.params
        if isinstance(param, click.Argument)
    ]
    rows = [
        (f"`{param.opts[0]}`", param.metavar or "flag", "", param.help or "")
        for param in command.params
        if isinstance(param, click.Option) and not _is_common(param)
    ]
    called = " ".join(["headgate", words, *arguments, "[options]"])
    parts = [f"### headgate {words}", f"{command.short_help}.", f"`{called}`"]
    return "\n\n".join([*parts, *([grid(HEAD, rows)] if rows else [])])


HEAD = ("argument or option", "takes", "default", "what it is")


def _is_common(param: click.Option) -> bool:
    return any(name.split()[0] in param.opts for name in COMMON)


def _verb(verb: Verb) -> str:
    python = f"project.{verb.words[0] if verb.bare else verb.name}{signature(verb)}"
    rows = [(f"`{verb.body_name.upper()}`", f"path of {verb.body}", "", "what to send")]
    rows = [*(rows if verb.body_name else []), *(_described(field) for field in verb.fields)]
    parts = [
        f"### {verb.command}",
        verb.doc,
        f"`{usage(verb)}`",
        *([grid(HEAD, rows)] if rows else []),
        f"REST `POST {verb.path}`, Python `{python}`",
    ]
    return "\n\n".join(parts)


def _described(field: Field) -> tuple[str, str, str, str]:
    if field.required:
        return f"`{field.key.upper()}`", _takes(field), "", field.doc
    default = "" if field.default in (None, "", [], {}, False) else f"`{field.default}`"
    return f"`{field.flag}`", _takes(field), default, field.doc


def _takes(field: Field) -> str:
    one = " or ".join(field.choices) or TYPES.get(field.type, field.type)
    return {"": one, "list": f"{one}, several", "map": f"NAME={one}, several"}[field.many]


def _plugins(kind: str) -> str:
    registry = Registry()
    return "\n\n".join(_plugin(name, registry.load(kind, name)) for name in registry.plugins(kind))


def _plugin(name: str, function: Any) -> str:
    text = inspect.getdoc(function) or ""
    docs = argument_docs(text)
    rows = [
        (f"`{parameter.name}`", _given(parameter), docs[parameter.name])
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not inspect.Parameter.POSITIONAL_ONLY
    ]
    summary = text.partition("\n")[0]
    parts = [f"### {name}", summary, grid(["setting", "default", "what it is"], rows)]
    return "\n\n".join(parts if rows else parts[:2])


def _check(check: Check) -> str:
    docs = argument_docs(inspect.getdoc(check.settings) or "")
    rows = [
        (f"`{field.encode_name}`", _default(field), docs[field.name])
        for field in msgspec.structs.fields(check.settings)
    ]
    summary = (inspect.getdoc(check.function) or "").partition("\n")[0]
    return f"### {check.name}\n\n{summary}\n\n{grid(['setting', 'default', 'what it is'], rows)}"


def _default(field: Any) -> str:
    """Say what a setting of a check is if nobody gives it; of a group of settings nothing."""
    value = field.default
    return "" if isinstance(value, msgspec.Struct) or value is msgspec.NODEFAULT else f"`{value!r}`"


def _given(parameter: inspect.Parameter) -> str:
    """Say what a setting is if nobody gives it; of a secret, how it is given."""
    if parameter.annotation in ("Secret", Secret):
        return "`env:NAME`" if parameter.default is parameter.empty else "`env:NAME`, or none"
    return "" if parameter.default is parameter.empty else f"`{parameter.default!r}`"
