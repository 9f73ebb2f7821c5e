"""Writes an operation's answer: as JSON, into a file, or for a reader at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Invalid
from headgate.surfaces.cli.paint import cell, count, paint_for
from headgate.surfaces.cli.struct import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa

    from headgate.surfaces.cli.paint import Paint
    from headgate.surfaces.verbs import Verb

N_SHOWN = 20
SHOW = Path(__file__).parent / "show"


class Wanted(msgspec.Struct, frozen=True):
    """How the caller wants the answer.

    Args:
        as_json: for machines.
        limit: rows to show at most; as many as fit a glance if not given.
        output: a file to write rows or bytes to.
        html: a file to draw the answer to.
    """

    as_json: bool = False
    limit: int | None = None
    output: str | None = None
    html: str | None = None


def write(verb: Verb, result: Any, wanted: Wanted) -> int:
    """Write an answer to standard output or the file named.

    Returns:
        The exit code: 1 if the answer says `has_findings`, else 0.

    Raises:
        Invalid: bytes would go to a terminal.
    """
    if verb.reply == "rows":
        _write_rows(result, wanted)
    elif verb.reply == "bytes":
        _write_bytes(result, wanted)
    else:
        _write_struct(verb, result, wanted)
    return 1 if getattr(result, "has_findings", False) is True else 0


def emit(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        sys.stdout.write(line + "\n")


def emit_json(value: Any) -> None:
    """Write a value to standard output as JSON."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def renderer(verb: Verb) -> Callable[[Any, Paint], list[str]]:
    """Find how a terminal shows a verb's answer: its own way, or that of any struct."""
    noun, _, name = verb.name.rpartition(".")
    module = noun or name
    if not (SHOW / f"{module}.py").is_file():
        return lines_of
    from headgate.surfaces.verbs import load_module

    found = load_module(f"headgate.surfaces.cli.show.{module}")
    return getattr(found, f"{name}_lines", lines_of)


def _write_struct(verb: Verb, result: Any, wanted: Wanted) -> None:
    if wanted.as_json:
        emit_json(result)
    else:
        emit(renderer(verb)(result, paint_for(sys.stdout)))
    if wanted.html:
        from headgate.surfaces.pages import page

        Path(wanted.html).write_text(page(result), encoding="utf-8")
        sys.stderr.write(f"drawn: {wanted.html}\n")


def _write_rows(table: pa.Table, wanted: Wanted) -> None:
    if wanted.output:
        from headgate.dataset.formats import save

        save(table, wanted.output)
        _say_written(wanted, table.num_rows, "row")
        return
    if wanted.as_json:
        from headgate.surfaces.rows import json_parts

        part = table if wanted.limit is None else table.slice(0, wanted.limit)
        for text in json_parts(part):
            sys.stdout.write(text.decode())
        sys.stdout.write("\n")
        return
    emit(_table_lines(table, N_SHOWN if wanted.limit is None else wanted.limit))


def _table_lines(table: pa.Table, limit: int) -> list[str]:
    from headgate.surfaces.rows import records

    paint = paint_for(sys.stdout)
    rows = [list(row.values()) for row in records(table.slice(0, limit))]
    names = table.column_names
    filled = [i for i in range(len(names)) if not rows or any(row[i] is not None for row in rows)]
    lines = paint.grid([names[i] for i in filled], [[row[i] for i in filled] for row in rows])
    empty = [name for i, name in enumerate(names) if i not in filled]
    lines += [paint.style("dim", f"empty: {', '.join(map(cell, empty))}")] if empty else []
    n_rows = table.num_rows
    if n_rows <= limit:
        return [*lines, paint.style("dim", count(n_rows, "row"))]
    more = f"{limit:,} of {n_rows:,} rows; more with --limit N, all with --output FILE"
    return [*lines, paint.style("dim", more)]


def _write_bytes(content: bytes, wanted: Wanted) -> None:
    if wanted.output:
        Path(wanted.output).write_bytes(content)
        _say_written(wanted, len(content), "byte")
        return
    if sys.stdout.isatty():
        raise Invalid("bytes would garble this terminal", mend="add --output FILE, or pipe them on")
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def _say_written(wanted: Wanted, number: int, noun: str) -> None:
    if wanted.as_json:
        emit_json({"output": wanted.output, f"n_{noun}s": number})
    else:
        emit([f"{count(number, noun)} written to {wanted.output}"])
