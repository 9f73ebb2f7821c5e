"""Erasure: a subject is gone from every snapshot and all that was made of it, and stays gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from blake3 import blake3

import headgate
from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.dataset.erasing import erase
from headgate.spine import signing
from headgate.spine.backup import back_up
from headgate.spine.context import Context, open_context
from headgate.spine.store.canonical import content_digest
from headgate.spine.store.erasing import erasures
from headgate.spine.store.sealed import read_sealed
from headgate.spine.store.upkeep import holds
from tests.asking import commit, read
from tests.searching import files_holding

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

ANN = "ann.larsen@example.org"
WHERE = f"email = '{ANN}'"
PEOPLE = [
    {"id": 1, "email": ANN, "note": "Ann Larsen, call back", "age": 41},
    {"id": 2, "email": "bo@example.org", "note": "fine", "age": 52},
    {"id": 3, "email": "cy@example.org", "note": "fine", "age": 63},
]


@pytest.fixture
def people(project: Project) -> Project:
    """Three people in two snapshots; the row of one changed in the second."""
    project.dataset.commit("people", PEOPLE, key=["id"])
    changed = [{"id": 1, "email": ANN, "note": "moved", "age": 42}]
    project.dataset.commit("people", changed, mode="upsert")
    return project


def _erased(project: Project, where: str = WHERE, **asked: Any) -> Any:
    return project.dataset.erase("people", where=where, apply=True, **asked)


def test_a_subject_is_gone_from_every_file_and_the_others_read_back_the_same(
    people: Project,
) -> None:
    _erased(people)

    assert files_holding(people, ANN) == []
    assert files_holding(people, "call back") == []
    assert people.dataset.read("people", at="1").to_pylist() == PEOPLE[1:]
    assert people.dataset.read("people", at="2").to_pylist() == PEOPLE[1:]
    assert people.dataset.read("people").to_pylist() == PEOPLE[1:]


def test_every_version_still_resolves_under_its_id(people: Project) -> None:
    before = [one.version_id for one in people.dataset.log("people").snapshots]

    _erased(people)

    found = [people.dataset.show("people", at=one).snapshot.version_id for one in before]
    assert found == before


def test_a_plan_tells_what_would_be_done_and_changes_nothing(
    people: Project, tmp_path: Path
) -> None:
    home = tmp_path / "project" / ".headgate"
    before = {path: path.read_bytes() for path in home.rglob("*.parquet")}

    plan = people.dataset.erase("people", where=WHERE)

    assert (plan.is_applied, plan.n_rows, plan.n_versions, plan.n_suppressed) == (False, 1, 2, 1)
    assert {path: path.read_bytes() for path in home.rglob("*.parquet")} == before
    assert people.dataset.erasures().erasures == ()


def test_the_receipt_is_signed_and_a_change_to_it_shows(people: Project) -> None:
    receipt = _erased(people)

    kept = people.dataset.erasures("people").erasures[0]
    content = {
        name: value
        for name, value in msgspec.to_builtins(kept.receipt).items()
        if name not in {"signature", "public_key"}
    }
    signature = signing.Signature(receipt.signature, receipt.public_key)
    assert kept.is_signed
    assert kept.is_finished
    assert signing.is_signed(content, signature)
    assert not signing.is_signed(content | {"n_rows": 0}, signature)


def test_the_receipt_names_what_stands_in_each_file_now(people: Project, context: Context) -> None:
    receipt = _erased(people)

    stands = {
        one.blob: content_digest(read_sealed(context.blobs, one.blob)) for one in receipt.blobs
    }
    with context.catalog.read() as connection:
        assert erasures.digests(connection, "default") == stands
    assert {one.blob: one.digest for one in receipt.blobs} == stands


def test_the_receipt_holds_nothing_of_the_subject(people: Project) -> None:
    text = msgspec.json.encode(_erased(people)).decode()

    assert "ann" not in text.lower()
    assert blake3(WHERE.encode()).hexdigest() not in text


def test_rows_made_of_the_subject_go_too_and_a_run_that_told_nothing_is_an_obligation(
    people: Project,
) -> None:
    with people.run("clean"):
        rows = people.dataset.read("people", row_ids=True)
        people.dataset.commit("clean", rows.drop_columns(["note"]))
    with people.run("split"):
        rows = people.dataset.read("clean", row_ids=True)
        words = pa.table(
            {
                "word": [f"{email} {part}" for email in rows["email"].to_pylist() for part in "ab"],
                "_parents": [[rid] for rid in rows["_rid"].to_pylist() for _ in "ab"],
            }
        )
        people.dataset.commit("words", words)
    with people.run("count"):
        people.dataset.commit("sums", [{"n": people.dataset.read("people").num_rows}])

    receipt = _erased(people)

    assert {one.name: one.n_rows for one in receipt.datasets} == {
        "people": 1,
        "clean": 1,
        "words": 2,
    }
    assert people.dataset.read("words", at="1").num_rows == 4
    assert [(one.kind, one.what) for one in receipt.obligations] == [("dataset", "dataset:sums")]
    assert files_holding(people, ANN) == []


def test_a_model_that_learned_from_the_rows_is_an_obligation_with_their_number(
    people: Project,
) -> None:
    with people.run("train") as run:
        people.dataset.read("people", at="1")
        run.log_model("churn", b"weights")

    receipt = _erased(people)

    (model,) = receipt.obligations
    assert (model.kind, model.what, model.n_rows) == ("model", "model:churn@1", 1)
    assert "train it again" in model.mend


def test_predictions_made_of_the_rows_or_naming_the_subject_are_blanked(people: Project) -> None:
    rows = people.dataset.read("people", row_ids=True).to_pylist()
    ann = next(row["_rid"] for row in rows if row["id"] == 1)
    logged = [
        {"prediction_id": "a", "input": "41", "output": "yes", "input_row_ids": [ann]},
        {"prediction_id": "b", "input": f"mail of {ANN.upper()}", "output": "no"},
        {"prediction_id": "c", "input": "hi", "output": "no", "user_key": ANN},
        {"prediction_id": "d", "input": "joann.larsen@example.org", "output": "no", "cost": 0.5},
    ]
    people.prediction.log(logged, snapshot="people@2")

    receipt = _erased(people)

    kept = {row["prediction_id"]: row for row in people.prediction.list().to_pylist()}
    assert receipt.traces == {"predictions": 3}
    assert [kept[name]["output"] for name in "abcd"] == [None, None, None, '"no"']
    assert kept["a"]["input_row_ids"] == [ann]


def test_quarantined_rows_and_words_in_the_catalog_are_rubbed_out(
    people: Project, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text(f"id,email,note,age\n9,{ANN},x,old\n8,c@example.org,x,9\n")
    people.source.ingest("people", str(tmp_path / "more.csv"), source="desk", mode="append")
    with people.run("look", asked=ANN):
        people.dataset.read("people", where=WHERE)
    people.dataset.tag("people", "good")

    receipt = _erased(people)

    assert receipt.traces["quarantined rows"] == 1
    assert people.quarantine.show("people").to_pylist()[0]["raw"] is None
    assert files_holding(people, ANN) == []


def test_a_source_cannot_bring_the_subject_back(people: Project, tmp_path: Path) -> None:
    _erased(people)
    (tmp_path / "again.csv").write_text(f"id,email,note,age\n7,{ANN},again,41\n6,c@x.org,new,9\n")

    report = people.source.ingest(
        "people", str(tmp_path / "again.csv"), source="desk", mode="append"
    )

    assert report.n_quarantined == 1
    assert people.dataset.read("people")["id"].to_pylist() == [2, 3, 6]
    assert files_holding(people, ANN) == []


def test_a_commit_by_hand_that_brings_the_subject_back_is_refused(people: Project) -> None:
    _erased(people)

    with pytest.raises(Invalid) as caught:
        people.dataset.commit("people", PEOPLE, mode="upsert")

    assert "suppressed" in caught.value.message


def test_without_suppression_the_subject_may_come_back(people: Project) -> None:
    _erased(people, suppress=False)

    people.dataset.commit("people", PEOPLE[:1], mode="upsert")

    assert people.dataset.read("people").num_rows == 3


def test_a_legal_hold_wins(people: Project, context: Context) -> None:
    with context.catalog.write() as connection:
        holds.place(connection, "default", "people", "case 12", "counsel")

    with pytest.raises(Conflict) as caught:
        _erased(people)

    assert "case 12" in caught.value.message
    assert people.dataset.read("people").num_rows == 3


def test_a_condition_that_never_matched_is_told(people: Project) -> None:
    with pytest.raises(NotFound) as caught:
        _erased(people, "email = 'nobody@example.org'")

    assert "in any snapshot" in caught.value.message


@pytest.mark.parametrize("where", ["1 = 1", "no such thing", "emale = 'x'"])
def test_a_condition_that_names_no_column_is_refused(people: Project, where: str) -> None:
    with pytest.raises(Invalid):
        _erased(people, where)


def test_a_row_that_was_removed_long_ago_is_erased_from_where_it_stood(project: Project) -> None:
    project.dataset.commit("people", PEOPLE, key=["id"])
    project.dataset.commit("people", PEOPLE[1:])

    receipt = _erased(project)

    assert receipt.datasets[0].versions == (1,)
    assert receipt.datasets[0].snapshots == ()
    assert files_holding(project, ANN) == []


def test_every_branch_gets_a_snapshot_without_the_rows(people: Project) -> None:
    people.dataset.branch("people", "dev", at="1")

    receipt = _erased(people)

    heads = {one: people.dataset.show("people", at=one).snapshot for one in ("dev", "main")}
    assert receipt.datasets[0].snapshots == ("people@3", "people@4")
    assert {one: (head.number, head.branch, head.parent) for one, head in heads.items()} == {
        "dev": (3, "dev", 1),
        "main": (4, "main", 2),
    }
    assert [head.n_rows for head in heads.values()] == [2, 2]


def test_going_back_to_an_old_snapshot_brings_nothing_of_the_subject(people: Project) -> None:
    _erased(people)

    people.dataset.restore("people", to="1")
    people.dataset.commit(
        "people", [{"id": 2, "email": "b@x.org", "note": "n", "age": 5}], mode="upsert"
    )

    assert people.dataset.read("people")["id"].to_pylist() == [3, 2]
    assert people.query("select count(*) n from people").to_pylist() == [{"n": 2}]


def test_a_second_erasure_of_the_same_file_leaves_the_first_as_it_is(people: Project) -> None:
    _erased(people)

    receipt = _erased(people, "email = 'bo@example.org'")

    assert people.dataset.read("people", at="1")["id"].to_pylist() == [3]
    assert receipt.n_rows == 1
    assert files_holding(people, "bo@example.org") == []


def test_an_erasure_that_was_cut_off_is_finished_by_the_next(
    people: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(erasures, "_replace", _stopped)
        with pytest.raises(KeyboardInterrupt):
            _erased(people)
    assert files_holding(people, ANN) != []

    _erased(people, "email = 'bo@example.org'")

    assert files_holding(people, ANN) == []
    assert all(one.is_finished for one in people.dataset.erasures().erasures)


def test_writers_that_commit_meanwhile_make_it_look_again(
    people: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, seen = erase.survey, []

    def survey(*asked: Any) -> Any:
        found = find(*asked)
        if len(seen) < 2:
            row = {"id": 10 + len(seen), "email": ANN, "note": "late", "age": 1}
            people.dataset.commit("people", [row], mode="append")
        seen.append(found)
        return found

    monkeypatch.setattr(erase, "survey", survey)
    receipt = _erased(people)

    assert receipt.n_rows == 3
    assert files_holding(people, ANN) == []


def test_files_of_killed_writers_that_hold_the_subject_are_removed(
    people: Project, context: Context
) -> None:
    source = next(iter(context.blobs.listed("segments"))).key
    stray = f"{source.rpartition('/')[0]}/{'f' * 64}.parquet"
    context.blobs.put(stray, context.blobs.get(source))
    context.blobs.settle()

    receipt = _erased(people)

    assert receipt.traces["orphaned files"] == 1
    assert stray not in {one.key for one in context.blobs.listed("segments")}


def test_a_subject_known_by_numbers_alone_is_erased(project: Project) -> None:
    rng = np.random.default_rng(3)
    customers: Any = rng.integers(0, 50, 500)
    spent: Any = rng.normal(size=500)
    project.dataset.commit("people", pa.table([customers, spent], names=["customer", "spent"]))
    n_rows = int((customers == 17).sum())

    receipt = _erased(project, "customer = 17")

    assert receipt.n_rows == n_rows
    assert 17 not in project.dataset.read("people", at="1")["customer"].to_pylist()


def test_what_a_snapshot_holds_counts_in_a_blast_as_before(people: Project) -> None:
    with people.run("train") as run:
        people.dataset.read("people", at="1")
        run.log_model("churn", b"weights")
    before = people.blast("snapshot:people@1")

    _erased(people)

    after = people.blast("snapshot:people@1")
    assert [one.ref for one in after.models] == [one.ref for one in before.models]


def test_opening_with_another_key_shows_a_receipt_as_unsigned(
    people: Project, context: Context
) -> None:
    _erased(people)
    with context.catalog.write() as connection:
        connection.exec_driver_sql(
            "update erasures set receipt = replace(receipt, '\"n_rows\":1', '\"n_rows\":2')"
        )

    assert [one.is_signed for one in people.dataset.erasures().erasures] == [False]


def test_a_tenant_erases_its_own_alone(people: Project, tmp_path: Path) -> None:
    other = open_context(tmp_path / "project", flags={"tenant": "other"})
    commit(other, "people", pa.Table.from_pylist(PEOPLE))
    _erased(people)

    assert read(other, "people").num_rows == 3
    other.opened.close()
    with headgate.open(tmp_path / "project") as own:
        assert own.dataset.read("people").num_rows == 2


def _stopped(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_file_is_erased_with_its_row_and_its_neighbours_in_the_pack_are_not(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name, text in {"ann": f"scan of {ANN}", "bo": "scan of bo", "cy": "scan of cy"}.items():
        (folder / f"{name}.txt").write_text(text)
    project.dataset.commit("scans", folder)

    receipt = project.dataset.erase("scans", where="path = 'ann.txt'", apply=True)

    assert receipt.traces == {"files": 1}
    assert files_holding(project, ANN) == []
    assert project.dataset.file("scans", "bo.txt", at="1") == b"scan of bo"
    with pytest.raises(NotFound):
        project.dataset.file("scans", "ann.txt", at="1")


def test_bytes_that_another_row_names_too_are_left_and_named(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("ann", "copy"):
        (folder / f"{name}.txt").write_text("the same")
    project.dataset.commit("scans", folder)

    receipt = project.dataset.erase("scans", where="path = 'ann.txt'", apply=True)

    assert [one.kind for one in receipt.obligations] == ["file"]
    assert project.dataset.file("scans", "copy.txt") == b"the same"


def test_a_backup_taken_before_is_an_obligation(people: Project, tmp_path: Path) -> None:
    back_up(tmp_path / "project", tmp_path / "copy")

    receipt = _erased(people)

    assert [(one.kind, one.what) for one in receipt.obligations] == [
        ("backup", str(tmp_path / "copy"))
    ]
