"""The file of a monitor says what translated, and names what has no setting there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.core.errors import Conflict, Invalid
from headgate.core.left_out import LeftOut, Notes
from headgate.monitor.adopting.drafts import draft, place_of, write
from headgate.monitor.exchange.reading import Imported, Settings, Wish


def drafted(watch: str = "dataset:orders", **settings: Any) -> tuple[Any, str, tuple[LeftOut, ...]]:
    """Draft a file; return what is in it, its text, and what is left out."""
    notes = Notes()
    imported = Imported(form="snapshot", settings=Settings(**settings))
    text = draft(imported, "orders", watch, notes)
    return yaml.safe_load(text), text, notes.all


def test_a_deployments_reference_is_found_by_lineage() -> None:
    found, _, _ = drafted("deployment:prod", time="at")

    assert found == {
        "monitor": "orders",
        "watch": "deployment:prod",
        "reference": "lineage",
        "window": "1d",
        "time": "at",
    }


def test_a_dataset_is_held_against_a_snapshot() -> None:
    found, _, _ = drafted()

    assert found["reference"] == "orders@1"


def test_columns_are_taken_over_and_target_and_prediction_are_important() -> None:
    named, _, _ = drafted(columns=("a", "said"), target="paid", prediction="said")
    all_of_them, _, _ = drafted(ignored=("id",), prediction="said")

    assert named["columns"] == {"include": ["a", "said"], "important": ["said"]}
    assert all_of_them["columns"] == {"exclude": ["id"], "important": ["said"]}


def test_the_lowest_threshold_of_a_metric_holds_and_the_others_are_named() -> None:
    wishes = (Wish("a", "psi", 0.3), Wish("b", "psi", 0.2), Wish("c", "wasserstein", 0.5))

    found, _, left_out = drafted(wishes=wishes)

    assert found["checks"] == {"data_drift": {"psi": 0.2, "wasserstein": 0.5}}
    assert [(one.path, one.what) for one in left_out] == [("a", "threshold 0.3")]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish("a", "ks", 0.01), "a limit of p-values"),
        (Wish("a", "hellinger", 0.2), "here jensen_shannon tells it"),
        (Wish("a", None, 0.2), "of a method that is not said"),
    ],
)
def test_a_threshold_without_a_counterpart_is_named(wish: Wish, why: str) -> None:
    found, _, left_out = drafted(wishes=(wish,))

    assert "checks" not in found
    assert why in left_out[0].why


def test_limits_of_all_columns_of_a_kind_count_too() -> None:
    found, text, left_out = drafted(method={"number": "psi"}, threshold={"number": 0.25})

    assert found["checks"] == {"data_drift": {"psi": 0.25}}
    assert "# number columns: psi there; psi here" in text
    assert left_out == ()


def test_a_share_of_drifted_columns_is_named() -> None:
    _, _, left_out = drafted(drift_share=0.3)

    assert [(one.path, one.what) for one in left_out] == [("drift_share", "0.3")]


@pytest.mark.parametrize("name", ["no", "3", "a, b", "é: x", '"', "on"])
def test_every_name_of_a_column_is_read_again_as_it_was(name: str) -> None:
    found, _, _ = drafted(columns=(name,), time=name)

    assert found["columns"]["include"] == [name]
    assert found["time"] == name


def test_a_monitor_that_is_there_makes_way_only_if_told(tmp_path: Path) -> None:
    place = place_of(tmp_path, "orders", replace=False)
    write(place, "monitor: orders\n")

    with pytest.raises(Conflict, match="there is a monitor orders already"):
        place_of(tmp_path, "orders", replace=False)
    with pytest.raises(Invalid):
        place_of(tmp_path, "../orders", replace=False)
    assert place_of(tmp_path, "orders", replace=True) == tmp_path / "monitors" / "orders.yaml"
    assert place.read_text() == "monitor: orders\n"
