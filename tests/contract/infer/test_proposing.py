"""What is learnt from a snapshot and those before it, and the verb that learns it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.surfaces.python import Project
from tests.contract.infer.sample import orders, proposed, replaced, with_ids


def reasons(rows: pa.Table, **more: object) -> dict[str, tuple[str, str]]:
    return {one.check: (one.said, one.reason) for one in proposed(rows, **more).clauses}


def test_every_clause_says_what_it_stands_on() -> None:
    found = reasons(orders())

    assert found["id.required"] == ("required yes", "0 nulls of 2,000")
    assert found["id.range"][0] == "minimum 0"
    assert found["code.pattern"][0] == "pattern ^[A-Z]{2}-[0-9]{4}$"
    said, reason = found["city.values"]
    assert said == "invalidValues of 4 values mustBe 0"
    assert reason.startswith("4 different of 2,000, each 4")
    assert found["placed_text.form"][0].startswith("parses_as date")
    assert found["mail.pattern"][1].endswith("the form of e-mail address")
    assert {"id.unique", "id.order", "code.unique", "placed.order"} <= set(found)
    assert not {"amount.unique", "mail.unique", "note.pattern"} & set(found)


def test_reasons_stand_in_the_file_as_descriptions() -> None:
    about = proposed(orders()).contract.schema[0]

    columns = {one.name: one for one in about.properties}
    assert "required: 0 nulls of 2,000" in columns["id"].description
    assert all(rule.description for one in about.properties for rule in one.quality)


def test_the_file_promises_what_is_told_and_no_form_beside_a_pattern() -> None:
    found = proposed(orders())

    told = {one.check for one in found.clauses}
    rules = {
        f"{one.name}.{rule.id}"
        for one in found.contract.schema[0].properties
        for rule in one.quality
    }
    assert rules <= told
    assert "code.pattern" in told
    assert "code.form" not in told | rules


def test_a_set_to_which_values_were_added_lately_is_not_closed() -> None:
    rows = orders()
    fewer = replaced(
        rows, city=["Oslo" if one == "Rome" else one for one in rows["city"].to_pylist()]
    )

    assert "city.values" not in reasons(rows, earlier=[fewer])
    assert (
        "all of them in the 1 snapshots before" in reasons(rows, earlier=[rows])["city.values"][1]
    )


def test_a_value_seen_once_keeps_a_set_open() -> None:
    rows = replaced(orders(), city=["Atlantis", *orders()["city"].to_pylist()[1:]])

    assert "city.values" not in reasons(rows)


def test_ends_that_moved_before_get_more_room() -> None:
    rows = with_ids({"n": np.arange(1000) % 500})
    before = with_ids({"n": np.arange(1000) % 200})

    alone, moved = reasons(rows)["n.range"], reasons(rows, earlier=[before])["n.range"]

    assert alone[0] == "minimum 0, maximum 600"
    assert moved[0] == "minimum 0, maximum 1,100"
    assert moved[1].endswith("for the ends moved before")


def test_nulls_are_tolerated_as_far_as_there_are_some() -> None:
    rows = replaced(orders(), note=[None] * 100 + orders()["note"].to_pylist()[100:])

    assert reasons(rows)["note.nulls"] == (
        "nullValues mustBeLessOrEqualTo 8 %",
        "100 nulls of 2,000, 5.00%",
    )


def test_two_columns_may_be_a_key_together() -> None:
    pairs = [(store, day) for day in range(40) for store in range(30)]
    rows = with_ids({"store": [one[0] for one in pairs], "day": [one[1] for one in pairs]})

    assert reasons(rows)["together"][1] == "no two of 1,200 rows have the same store and day"
    assert "together" not in reasons(replaced(rows, store=[1, *rows["store"].to_pylist()[1:]]))


def test_a_form_that_one_in_two_thousand_lacks_is_promised_for_the_rest() -> None:
    rows = replaced(orders(), code=["none", *orders()["code"].to_pylist()[1:]])

    found = proposed(rows)

    names = {one.check for one in found.clauses}
    assert "code.form" in names
    assert "code.pattern" not in names
    assert any(one.startswith("code.pattern: ") for one in found.broken)


def test_a_column_with_numbers_that_are_none_has_no_range() -> None:
    rows = with_ids({"x": [float("nan"), *map(float, range(99))]})

    assert "x.range" not in reasons(rows)


def test_the_verb_proposes_then_writes_and_the_contract_is_kept(
    project: Project, tmp_path: Path
) -> None:
    rows = orders(300).drop_columns(["_rid"])
    project.dataset.commit("orders", rows, key=["id"])

    shown = project.contract.infer("orders")
    written = project.contract.infer("orders", write=True)

    path = tmp_path / "project" / "contracts" / "orders.yaml"
    assert shown.path is None
    assert written.path == "contracts/orders.yaml"
    assert path.read_text(encoding="utf-8") == written.text == shown.text
    assert project.contract.check("orders").passed
    assert "primaryKey" in [one.clause for one in shown.clauses if one.column == "id"]
    with pytest.raises(Conflict, match="there is a contract orders already"):
        project.contract.infer("orders", write=True)


def test_earlier_snapshots_and_their_rows_count(project: Project) -> None:
    for n_rows in (100, 200, 300):
        project.dataset.commit("orders", orders(n_rows).drop_columns(["_rid"]), key=["id"])

    found = project.contract.infer("orders@2", name="before")
    newest = project.contract.infer("orders")

    assert (found.dataset, found.n_rows, found.n_snapshots) == ("orders@2", 200, 2)
    (rows,) = [one for one in newest.clauses if not one.column]
    assert rows.reason == (
        "100 to 300 rows in 3 snapshots, never fewer than before; a tenth less at most"
    )
    assert newest.service_levels == ()


def test_what_is_not_there_is_told(project: Project) -> None:
    with pytest.raises(NotFound):
        project.contract.infer("orders")
    project.dataset.commit("orders", [{"id": 1}])
    with pytest.raises(Invalid):
        project.contract.infer("orders", name="../x")
