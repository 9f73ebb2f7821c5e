"""Reads a page as a browser would: its tags, its text, its tables, and what is left open."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "path", "rect", "circle"}
KNOWN = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "b", "i"),
    *("dl", "dt", "dd", "ul", "ol", "li", "div", "section", "span", "details", "summary", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "g", "path", "rect", "circle", "text"),
}
"""Tags that pages are made of; any other came out of somebody's data."""


class Reader(HTMLParser):
    """Keeps what it reads.

    Args:
        tags: every tag with its attributes, in the order of the page.
        open: tags that are not closed yet.
        text: what is written outside of tables and within.
        tables: the rows of each table, the first one its head.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.tables: list[list[list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag that opens, and begin a table, a row or a cell with it."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """Take the tag off that closes."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Remember text, in a cell if one is open."""
        self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """List the attributes of every tag of a name."""
        return [found for name, found in self.tags if name == tag]


def read(page: str) -> Reader:
    """Read a page to its end."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def section(page: str, head: str) -> str:
    """Cut out what stands under a heading of the second level."""
    start = page.index(f"<h2>{head}</h2>")
    end = page.find("<h2>", start + 1)
    return page[start : end if end >= 0 else len(page)]


def records(part: str) -> list[dict[str, str]]:
    """Read the first table of a part as one mapping a row, by the names of its columns."""
    table = part[part.index("<table") : part.index("</table>")]
    head, *rows = read(table).tables[0]
    return [dict(zip(head, row, strict=True)) for row in rows]
