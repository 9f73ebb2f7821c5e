"""Web server logs in the common log format, one request a line."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.core.plugins import LINE, Reading, Rejected

REQUEST = re.compile(
    r'(?P<host>\S+) \S+ (?P<user>\S+) \[(?P<at>[^]]+)\] "(?P<verb>\S+) (?P<path>\S+) [^"]*" '
    r"(?P<status>\d{3}) (?P<n_bytes>\d+|-)"
)


def weblog(path: str, /, *, encoding: str = "utf-8") -> Iterator[Reading]:
    """Read a log; a line that is no request is rejected.

    Args:
        path: the file.
        encoding: the text's encoding.

    Yields:
        One reading with every request of the file, and `_line`.

    Raises:
        NotFound: there is no such file.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"no file {path}", mend="check the path")
    rows: list[dict[str, object]] = []
    rejected: list[Rejected] = []
    for line, text in enumerate(file.read_text(encoding=encoding).splitlines(), start=1):
        match = REQUEST.match(text)
        if match is None:
            rejected.append(Rejected(line=line, raw=text, reason="request: not as the format says"))
            continue
        size = match["n_bytes"]
        known: dict[str, object] = {
            "status": int(match["status"]),
            "n_bytes": None if size == "-" else int(size),
        }
        rows.append({**match.groupdict(), **known, LINE: line})
    yield Reading(rows=pa.Table.from_pylist(rows), rejected=tuple(rejected))
