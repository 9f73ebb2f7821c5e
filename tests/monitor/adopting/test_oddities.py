"""A column that cannot be compared is told of alone, and the others are compared."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Conflict, Denied, HeadgateError, Invalid, Unavailable
from headgate.core.left_out import Notes
from headgate.monitor.adopting.comparing import compare, is_near
from headgate.monitor.adopting.drafts import draft, place_of
from headgate.monitor.adopting.peer import Asked, Score, Wanted, ask
from headgate.monitor.adopting.recomputed import recompute
from headgate.monitor.adopting.reports import AdoptEvidently
from headgate.monitor.adopting.verb import adopt
from headgate.monitor.adopting.windows import Column, kinds, sides
from headgate.monitor.exchange.methods import METHODS, Kind
from headgate.monitor.exchange.reading import Imported, Settings, Wish
from headgate.spine.context import Context
from tests.monitor.adopting.standin import standin

CODE = "ValueDrift(column='amount', method='wasserstein')"
ODD: dict[str, tuple[Kind, Any, Any]] = {
    "empty": ("number", [], []),
    "gone": ("number", [1.0] * 600, [None] * 600),
    "infinite": ("number", [float("inf")] * 3, [1.0]),
    "constant": ("number", [1.0] * 600, [2.0] * 600),
    "huge": ("number", [1e308, -1e308] * 300, [1e308] * 600),
    "one name": ("category", ["a"], ["a"]),
    "no names": ("category", pa.array([], pa.string()), pa.array(["a"])),
    "text": ("text", ["a b"] * 3, ["c d"]),
}


def wishing(*wishes: Wish, **more: Any) -> tuple[Any, tuple[str, ...]]:
    """Draft a monitor; return what its file says, and what was left out of it."""
    notes = Notes()
    imported = Imported(form="snapshot", settings=Settings(wishes=wishes, **more))
    text = draft(imported, "orders", "dataset:orders", notes)
    return yaml.safe_load(text), tuple(one.why for one in notes.all)


def seen(before: Any, after: Any, **said: Any) -> tuple[dict[str, Kind], list[tuple[str, str]]]:
    """Tell which of columns of two windows are compared, and why others are not."""
    notes = Notes()
    found = kinds(before, after, Settings(**said), notes)
    return found, [(one.path, one.why) for one in notes.all]


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("known", METHODS, ids=lambda one: one.name)
@pytest.mark.parametrize("odd", ODD)
def test_every_method_has_a_word_for_every_odd_column(odd: str, known: Any) -> None:
    column = Column("x", *ODD[odd])
    score = Score("x", known.display, 0.123, known.default, detected=True)

    with np.errstate(all="ignore"):
        found = compare(column, sides(column), Wanted("x", known.name), score)

    assert found.theirs == 0.123
    assert found.reasons
    assert not found.is_same


def test_a_column_without_a_value_now_has_no_number_here() -> None:
    column = Column("x", *ODD["gone"])

    found = compare(
        column, sides(column), Wanted("x"), Score("x", "K-S p_value", 1e-9, 0.05, detected=True)
    )

    assert found.reasons[0].startswith("there is no number here: ")
    assert (found.same, found.ours, found.drift) == (None, None, False)


def test_bins_that_cannot_be_cut_give_no_number() -> None:
    pair = sides(Column("x", "number", [1e308, -1e308] * 30, [1e308] * 60)).pair

    assert recompute("hellinger", pair) is None


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [(1.0, 1.0 + 9e-7, True), (1.0, 1.0 + 2e-6, False), (0.0, 9e-10, True), (0.0, 2e-9, False)],
)
def test_numbers_are_near_up_to_one_in_a_million(one: float, other: float, *, near: bool) -> None:
    assert is_near(one, other) is near
    assert is_near(other, one) is near


def test_a_column_that_changed_its_type_is_named_and_the_others_are_compared() -> None:
    before = {"a": [1, 2], "b": [1.5, 2.5], "c": pa.array([[1]]), "d": ["x"], "e": [True]}
    after = {"a": ["1", "2"], "b": [1.5, 2.5], "c": pa.array([[1]]), "d": ["y"], "e": [False]}

    found, left = seen(before, after)

    assert found == {"b": "number", "d": "category", "e": "category"}
    assert left == [
        ("a", "it cannot be compared as number"),
        ("c", "neither number nor category"),
    ]


def test_what_a_file_says_of_a_column_is_taken_only_if_it_can_be() -> None:
    table = {
        "a": ["x"],
        "b": pa.array([[1]]),
        "c": [1, 2],
        "d": pa.array(["x"]).dictionary_encode(),
    }

    found, left = seen(table, table, numerical=("a",), categorical=("b", "c"), text=("d",))

    assert found == {"c": "category", "d": "text"}
    assert [path for path, _ in left] == ["a", "b"]


def test_texts_are_told_from_names_by_how_many_differ() -> None:
    names, texts = [f"n{each % 500}" for each in range(999)], [f"t{each}" for each in range(999)]

    found, _ = seen({"a": names, "b": texts}, {"a": names, "b": texts})

    assert found == {"a": "category", "b": "text"}


def test_ignored_columns_and_the_time_are_not_compared_even_if_named() -> None:
    table = {"a": [1], "id": [1], "at": [1]}

    found, left = seen(table, table, columns=("a", "id", "at"), ignored=("id",), time="at")

    assert (found, left) == ({"a": "number"}, [])


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_whatever_a_column_is_called_the_file_says_what_it_said(name: str) -> None:
    found, _ = wishing(Wish(name, "psi", 0.3), columns=(name,), time=name)

    assert found["columns"] == {"include": [name]}
    assert found["time"] == name
    assert set(found) == {"monitor", "watch", "reference", "window", "time", "columns", "checks"}


def test_a_name_of_two_lines_adds_nothing_to_the_file() -> None:
    found, _ = wishing(Wish("a\nnotify: [evil]", "psi"))

    assert "notify" not in found


@pytest.mark.parametrize("limit", [0.0, -0.5])
def test_a_limit_that_every_column_exceeds_is_named(limit: float) -> None:
    found, left = wishing(Wish("a", "psi", limit))

    assert "checks" not in found
    assert left == ("every column would be beyond it",)


def test_the_file_of_the_policy_is_no_monitor(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="policy is the file of the policy"):
        place_of(tmp_path, "policy", replace=True)


@pytest.mark.parametrize(
    ("watch", "message"),
    [
        ("orders", "cannot be watched"),
        ("dataset:", "cannot be watched"),
        ("table:orders", "cannot be watched"),
        ("dataset:a\nb", "monitors/drift.yaml"),
    ],
)
def test_what_cannot_be_watched_is_refused_and_nothing_is_written(
    context: Context, tmp_path: Path, watch: str, message: str
) -> None:
    (tmp_path / "drift.py").write_text(CODE)

    with pytest.raises(HeadgateError, match=message):
        adopt(context, AdoptEvidently(path=str(tmp_path / "drift.py"), watch=watch))

    assert not (context.root / "monitors").exists()


def test_a_file_whose_name_cannot_be_a_monitors_is_asked_for_another(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "My Report (1).py"
    path.write_text(CODE)

    with pytest.raises(Invalid, match=r"'My Report \(1\)' cannot name a monitor") as caught:
        adopt(context, AdoptEvidently(path=str(path)))

    assert caught.value.mend.startswith("give one with --name: start with a letter")
    assert adopt(context, AdoptEvidently(path=str(path), name="mine")).path == "monitors/mine.yaml"


@pytest.mark.parametrize("is_remote", [False, True])
def test_a_path_that_is_none_is_refused(context: Context, *, is_remote: bool) -> None:
    asking = replace(context, is_remote=is_remote)

    with pytest.raises(Invalid, match="a path has no zero byte"):
        adopt(asking, AdoptEvidently(path="a\0b", name="drift"))


@pytest.mark.parametrize("path", ["../drift.py", "/etc/passwd", ".headgate/keys/signing.pem", ".."])
def test_who_asks_through_a_server_reads_nothing_but_the_projects_files(
    context: Context, path: str
) -> None:
    remote = replace(context, is_remote=True)

    with pytest.raises(Denied, match="lies outside of the project"):
        adopt(remote, AdoptEvidently(path=path, name="drift"))


def test_a_link_out_of_the_project_is_not_followed_for_a_server(
    context: Context, tmp_path: Path
) -> None:
    (tmp_path / "secret.py").write_text(CODE)
    (context.root / "link.py").symlink_to(tmp_path / "secret.py")
    remote = replace(context, is_remote=True)

    with pytest.raises(Denied, match="lies outside of the project"):
        adopt(remote, AdoptEvidently(path="link.py"))


def test_adopting_twice_needs_a_word(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "drift.py"
    path.write_text(CODE)
    adopt(context, AdoptEvidently(path=str(path)))
    path.write_text(CODE.replace("amount", "price"))

    with pytest.raises(Conflict, match="there is a monitor drift already"):
        adopt(context, AdoptEvidently(path=str(path)))
    found = adopt(context, AdoptEvidently(path=str(path), replace=True))

    assert "# price: wasserstein" in (context.root / found.path).read_text()


def test_columns_that_went_missing_or_changed_do_not_stop_the_others(
    context: Context, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    tables = [
        {"amount": rng.normal(size=900), "n": rng.normal(size=900), "kind": [1] * 900},
        {"amount": rng.normal(size=900), "n": pa.nulls(900, pa.float64()), "kind": ["a"] * 900},
    ]
    paths = [tmp_path / "before.parquet", tmp_path / "after.parquet"]
    for path, table in zip(paths, tables, strict=True):
        pq.write_table(pa.table(table), path)
    (tmp_path / "drift.py").write_text("DataDriftPreset()")

    found = adopt(
        context,
        AdoptEvidently(
            path=str(tmp_path / "drift.py"),
            reference=str(paths[0]),
            current=str(paths[1]),
            python=standin(tmp_path / "peer"),
        ),
    )

    assert [one.column for one in found.compared if one.is_same] == ["amount"]
    assert [(one.path, one.why) for one in found.left_out] == [
        ("kind", "it cannot be compared as number")
    ]
    assert [(one.subject, one.value) for one in found.seen_here] == [("n", 1.0)]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("#!/bin/sh\nexit 0\n", "it says nothing of 1 columns"),
        ("#!/bin/sh\necho broken >&2; exit 3\n", "broken"),
        ("#!/bin/sh\nexit 3\n", "it said nothing"),
        ("#!/nowhere/sh\n", "No such file"),
        (f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S -E "$@"\n', "No module named"),
    ],
)
def test_what_is_no_python_with_evidently_is_told(
    context: Context, tmp_path: Path, script: str, why: str
) -> None:
    python = tmp_path / "python"
    python.write_text(script)
    python.chmod(0o755)
    asked = Asked("a", "b", {"number": ("x",), "category": (), "text": ()}, (Wanted("x"),))

    with pytest.raises(Unavailable, match=f"Evidently cannot be run by .*{why}") as caught:
        ask(context, asked, str(python))

    assert "--python" in caught.value.mend
