"""The seven modes: which older versions count, and in which direction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headgate.contract.compat.changes import changes
from headgate.contract.compat.modes import MODES, compare
from headgate.contract.compat.schemas import Document, document_of, kind_of, load_all
from headgate.core.errors import Invalid, NotFound
from headgate.spine.documents import dump
from headgate.spine.inspecting.nouns import Mode
from tests.contract.sample import contract_text


def schema(*fields: Any, name: str = "s.avsc") -> Document:
    """An Avro record; a field is a name, or a name with a default."""
    columns = [
        {"name": one, "type": "int"}
        if isinstance(one, str)
        else {"name": one[0], "type": "int", "default": one[1]}
        for one in fields
    ]
    return document_of(dump({"type": "record", "name": "R", "fields": columns}).encode(), name)


PLAIN = schema("a", name="1.avsc")
GROWN = schema("a", ("b", 0), name="2.avsc")
REQUIRED = schema("a", "b", name="3.avsc")


@pytest.mark.parametrize(
    ("mode", "grown", "required", "shrunk"),
    [
        ("NONE", True, True, True),
        ("BACKWARD", True, False, True),
        ("FORWARD", True, True, True),
        ("FULL", True, False, True),
    ],
)
@pytest.mark.row("S3-18", part="modes")
def test_each_mode_looks_in_its_direction(
    mode: Mode, grown: bool, required: bool, shrunk: bool
) -> None:
    assert compare(PLAIN, GROWN, mode).is_compatible == grown
    assert compare(PLAIN, REQUIRED, mode).is_compatible == required
    assert compare(GROWN, PLAIN, mode).is_compatible == shrunk


def test_forward_forbids_taking_away_what_readers_need() -> None:
    verdict = compare(REQUIRED, PLAIN, "FORWARD")

    (found,) = verdict.incompatibilities
    assert (found.path, found.was, found.now, found.breaks) == ("$.b", "int", "nothing", "consumer")


@pytest.mark.row("S3-18", part="modes")
def test_only_transitive_modes_look_further_back_than_the_last_version() -> None:
    history = [PLAIN, GROWN]

    assert compare(history, REQUIRED, "BACKWARD").is_compatible
    assert compare(history, REQUIRED, "BACKWARD").compared == ("2.avsc",)
    transitive = compare(history, REQUIRED, "BACKWARD_TRANSITIVE")
    assert not transitive.is_compatible
    assert [one.against for one in transitive.incompatibilities] == ["1.avsc"]
    assert compare(history, REQUIRED, "FORWARD_TRANSITIVE").is_compatible
    assert not compare(history, REQUIRED, "FULL_TRANSITIVE").is_compatible


def test_there_are_seven_modes() -> None:
    assert len(MODES) == 7


def test_versions_of_different_formats_are_not_compared() -> None:
    other = document_of(contract_text().encode(), "c.yaml")

    with pytest.raises(Invalid, match=r"1\.avsc is avro and c\.yaml is odcs"):
        compare(PLAIN, other)
    with pytest.raises(Invalid, match="no older version"):
        compare([], other)


@pytest.mark.parametrize(
    ("plain", "name", "kind"),
    [
        ({"apiVersion": "v3.1.0"}, "c.yaml", "odcs"),
        ({"type": "record"}, "s.json", "avro"),
        ({"type": "string"}, "s.avsc", "avro"),
        ({"type": "array", "items": "int"}, "s.json", "avro"),
        ({"type": "array", "items": {}}, "s.json", "json-schema"),
        ({"type": "object"}, "s.json", "json-schema"),
        ("int", "s.json", "avro"),
        (["null"], "s.json", "avro"),
        (True, "s.json", "json-schema"),
    ],
)
def test_a_format_is_told_from_what_the_document_holds(plain: Any, name: str, kind: str) -> None:
    assert kind_of(plain, name) == kind


def test_a_document_of_no_format_is_told() -> None:
    with pytest.raises(Invalid, match="is no contract, Avro schema or JSON Schema"):
        kind_of(5, "x")


def test_a_folder_holds_versions_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        (tmp_path / f"v{number}.avsc").write_text('"int"', encoding="utf-8")
    (tmp_path / "notes.md").write_text("", encoding="utf-8")

    found = load_all(tmp_path, [str(tmp_path)])

    assert [Path(one.name).name for one in found] == ["v1.avsc", "v9.avsc", "v10.avsc"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(Invalid, match="holds no version"):
        load_all(tmp_path, ["empty"])
    with pytest.raises(NotFound, match=r"no file x\.json"):
        load_all(tmp_path, ["x.json"])
    with pytest.raises(NotFound, match="no contract named 'orders'"):
        load_all(tmp_path, ["orders"])
    with pytest.raises(NotFound, match="no file"):
        load_all(tmp_path, ["a" * 5000])


def test_types_that_lead_too_far_are_told_and_do_not_crash() -> None:
    links = {
        f"n{n}": {"type": "object", "properties": {"next": {"$ref": f"#/$defs/n{n + 1}"}}}
        for n in range(900)
    }
    old, new = (
        document_of(dump({"$ref": "#/$defs/n0", "$defs": links | {"n900": leaf}}).encode(), "s")
        for leaf in ({"type": "integer"}, {"type": "number"})
    )

    with pytest.raises(Invalid, match="too far to be followed"):
        compare(old, new)


def test_an_avro_schema_and_a_json_schema_are_compared_too() -> None:
    old = {"type": "object", "properties": {"a": {"type": "integer", "title": "x"}}}
    new = {"type": "object", "properties": {"a": {"type": "number", "title": "y"}}}
    before, after = (document_of(dump(one).encode(), "s.json") for one in (old, new))

    assert [(one.path, one.kind) for one in changes(before, after)] == [("$.a", "breaking")]
    assert [(one.path, one.kind) for one in changes(PLAIN, GROWN)] == [("$.b", "compatible")]
