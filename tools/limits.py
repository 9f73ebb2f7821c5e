"""The limits of style that no other tool measures; prints each figure beside its limit.

Lengths are measured over src/headgate; suppressions, names and comments over all our Python.
"""

from __future__ import annotations

import ast
import io
import math
import re
import sys
import tokenize
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDERS = ("src", "tests", "tools", "bench", "examples")
BANNED_NAMES = frozenset(
    name + plural
    for name in ("util", "helper", "common", "misc", "manager", "base")
    for plural in ("", "s")
)
NOQA = re.compile(r"#\s*(?:ruff:\s*)?noqa\b(?::\s*[A-Z]+[0-9]*(?:[,\s]+[A-Z]+[0-9]+)*)?(.*)")
IGNORE = re.compile(r"#\s*(?:type:\s*ignore|pyright:\s*(?!strict)\w+)(?:=\w+)?(?:\[[^\]]*\])?(.*)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
REASON = re.compile(r"\w+\W+\w+")


@dataclass(frozen=True)
class Signal:
    """One figure and what it may be, with the places that a reader would look at first."""

    name: str
    figure: float
    at_most: float
    at_least: float = 0.0
    places: Sequence[str] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether the figure is within its limits."""
        return self.at_least <= self.figure <= self.at_most

    def __str__(self) -> str:
        limit = f"<= {self.at_most:g}"
        if self.at_least:
            limit = f"{self.at_least:g} to {self.at_most:g}"
        return f"{self.name:<40}{self.figure:>9.4g}   {limit:<11}{'' if self.holds else 'BROKEN'}"


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    text: str

    @cached_property
    def n_lines(self) -> int:
        """Lines of the file, all of them."""
        return len(self.text.splitlines())

    @cached_property
    def n_code_lines(self) -> int:
        """Lines of code: not blank, no comment alone, no documentation."""
        documented = documentation_lines(ast.parse(self.text))
        return sum(
            bool(line.strip()) and not line.strip().startswith("#") and number not in documented
            for number, line in enumerate(self.text.splitlines(), start=1)
        )

    @cached_property
    def comments(self) -> list[tuple[str, str]]:
        """Each comment with its place; text inside strings is no comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [
            (f"{self.path}:{token.start[0]}", token.string)
            for token in tokens
            if token.type == tokenize.COMMENT
        ]

    @cached_property
    def functions(self) -> list[tuple[int, str]]:
        """Each function's lines without its docstring, with its place."""
        nodes = ast.walk(ast.parse(self.text))
        return [
            (function_lines(node), f"{self.path}:{node.lineno} {node.name}")
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    r"""Count a function's lines from `def` to its end, the docstring left out.

    >>> function_lines(ast.parse('def f():\n    "Say."\n    return 1').body[0])
    2
    """
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return length
    docstring = node.body[0]
    return length - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def documentation_lines(tree: ast.AST) -> set[int]:
    r"""Return the numbers of lines that are text standing alone: docstrings and their like.

    >>> documentation_lines(ast.parse("'Say.'\na = 1"))
    {1}
    """
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def at_rank(figures: Sequence[float], share: float) -> float:
    """Return the smallest figure that at least this share of the figures does not exceed.

    >>> at_rank([1, 2, 3, 4], 0.5), at_rank([1, 2, 3, 4], 0.9), at_rank([], 0.5)
    (2, 4, 0.0)
    """
    if not figures:
        return 0.0
    return sorted(figures)[max(0, math.ceil(share * len(figures)) - 1)]


def lengths(
    kind: str, measured: Sequence[tuple[int, str]], limits: dict[str, int]
) -> Iterator[Signal]:
    """Yield the signals of a spread of lengths.

    Args:
        kind: what is measured.
        measured: each length [lines] with its place.
        limits: shares such as `p90` and `max`, each with the most lines it may have.
    """
    figures = [length for length, _ in measured]
    longest = [f"{place}: {length}" for length, place in sorted(measured, reverse=True)[:5]]
    for share, limit in limits.items():
        ratio = 1.0 if share == "max" else int(share.removeprefix("p")) / 100
        yield Signal(f"{kind}, {share}", at_rank(figures, ratio), limit, places=longest)


def suppressions(
    name: str, pattern: re.Pattern[str], sources: Sequence[Source]
) -> Iterator[Signal]:
    """Yield how dense one kind of suppression is, and how many stand without a reason."""
    found = [
        (place, match[1])
        for source in sources
        for place, comment in source.comments
        if (match := pattern.search(comment))
    ]
    per_1000 = 1000 * len(found) / max(1, sum(source.n_lines for source in sources))
    places = [place for place, _ in found]
    yield Signal(f"{name} per 1,000 lines", per_1000, 0.5, places=places)
    bare = [place for place, reason in found if not REASON.search(reason)]
    yield Signal(f"{name} without a reason", len(bare), 0, places=bare)


def configured(root: Path) -> Iterator[Signal]:
    """Yield how many rules the configuration leaves out."""
    lint = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"][
        "lint"
    ]
    ignored = [*lint.get("ignore", []), *lint.get("extend-ignore", [])]
    yield Signal("rules ignored by the linter", len(ignored), 20)
    contracts = (root / ".importlinter").read_text(encoding="utf-8")
    yield Signal("imports ignored by the contracts", contracts.count("ignore_imports"), 0)


def named(sources: Sequence[Source]) -> Iterator[Signal]:
    """Yield the files whose name says nothing and the comments that put work off."""
    vague = [str(source.path) for source in sources if source.path.stem in BANNED_NAMES]
    yield Signal("files named utils, helpers, base ...", len(vague), 0, places=vague)
    unfinished = [
        place
        for source in sources
        for place, comment in source.comments
        if UNFINISHED.search(comment)
    ]
    yield Signal("comments that put work off", len(unfinished), 0, places=unfinished)


def sizes(code: Sequence[Source], tests: Sequence[Source]) -> Iterator[Signal]:
    """Yield the proportion of tests to code that a person wrote, and the size of the flows."""
    written = [source for source in code if "migrations" not in source.path.parts]
    n_code = sum(source.n_code_lines for source in written)
    n_tests = sum(source.n_code_lines for source in tests)
    yield Signal("tests to code", n_tests / max(1, n_code), 1.6, 1.0)
    flows = [source for source in code if "flows" in source.path.parts]
    yield Signal("lines of flows", sum(source.n_lines for source in flows), 3000)


def sources_of(root: Path, folder: str) -> list[Source]:
    """Read every Python file below a folder of the repository, in order of path."""
    return [
        Source(path.relative_to(root), path.read_text(encoding="utf-8"))
        for path in sorted((root / folder).rglob("*.py"))
    ]


def signals(root: Path) -> Iterator[Signal]:
    """Yield every signal of a repository."""
    by_folder = {folder: sources_of(root, folder) for folder in FOLDERS}
    everything = [source for sources in by_folder.values() for source in sources]
    code = by_folder["src"]
    functions = [function for source in code for function in source.functions]
    files = [(source.n_lines, str(source.path)) for source in code]
    yield from lengths("function lines", functions, {"p50": 7, "p90": 25, "p99": 50, "max": 80})
    yield from lengths("file lines", files, {"p50": 130, "p90": 350, "max": 500})
    yield from suppressions("noqa", NOQA, everything)
    yield from suppressions("type ignores", IGNORE, everything)
    yield from configured(root)
    yield from named(everything)
    yield from sizes(code, by_folder["tests"])


def main(root: Path) -> int:
    """Print every signal, and below a broken one where to look."""
    n_broken = 0
    for signal in signals(root):
        n_broken += not signal.holds
        sys.stdout.write(f"{signal}\n")
        for place in () if signal.holds else signal.places:
            sys.stdout.write(f"    {place}\n")
    return 1 if n_broken else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
