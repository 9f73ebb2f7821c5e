"""The raw text of rows that a gate rejects, read again from the file they came from."""

import codecs
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from headgate.core.plugins import LINE, Rejected
from headgate.ingest.connectors._text import ENCODING


def raw_text(
    path: str, rows: Any, rejected: tuple[Rejected, ...]
) -> Callable[[list[int]], list[str]] | None:
    """Return a function that gives the raw text of rows by position.

    Args:
        path: the file.
        rows: the table as its connector gave it; `_line` says where each row begins.
        rejected: records of the file that are no rows; each ends the one before it.

    Returns:
        The function; nothing if the connector does not count lines of text.
    """
    encoding = (rows.schema.metadata or {}).get(ENCODING)
    if encoding is None:
        return None
    lines = np.asarray(rows[LINE])

    def raw(positions: list[int]) -> list[str]:
        starts = sorted({*lines.tolist(), *(one.line for one in rejected)})
        wanted = [int(lines[position]) for position in positions]
        texts = _texts(path, encoding.decode(), _spans(wanted, starts))
        return [texts[line] for line in wanted]

    return raw


def _spans(wanted: list[int], starts: list[int]) -> list[tuple[int, int | None]]:
    """Return for each wanted line where the next record begins, in order of the file."""
    spans: list[tuple[int, int | None]] = []
    for line in sorted(set(wanted)):
        place = bisect_right(starts, line)
        spans.append((line, starts[place] if place < len(starts) else None))
    return spans


def _texts(path: str, encoding: str, spans: list[tuple[int, int | None]]) -> dict[int, str]:
    """Read the lines of each span, once through the file."""
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    texts: dict[int, list[str]] = {line: [] for line, _ in spans}
    waiting = iter(spans)
    span = next(waiting, None)
    with Path(path).open(encoding="utf-8-sig" if is_utf8 else encoding, newline="") as file:
        for number, text in enumerate(file, start=1):
            while span is not None and span[1] is not None and number >= span[1]:
                span = next(waiting, None)
            if span is None:
                break
            if number >= span[0]:
                texts[span[0]].append(text)
    return {line: "".join(parts).rstrip("\r\n") for line, parts in texts.items()}
