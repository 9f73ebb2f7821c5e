"""Comma-separated text: every column comes as text, a later gate gives it its type."""

from collections.abc import Iterator

from headgate.core.plugins import Reading
from headgate.ingest.connectors._delimited import Dialect, read


def csv(
    path: str,
    /,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    header: bool = True,
    null_values: tuple[str, ...] = ("",),
) -> Iterator[Reading]:
    r"""Read a CSV file; a row of too many or too few fields is rejected, the others are kept.

    Args:
        path: the file.
        delimiter: one ASCII sign between fields, such as `;`.
        encoding: the text's encoding, such as `latin-1`.
        header: the first record names the columns; otherwise they are `column_1` and so on.
        null_values: texts that stand for no value.

    Yields:
        Rows as text with `_line`, the line a record begins on.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no text of this encoding, or its header is no list of different names.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "people.csv")
    >>> _ = file.write_text("name,age\nAda,36\nBob\n")
    >>> [reading] = csv(str(file))
    >>> reading.rows.to_pylist()
    [{'name': 'Ada', 'age': '36', '_line': 2}]
    >>> reading.rejected[0].reason
    'fields: 1 instead of 2'
    >>> folder.cleanup()
    """
    yield from read(
        path,
        Dialect(
            delimiter=delimiter,
            encoding=encoding,
            header=header,
            quote='"',
            null_values=null_values,
        ),
    )
