"""A text file of any encoding, handed over as checked UTF-8 blocks.

Every connector of text stands on this, so that a binary file, a wrong encoding and an endless
line are told in the same words, and bytes are decoded once.
"""

import codecs
from pathlib import Path
from typing import Self

from headgate.core.errors import Invalid, NotFound

BLOCK_BYTES = 4 << 20
"""How much is read at once: small enough to stay near the processor's cache."""

MAX_LINE_BYTES = 8 << 20
"""The longest line or record that is taken; what is longer is no table of rows."""

ENCODING = b"headgate.encoding"
"""Schema metadata of connectors whose `_line` counts lines of text: the text's encoding."""

MAGIC = {
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or save the sheet as CSV"),
    b"\x1f\x8b": ("compressed with gzip", "unpack it first: gunzip -k FILE"),
    b"PAR1": ("Parquet", "read it with --connector parquet"),
    b"SQLite format 3": ("a SQLite database", "read it with --connector sqlite"),
    b"%PDF-": ("a PDF document", "read it with --connector files"),
    b"\xff\xfe": ("probably UTF-16", "read it with --settings encoding=utf-16"),
    b"\xfe\xff": ("probably UTF-16", "read it with --settings encoding=utf-16"),
}


def existing(path: str) -> Path:
    """Return the path of a file that is there and can be opened.

    Raises:
        NotFound: nothing is there.
        Invalid: it is a folder, or may not be read.
    """
    file = Path(path)
    if not file.exists():
        raise NotFound(f"no file {path}", mend="check the path, and the folder it starts from")
    if not file.is_file():
        raise Invalid(f"{path} is no file", mend="name a file, or read the folder as files")
    try:
        file.open("rb").close()
    except OSError as error:
        raise Invalid(
            f"{path} cannot be read: {error.strerror}", mend=f"chmod u+r {path}"
        ) from error
    return file


class Utf8:
    """A file's text as UTF-8 bytes without byte order mark, block by block.

    Args:
        path: the file.
        encoding: its encoding, as Python names it.
    """

    def __init__(self, path: str, encoding: str) -> None:
        self.path = path
        self._encoding = _codec(encoding)
        self._decoder = None
        if self._encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._file = existing(path).open("rb", buffering=0)
        self._n_read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self) -> bytes:
        """Return the next block, empty at the end.

        Raises:
            Invalid: the file is binary, or not of its encoding.
        """
        block = self._file.read(BLOCK_BYTES)
        is_first = self._n_read == 0
        text = block if self._decoder is None else self._decode(self._decoder, block)
        if b"\0" in text:
            raise self._binary(block, text.index(b"\0") + self._n_read)
        self._n_read += len(block)
        if self._decoder is not None and not text and block:
            return self.read()
        return text.removeprefix(codecs.BOM_UTF8) if is_first else text

    def _decode(self, decoder: codecs.IncrementalDecoder, block: bytes) -> bytes:
        try:
            return decoder.decode(block, final=not block).encode()
        except UnicodeError as error:
            raise Invalid(
                f"{self.path} is not {self._encoding} near byte {self._n_read}: {error}",
                mend="name its true encoding: --settings encoding=latin-1",
            ) from error

    def _binary(self, block: bytes, position: int) -> Invalid:
        for magic, (kind, mend) in MAGIC.items():
            if self._n_read == 0 and block.startswith(magic):
                return Invalid(f"{self.path} is no text: it is {kind}", mend=mend)
        return Invalid(
            f"{self.path} is no text: byte {position + 1} is NUL",
            mend="read it with --connector files, or name its encoding: --settings encoding=utf-16",
        )


def check_utf8(data: bytes, *, line: int, path: str) -> None:
    """Check that whole lines are UTF-8.

    Args:
        data: the lines.
        line: where the first of them stands in the file [count from 1].
        path: the file, for the message.

    Raises:
        Invalid: they are not; the line and the byte are named.
    """
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        at = line + before.count(b"\n")
        column = error.start - before.rfind(b"\n")
        raise Invalid(
            f"{path} is not utf-8: line {at}, byte {column} is 0x{data[error.start]:02x}",
            mend="name its encoding: --settings encoding=latin-1 (or cp1252, utf-16)",
        ) from error


def too_long(path: str, line: int) -> Invalid:
    """Make the error for a line that never ends."""
    return Invalid(
        f"line {line} of {path} is longer than {MAX_LINE_BYTES >> 20} MiB",
        mend="check that the file has line ends, or read it with --connector files",
    )


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise Invalid(
            f"no encoding is named {encoding!r}",
            mend="name one that Python knows, such as utf-8, latin-1, cp1252 or utf-16",
        ) from error
    return "utf-8" if name in {"utf-8", "utf-8-sig", "ascii"} else name
