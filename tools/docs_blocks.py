"""Finds the code blocks of a page, and what the comments before them say.

`<!-- test: skip WHY -->` leaves a block alone, `<!-- file: PATH -->` saves it instead of running
it, and `<!-- output -->` stands before the output of the block above, which `tools.docs` writes.
`<!-- on: STAGE -->` stands before a block that needs servers of others; a test that has set up that
stage runs it, nobody else does.
Between `<!-- generated: NAME -->` and `<!-- end -->` stands what code knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RUN = ("sh", "python")
COMMENT = re.compile(r"<!-- (test: skip|file:|on:|output)\s*(.*?)\s*-->")
PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: what it holds, and what the comment before it says.

    Args:
        language: the word after the fence; "" if there is none.
        code: the lines between the fences.
        line: the line its first fence stands on, counted from 1.
        comment: `test: skip`, `file:`, `on:`, `output` or "".
        said: what follows in the comment: the reason, the path or the stage.
    """

    language: str
    code: str
    line: int
    comment: str = ""
    said: str = ""

    @property
    def is_run(self) -> bool:
        """Whether a reader would run it."""
        return self.language in RUN and not self.comment

    def is_run_on(self, stage: str) -> bool:
        """Whether it is run where a stage is set up; `""` is the reader's own machine."""
        if not stage:
            return self.is_run
        return self.language in RUN and (self.comment, self.said) == ("on:", stage)

    @property
    def n_lines(self) -> int:
        """Lines between the fences."""
        return len(self.code.splitlines())


def blocks_of(text: str) -> list[Block]:
    r"""List the fenced blocks of a page, from the top.

    >>> blocks_of("<!-- test: skip slow -->\n```sh\nmake demo\n```\n")
    [Block(language='sh', code='make demo\n', line=2, comment='test: skip', said='slow')]
    """
    found: list[Block] = []
    opened: Block | None = None
    before = ""
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        is_fence = line.startswith("```")
        if opened is None and is_fence:
            opened = _opened(line, number, before)
        elif opened is not None and is_fence:
            found.append(opened)
            opened = None
        elif opened is not None:
            opened = replace(opened, code=opened.code + line)
        before = line
    return found


def with_outputs(text: str, outputs: Mapping[int, str]) -> str:
    r"""Write outputs into a page.

    Args:
        text: the page.
        outputs: for the line of each output block, what it shall hold.

    >>> with_outputs("<!-- output -->\n```text\nold\n```\n", {2: "new"})
    '<!-- output -->\n```text\nnew\n```\n'
    """
    lines = text.splitlines(keepends=True)
    for block in reversed(blocks_of(text)):
        if block.line in outputs:
            body = outputs[block.line].rstrip("\n").splitlines()
            lines[block.line : block.line + block.n_lines] = [f"{line}\n" for line in body]
    return "".join(lines)


def with_parts(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    r"""Write generated parts into a page.

    >>> with_parts("<!-- generated: x -->\nold\n<!-- end -->", {"x": lambda: "new"})
    '<!-- generated: x -->\n\nnew\n\n<!-- end -->'
    """
    return PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]().strip()}\n\n{found[3]}", text)


def shown_outputs(text: str, stage: str = "") -> Iterator[tuple[Block, Block]]:
    """Yield each block that is run on a stage with the output block that shows what it writes."""
    last: Block | None = None
    for block in blocks_of(text):
        if block.language in RUN and block.comment != "file:":
            last = block if block.is_run_on(stage) else None
        elif block.comment == "output" and last is not None:
            yield last, block


def _opened(line: str, number: int, before: str) -> Block:
    comment = COMMENT.fullmatch(before.strip())
    return Block(
        language=line[3:].strip(),
        code="",
        line=number,
        comment=comment[1] if comment else "",
        said=comment[2] if comment else "",
    )
