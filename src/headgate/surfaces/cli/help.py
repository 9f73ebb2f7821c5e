"""Writes help: for everything, for a noun and for a verb."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from headgate.surfaces.cli.paint import Paint, paint_for
from headgate.surfaces.cli.values import usage
from headgate.surfaces.request import NOUNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headgate.surfaces.verbs import Field, Table, Verb

ABOUT = "Headgate: the whole data life of an AI system, with one lineage graph down to the row"
COMMON = {
    "--json": "answer in JSON, errors too",
    "--project PATH": "a project's folder or a server's address; default: this folder or above",
    "--token-file PATH": "where a server's token lies; default: the environment's HEADGATE_TOKEN",
    "--file PATH": "fields of the request from a YAML or JSON file",
    "--help": "show this",
}
LIFE = ("source", "dataset", "quarantine", "run", "model", "prompt", "release", "deployment")
Rows = list[tuple[str, str]]


def whole_help(verbs: Table, own: Mapping[str, click.Command]) -> str:
    """List everything there is to call, grouped.

    Args:
        verbs: the verbs of the table.
        own: the commands written by hand, by the words that call them.
    """
    paint = paint_for(sys.stdout)
    nouns = verbs.nouns()
    groups: list[tuple[str, Rows]] = [
        ("start", [(name, command.short_help or "") for name, command in own.items()]),
        ("the whole graph", _summaries(verbs.bare())),
        *((noun, _summaries(nouns[noun], noun + " ")) for noun in sorted(nouns, key=_place)),
    ]
    wide = max(len(name) for _, rows in groups for name, _ in rows) + 2
    lines = [ABOUT, "", "usage: headgate VERB … [options]", "       headgate NOUN VERB … [options]"]
    for title, rows in groups:
        if rows:
            lines += ["", paint.heading(title), *_columns(rows, wide, paint)]
    lines += [
        "",
        "headgate NOUN VERB --help says what each takes; all take --json and --project PATH",
    ]
    return "\n".join(lines)


def noun_help(noun: str, summaries: Mapping[str, str]) -> str:
    """List the verbs of a noun with their summaries."""
    paint = paint_for(sys.stdout)
    rows = sorted(summaries.items())
    wide = max(len(name) for name, _ in rows) + 2
    lines = [f"usage: headgate {noun} VERB … [options]", "", *_columns(rows, wide, paint)]
    return "\n".join([*lines, "", f"headgate {noun} VERB --help says what each takes"])


def verb_help(verb: Verb, own: Iterable[tuple[str, str]]) -> str:
    """Say what a verb does, takes and answers.

    Args:
        verb: the verb.
        own: options that the command line adds to it, with what they do.
    """
    paint = paint_for(sys.stdout)
    fields = {field.name: field for field in verb.fields}
    needed: Rows = [
        (verb.body_name.upper(), f"path of the {verb.body} to send")
        if name == verb.body_name
        else (fields[name].key.upper(), _doc(fields[name]))
        for name in verb.positional
    ]
    optional = [(_option(each), _doc(each)) for each in verb.fields if not each.required]
    groups = (
        ("arguments", needed),
        ("options", optional),
        ("on every command", [*own, *COMMON.items()]),
    )
    wide = min(34, max(len(name) for _, rows in groups for name, _ in rows) + 2)
    lines = [f"usage: {usage(verb)}", "", verb.doc]
    for title, rows in groups:
        if rows:
            lines += ["", paint.heading(title), *_columns(rows, wide, paint)]
    return "\n".join(lines)


def own_help(words: str, about: str, params: Iterable[click.Parameter]) -> str:
    """Say what a hand-written command does and takes.

    Args:
        words: how it is called, such as `demo poison`.
        about: what it does.
        params: what it takes.
    """
    paint = paint_for(sys.stdout)
    names = [(param.name or "").upper() for param in params if isinstance(param, click.Argument)]
    rows = [
        (
            " ".join([param.opts[0], *([] if param.is_flag else [param.metavar or "TEXT"])]),
            param.help,
        )
        for param in params
        if isinstance(param, click.Option)
    ]
    described = [(name, doc or "") for name, doc in [*rows, ("--help", COMMON["--help"])]]
    wide = max(len(name) for name, _ in described) + 2
    lines = [" ".join(["usage: headgate", words, *names, "[options]"]), "", about]
    return "\n".join([*lines, "", paint.heading("options"), *_columns(described, wide, paint)])


def _place(noun: str) -> tuple[int, str]:
    """Order nouns as data lives: from the source to the prediction, then the others by name."""
    return (LIFE.index(noun) if noun in LIFE else len(LIFE), noun)


def _summaries(known: Mapping[str, Verb], lead: str = "") -> Rows:
    return [(lead + name, verb.summary) for name, verb in sorted(known.items())]


def _option(field: Field) -> str:
    if field.type == "boolean" and not field.many:
        return f"{field.flag}/--no-{field.flag[2:]}"
    if field.many == "map":
        return f"{field.flag} NAME=VALUE"
    value = "|".join(field.choices) or {
        "text": "TEXT",
        "time": "TIME",
        "json": "JSON",
        "mixed": "VALUE",
    }.get(field.type, "N")
    return f"{field.flag} {value}" + (",…" if field.many else "")


def _doc(field: Field) -> str:
    doc = field.doc or NOUNS[field.type]
    if field.required or field.default in (None, "", [], {}, False):
        return doc
    return f"{doc} [{str(field.default).lower() if field.default is True else field.default}]"


def _columns(rows: Iterable[tuple[str, str]], wide: int, paint: Paint) -> list[str]:
    lines: list[str] = []
    for name, doc in rows:
        wrapped = click.wrap_text(doc, width=max(40, min(paint.width, 110) - wide - 2)).split("\n")
        is_long = len(name) > wide - 2
        lines += [f"  {name}"] if is_long else []
        lines.append(f"  {('' if is_long else name).ljust(wide)}{wrapped[0]}".rstrip())
        lines += [" " * (wide + 2) + text for text in wrapped[1:]]
    return lines
