"""Every operation gives the same answer through Python, a server's Python, REST and the shell.

And every answer is what the OpenAPI document says, and can be read in a terminal.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headgate.spine.init import init
from headgate.surfaces.cli.output import renderer
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.struct import lines_of
from headgate.surfaces.server.openapi import document
from headgate.surfaces.verbs import Table, table
from tests.surfaces import examples
from tests.surfaces.callers import SURFACES
from tests.surfaces.prepared import Prepared
from tests.surfaces.schemas import misfits

RAISES = {"fail"}
WIDTHS = (60, 80, 120)
STRUCTS = sorted(verb.name for verb in table().verbs.values() if verb.reply == "struct")
OTHERS = sorted(set(examples.INSTALLED) - set(STRUCTS))
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
TO_COPY = ("next: ", "undo: ", "see them: ", "do it: ")
each_struct = pytest.mark.parametrize("prepared", STRUCTS, indirect=True)


@pytest.fixture(scope="module", params=[*STRUCTS, *OTHERS])
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Make a verb's example once; pytest runs all tests of one verb after each other."""
    root = tmp_path_factory.mktemp("prepared") / "shop"
    init(root)
    name = request.param
    return Prepared(root, table().verbs[name], table(), examples.INSTALLED[name])


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(json.dumps(document(table())))


def test_every_operation_has_an_example(verbs: Table) -> None:
    known = set(table().verbs), set(verbs.verbs) - RAISES

    assert known == (set(examples.INSTALLED), set(examples.SAMPLE))


@pytest.mark.parametrize("name", sorted(examples.SAMPLE))
def test_a_sample_operation_answers_alike_on_every_surface(
    name: str, verbs: Table, root: Path
) -> None:
    prepared = Prepared(root, verbs.verbs[name], verbs, examples.SAMPLE[name])

    found = {surface: prepared.masked(surface) for surface in SURFACES}

    assert found == dict.fromkeys(SURFACES, found["python"])


def test_an_operation_answers_alike_on_every_surface(prepared: Prepared) -> None:
    found = {surface: prepared.masked(surface) for surface in SURFACES}

    assert found == dict.fromkeys(SURFACES, found["python"])


def test_a_terminal_shows_every_answer(prepared: Prepared) -> None:
    shown = prepared.shown()

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.strip()
    assert all(line == line.rstrip() for line in shown.out.splitlines())


@each_struct
def test_an_answer_is_what_its_schema_says(described: dict[str, Any], prepared: Prepared) -> None:
    verb = prepared.verb
    answers = described["paths"][verb.path]["post"]["responses"]
    schema = answers["200"]["content"]["application/json"]["schema"]

    answered = prepared.answer("rest")

    assert misfits(answered, schema, described, verb.name) == []


def is_unbreakable(line: str, answer: Any) -> bool:
    """Whether a line is one word too long to break, behind its name; to copy; or of a file."""
    is_of_a_file = line.strip() in map(str.strip, getattr(answer, "text", "").splitlines())
    return line.startswith(TO_COPY) or is_of_a_file or re.search(r"\S{41,}$", line) is not None


@pytest.mark.parametrize("width", WIDTHS)
@each_struct
def test_no_line_of_an_answer_is_wider_than_the_terminal(prepared: Prepared, width: int) -> None:
    answer = prepared.result()

    lines = renderer(prepared.verb)(answer, Paint(width=width))

    wide = [line for line in lines if len(line) > width and not is_unbreakable(line, answer)]
    assert wide == []
    assert lines


@each_struct
def test_colour_changes_nothing_but_colour(prepared: Prepared) -> None:
    show, result = renderer(prepared.verb), prepared.result()

    plain = show(result, Paint(is_colored=False, width=80))
    colored = show(result, Paint(is_colored=True, width=80))

    assert [ESCAPE.sub("", line) for line in colored] == plain
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b[") for line in colored)


@each_struct
def test_any_answer_can_be_shown_without_a_renderer_of_its_own(prepared: Prepared) -> None:
    answer = prepared.result()

    lines = lines_of(answer, Paint(width=80))

    assert lines
    assert [line for line in lines if len(line) > 80 and not is_unbreakable(line, answer)] == []
    assert "Struct" not in "".join(lines)
