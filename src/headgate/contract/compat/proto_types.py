"""Protobuf schemas, parsed from the text of a .proto file as far as compatibility asks.

After the Protocol Buffers language guide, proto2, proto3 and editions; options, services,
extensions and reserved words are passed over.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from headgate.core.errors import Invalid

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<word>\.?[A-Za-z_][\w.]*|[-+]?[0-9][\w.+-]*)|(?P<sign>[{}\[\]()<>;=,:/.+-])""",
    re.DOTALL,
)
LABELS = ("optional", "required", "repeated")
SKIPPED = ("syntax", "edition", "import", "option", "reserved", "extensions", "service", "extend")
MAX_DEPTH = 60
MAX_NUMBER = 2**29 - 1


class ProtoField(NamedTuple):
    """A field of a message.

    Args:
        name: its name.
        type: a scalar, a named type as written, or `map<K, V>`.
        label: `optional`, `required`, `repeated` or empty.
        oneof: the name of the oneof it stands in; empty if none.
    """

    name: str
    type: str
    label: str = ""
    oneof: str = ""

    def __str__(self) -> str:
        return f"{self.label} {self.type}".strip()


class Proto(NamedTuple):
    """A file.

    Args:
        package: empty if it names none.
        messages: fields by number, by the message's name within the package.
        enums: constants by number, by the enum's name within the package.
    """

    package: str
    messages: dict[str, dict[int, ProtoField]]
    enums: dict[str, dict[int, str]]

    def find(self, word: str, inside: str) -> str:
        """Return the full name of a type as it is written inside a message; itself if unknown."""
        bare = (
            word.lstrip(".").removeprefix(f"{self.package}.") if self.package else word.lstrip(".")
        )
        scope = [] if word.startswith(".") else inside.split(".")
        for end in range(len(scope), -1, -1):
            name = ".".join([*scope[:end], bare])
            if name in self.messages or name in self.enums:
                return name
        return bare


def parse_proto(text: str, name: str) -> Proto:
    """Parse a .proto file.

    Args:
        text: what stands in it.
        name: what errors call it.

    Raises:
        Invalid: it is none; the message names the line.
    """
    parser = _Parser(text, name)
    parser.file()
    return Proto(parser.package, parser.messages, parser.enums)


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.tokens = _tokens(text, name)
        self.at = 0
        self.package = ""
        self.messages: dict[str, dict[int, ProtoField]] = {}
        self.enums: dict[str, dict[int, str]] = {}

    @property
    def word(self) -> str:
        """The word that comes next; empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def refused(self, wanted: str) -> Invalid:
        line = self.tokens[min(self.at, len(self.tokens) - 1)][1] if self.tokens else 1
        found = repr(self.word[:40]) if self.word else "the end"
        return Invalid(
            f"{self.name}:{line}: {found} where {wanted} should be", mend=f"write {wanted}"
        )

    def take(self, wanted: str = "") -> str:
        """Take the next word, which must be this one if one is named."""
        word = self.word
        if not word or (wanted and word != wanted):
            raise self.refused(repr(wanted) if wanted else "a word")
        self.at += 1
        return word

    def named(self) -> str:
        """Take a name."""
        if not re.fullmatch(r"[A-Za-z_.][\w.]*", self.word):
            raise self.refused("a name")
        return self.take()

    def number(self) -> int:
        """Take a whole number."""
        try:
            found = int(self.word, 0)
        except ValueError as error:
            raise self.refused("a number") from error
        self.at += 1
        return found

    def file(self) -> None:
        """Take the whole file."""
        while self.word:
            if self.word == "package":
                self.take()
                self.package = self.named()
                self.take(";")
            elif not self.definition("", 0):
                self.skip()

    def definition(self, inside: str, depth: int) -> bool:
        """Take a message or an enum, if one begins here."""
        kind = self.word
        if kind not in ("message", "enum") or self.tokens[self.at + 2 : self.at + 3] == []:
            return False
        if self.tokens[self.at + 2][0] != "{":
            return False
        self.take()
        name = f"{inside}.{self.named()}".removeprefix(".")
        if name in self.messages or name in self.enums or depth > MAX_DEPTH:
            raise self.refused("a name of its own")
        self.take("{")
        if kind == "enum":
            self.constants(name)
        else:
            self.fields(name, depth)
        return True

    def constants(self, name: str) -> None:
        """Take the constants of an enum."""
        held = self.enums[name] = {}
        while self.word != "}":
            if self.word in ("option", "reserved") or self.word == ";":
                self.skip()
                continue
            constant = self.named()
            self.take("=")
            held.setdefault(self.number(), constant)
            self.skip()
        self.take("}")

    def fields(self, name: str, depth: int, oneof: str = "") -> None:
        """Take what stands in a message or in a oneof."""
        held = self.messages.setdefault(name, {})
        while self.word != "}":
            if self.word == "oneof" and not oneof:
                self.take()
                inner = self.named()
                self.take("{")
                self.fields(name, depth, inner)
            elif not self.definition(name, depth + 1):
                if self.word == ";" or self.word in SKIPPED:
                    self.skip()
                else:
                    self.field(held, oneof)
        self.take("}")

    def field(self, held: dict[int, ProtoField], oneof: str) -> None:
        """Take a field."""
        label = self.take() if self.word in LABELS else ""
        type_ = self.named()
        if type_ == "map" and self.word == "<":
            self.take()
            key = self.named()
            self.take(",")
            type_ = f"map<{key}, {self.named()}>"
            self.take(">")
        name = self.named()
        self.take("=")
        number = self.number()
        if number in held or not 0 < number <= MAX_NUMBER:
            self.at -= 1
            raise self.refused("a number of its own, over 0")
        held[number] = ProtoField(name, type_, label, oneof)
        self.skip()

    def skip(self) -> None:
        """Pass over words up to the end of what began, with all braces in it."""
        depth = 0
        while self.word:
            word = self.take()
            depth += (word in "{[") - (word in "}]")
            if depth <= 0 and word in (";", "}"):
                return
        raise self.refused("';'")


def _tokens(text: str, name: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    at, line = 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Invalid(
                f"{name}:{line}: {text[at]!r} is no part of a .proto file", mend="mend it"
            )
        if match.lastgroup != "space":
            found.append((match.group(), line))
        line += match.group().count("\n")
        at = match.end()
    return found
