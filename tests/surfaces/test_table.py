"""The one list of verbs: what is derived from a declaration, and that the file is not stale."""

from __future__ import annotations

from types import ModuleType

import msgspec
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import Context
from headgate.spine.operations import operation
from headgate.surfaces import derive, stubs
from headgate.surfaces.verbs import VERBS, Table, table


def test_verbs_json_holds_what_the_operations_declare() -> None:
    declared = derive.render(derive.derive_all())

    kept = VERBS.read_bytes()

    assert kept == declared, "run: make generate"


def test_the_stub_holds_what_the_operations_declare() -> None:
    declared = stubs.render_stubs(derive.derive_all())

    kept = stubs.STUBS.read_text(encoding="utf-8")

    assert kept == declared, "run: make generate"


def test_every_verb_and_every_field_says_what_it_is_for() -> None:
    known = table().verbs.values()

    silent = [verb.name for verb in known if not verb.summary]
    silent += [f"{verb.name} {each.name}" for verb in known for each in verb.fields if not each.doc]

    assert silent == []


def test_a_field_is_known_by_its_name_in_python_in_json_and_on_the_command_line(
    verbs: Table,
) -> None:
    fields = {field.name: field for field in verbs.verbs["shelf.keep"].fields}

    renamed = fields["from_"]

    assert (renamed.key, renamed.flag, renamed.doc) == ("from", "--from", "where it came from")
    assert fields["since"].doc == "since when it is kept, seen from the keeper"
    assert fields["mode"].choices == ("append", "replace")
    assert (fields["labels"].type, fields["labels"].many) == ("text", "list")
    assert (fields["limits"].type, fields["limits"].many) == ("integer", "map")
    assert fields["since"].type == "time"


def test_the_description_of_an_annotation_is_the_doc_of_its_field(verbs: Table) -> None:
    fields = verbs.verbs["shelf.read"].fields

    docs = [field.doc for field in fields]

    assert docs == ["the shelf's name", "the columns wanted; all if none"]


def test_the_body_stands_after_the_first_required_field(verbs: Table) -> None:
    keep, box = verbs.verbs["shelf.keep"], verbs.verbs["box"]

    positions = keep.positional, box.positional

    assert positions == (("name", "rows"), ("label", "content"))


def test_a_bare_verb_is_called_without_its_noun(verbs: Table) -> None:
    box, keep = verbs.verbs["box"], verbs.verbs["shelf.keep"]

    paths = box.path, keep.path, box.command, keep.command

    assert paths == ("/api/v1/box", "/api/v1/shelf/keep", "headgate box", "headgate shelf keep")


def test_an_unknown_verb_names_the_nearest(verbs: Table) -> None:
    words = ("shelf", "kep")

    with pytest.raises(NotFound) as caught:
        verbs.find(words)

    assert caught.value.mend == "did you mean shelf keep?"


class Taken(msgspec.Struct, frozen=True):
    """A request whose flag every command has."""

    json: str


def take(ctx: Context, request: Taken) -> None:
    """Take a flag that is taken."""


def test_a_field_whose_flag_every_command_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(__name__)
    vars(module)["take"] = operation("shelf.take")(take)
    monkeypatch.setattr(derive, "load_module", lambda _: module)

    with pytest.raises(Invalid, match="every command has a flag --json"):
        derive.derive_from([__name__])
