"""Tab-separated text: every column comes as text, a later gate gives it its type."""

from collections.abc import Iterator

from headgate.core.plugins import Reading
from headgate.ingest.connectors._delimited import Dialect, read


def tsv(
    path: str,
    /,
    *,
    encoding: str = "utf-8",
    header: bool = True,
    quote: str = '"',
    null_values: tuple[str, ...] = ("",),
) -> Iterator[Reading]:
    r"""Read a TSV file; a row of too many or too few fields is rejected, the others are kept.

    Args:
        path: the file.
        encoding: the text's encoding, such as `latin-1`.
        header: the first record names the columns; otherwise they are `column_1` and so on.
        quote: the sign around fields that hold tabs or line ends; empty for none.
        null_values: texts that stand for no value, such as `\N`.

    Yields:
        Rows as text with `_line`, the line a record begins on.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no text of this encoding, or its header is no list of different names.
    """
    yield from read(
        path,
        Dialect(
            delimiter="\t",
            encoding=encoding,
            header=header,
            quote=quote,
            null_values=null_values,
        ),
    )
