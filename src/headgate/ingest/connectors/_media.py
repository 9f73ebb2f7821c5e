"""What kind of file it is, by its first bytes and its name, the same on every machine."""

import mimetypes

MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"%PDF-": "application/pdf",
    b"PAR1": "application/vnd.apache.parquet",
    b"SQLite format 3\0": "application/vnd.sqlite3",
    b"\x1f\x8b": "application/gzip",
    b"ID3": "audio/mpeg",
    b"fLaC": "audio/flac",
    b"OggS": "audio/ogg",
}
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
OFFICE = "application/vnd.openxmlformats-officedocument."
NAMED = {
    ".docx": OFFICE + "wordprocessingml.document",
    ".xlsx": OFFICE + "spreadsheetml.sheet",
    ".pptx": OFFICE + "presentationml.presentation",
    ".jsonl": "application/jsonl",
    ".json": "application/json",
    ".md": "text/markdown",
    ".rst": "text/x-rst",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".html": "text/html",
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".py": "text/x-python",
    ".zip": "application/zip",
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".svg": "image/svg+xml",
}


def media_type(name: str, data: bytes | None, *, is_text: bool) -> str:
    """Name a file's media type.

    Args:
        name: the file's name.
        data: its bytes, if they are at hand.
        is_text: they are UTF-8 text.

    >>> media_type("scan.txt", b"%PDF-1.7", is_text=True)
    'application/pdf'
    >>> media_type("notes", b"hello", is_text=True)
    'text/plain'
    """
    found = _by_bytes(data[:32]) if data else None
    if found is not None:
        return found
    suffix = "." + name.lower().rpartition(".")[2]
    known = NAMED.get(suffix) or mimetypes.types_map.get(suffix)
    return known or ("text/plain" if is_text else "application/octet-stream")


def _by_bytes(head: bytes) -> str | None:
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "video/mp4"
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    return None
