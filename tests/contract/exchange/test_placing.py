"""What an importer refuses is told with the line at which it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.contract.exchange.placing import mark_of, placed
from headgate.core.errors import Invalid
from headgate.spine.documents import parse
from headgate.surfaces.python import Project

TEXT = b"""\
type: record
name: User
fields:
  - {name: id, type: long}
  - name: mail
    type:
      items: string
models:
  - name: orders
    columns:
      - {name: city}
"""
DOCUMENT = parse(TEXT, "user.avsc")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("$.fields[1]", 5),
        ("$.fields[1].type", 6),
        ("$.mail", 5),
        ("$.mail.type.items", 7),
        ("#/fields/0/name", 4),
        ("models[0].columns[0].name", 11),
        ("models.orders.city", 11),
        ("$.gone", 1),
        ("fields[9].name", 3),
        ("$", 1),
    ],
)
def test_a_path_is_followed_as_far_as_it_leads(path: str, line: int) -> None:
    assert mark_of(DOCUMENT, path).line == line


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("users: $.mail: is no type", "user.avsc:5:5: $.mail: is no type"),
        ("user.avsc: $.mail: is: odd", "user.avsc:5:5: $.mail: is: odd"),
        ("users names no model", "user.avsc:1:1: the document names no model"),
        (
            "the contract of user.avsc:3:1: schema[0]: x",
            "the contract of user.avsc:3:1: schema[0]: x",
        ),
    ],
)
def test_a_refusal_names_the_file_the_line_and_the_clause(said: str, told: str) -> None:
    found = placed(Invalid(said, mend="mend it"), DOCUMENT, "user.avsc", "users")

    assert (found.message, found.mend) == (told, "mend it")


def test_the_verb_tells_the_line(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "user.avsc"
    file.write_text('{"type": "record", "name": "U", "fields": [\n {"type": "int"}]}')

    with pytest.raises(Invalid) as refused:
        project.contract.import_(str(file), to="users")

    assert refused.value.message == f"{file}:2:2: $.fields[0]: the field has no name"


def test_a_name_with_spaces_is_found_at_its_line(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    file.write_text('{"properties": {\n "größe 😀": {\n  "minimum": "x"}}}', encoding="utf-8")

    with pytest.raises(Invalid) as refused:
        project.contract.import_(str(file))

    assert refused.value.message == (f"{file}:3:3: #/properties/größe 😀/minimum: x is no number")
