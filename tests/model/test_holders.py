"""A model is exposed to a row when the run that made it read the row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyroaring import BitMap64

from headgate.core.errors import Invalid
from headgate.core.times import render
from headgate.model.holders import OFFERS, ModelHolder
from headgate.spine.context import Context
from headgate.spine.lineage.affected import Affected
from headgate.spine.ports import Holding


def rows_where(context: Context, condition: str) -> Affected:
    """Take the customers that meet a condition as affected."""
    from headgate.dataset import operations as dataset
    from headgate.dataset.reports import ReadRequest

    rows = dataset.read(context, ReadRequest(name="customers", where=condition, row_ids=True))
    rids = np.asarray(rows["_rid"].combine_chunks()).astype("u8")
    return Affected(context, any_revision=BitMap64(rids))


def find(context: Context, affected: Affected, *models: str) -> Holding:
    return ModelHolder().find(context, affected, frozenset(models))


def shares(holding: Holding) -> dict[str, tuple[int, int, float]]:
    """Return for each exposed model its affected rows, its rows and the share."""
    return {
        one["ref"]: (one["n_bad"], one["n_rows"], one["bad_ratio"])
        for one in holding.detail["models"]
    }


def test_only_models_that_read_affected_rows_are_exposed(
    context, register, start, read, customers
) -> None:
    everyone, old = start(), start()
    read(everyone, "customers")
    read(old, "customers", where="age >= 5")
    version = register(b"of everyone", run=everyone)
    register(b"of the old", run=old)

    holding = find(context, rows_where(context, "age < 2"))

    assert (holding.kind, holding.n_exposed, holding.n_exact) == ("models", 1, 0)
    assert (holding.n_known, holding.n_unknown) == (2, 0)
    assert holding.detail["models"] == [
        {
            "ref": "churn@1",
            "run": everyone,
            "n_bad": 2,
            "n_rows": 10,
            "bad_ratio": 0.2,
            "created_at": render(version.created_at),
        }
    ]


def test_the_share_is_of_the_rows_that_were_read(context, register, start, read, customers) -> None:
    run = start()
    read(run, "customers", where="age < 4")
    register(b"weights", run=run)

    holding = find(context, rows_where(context, "age in (3, 4, 5)"))

    assert shares(holding) == {"churn@1": (1, 4, 0.25)}


def test_rows_read_twice_are_counted_once(context, register, start, read, customers) -> None:
    parts, whole = start(), start()
    read(parts, "customers", where="age < 4")
    read(parts, "customers", where="age between 2 and 7")
    read(whole, "customers")
    read(whole, "customers", where="age < 4")
    register(b"of parts", run=parts)
    register(b"of all", run=whole)

    holding = find(context, rows_where(context, "age between 2 and 3"))

    assert shares(holding) == {"churn@1": (2, 8, 0.25), "churn@2": (2, 10, 0.2)}


@pytest.mark.usefixtures("customers")
def test_rows_of_several_datasets_add_up(context, register, start, read, commit) -> None:
    commit("prices", pa.table({"price": list(range(30))}))
    run = start()
    read(run, "customers")
    read(run, "prices")
    register(b"weights", run=run)

    holding = find(context, rows_where(context, "age < 4"))

    assert shares(holding) == {"churn@1": (4, 40, 0.1)}


def test_a_model_without_recorded_reads_is_unknown_and_not_unaffected(
    context, register, start, read, customers
) -> None:
    run = start()
    read(run, "customers")
    register(b"weights", run=run)
    register(b"from nowhere", name="found")
    register(b"from a run that read nothing", name="idle", run=start())

    holding = find(context, rows_where(context, "age < 4"))

    assert (holding.n_exposed, holding.n_known, holding.n_unknown) == (1, 1, 2)
    assert holding.detail["unknown"] == ["found@1", "idle@1"]


def test_a_model_that_is_named_is_exposed_whatever_it_read(
    context, register, start, read, customers
) -> None:
    run = start()
    read(run, "customers", where="age < 4")
    read(run, "customers", where="age < 6")
    register(b"weights", run=run)
    register(b"from nowhere", name="found")

    holding = find(context, Affected(context), "churn@1", "found@1")

    assert shares(holding) == {"churn@1": (0, 6, 0.0), "found@1": (0, 0, 0.0)}


def test_what_a_bad_run_made_is_exposed_whatever_it_read(
    context, register, start, read, customers
) -> None:
    bad, good = start(), start()
    for run in (bad, good):
        read(run, "customers")
    register(b"weights", run=bad)
    register(b"more weights", run=bad)
    register(b"other weights", run=good)
    register(b"from nowhere")

    holding = find(context, Affected(context), f"run:{bad}", "prompt:greet@1")

    assert list(shares(holding)) == ["churn@1", "churn@2"]


def test_a_project_without_models_holds_nothing(context) -> None:
    holding = find(context, Affected(context))

    assert (holding.n_exposed, holding.n_known, holding.n_unknown) == (0, 0, 0)
    assert holding.detail == {"models": [], "unknown": []}


def test_the_registry_finds_the_holder(context) -> None:
    found = [holder for holder in context.registry.holders if holder.name == "models"]

    assert found == OFFERS


def test_a_model_is_explained_by_its_run_and_reads(
    context, register, start, read, customers
) -> None:
    run = start()
    read(run, "customers", where="age < 4")
    version = register(b"weights", run=run, metrics={"accuracy": 0.5})

    explained = ModelHolder().explain(context, "model:churn@1")

    assert explained == {
        "kind": "model",
        "id": "model:churn@1",
        "at": render(version.created_at),
        "run": run,
        "digest": version.digest,
        "metrics": {"accuracy": 0.5},
        "signature": {},
        "reads": [
            {
                "dataset": "customers",
                "number": 1,
                "version_id": customers.version_id,
                "n_rows": 4,
                "condition": "age < 4",
            }
        ],
    }


def test_a_model_without_a_run_is_explained_by_no_reads(context, register) -> None:
    register(b"weights")

    explained: Any = ModelHolder().explain(context, "model:churn")

    assert (explained["id"], explained["run"], explained["reads"]) == ("model:churn@1", None, [])


def test_a_prompt_is_explained(context, create) -> None:
    prompt = create("Dear {name},")

    explained: Any = ModelHolder().explain(context, "prompt:greet@1")

    assert (explained["kind"], explained["id"]) == ("prompt", "prompt:greet@1")
    assert (explained["digest"], explained["at"]) == (prompt.digest, render(prompt.created_at))


@pytest.mark.parametrize(
    "ref", ["model:price@1", "model:churn@2", "prompt:greet", "run:r1", "row:1"]
)
def test_what_is_not_held_is_not_explained(context, register, ref) -> None:
    register(b"weights")

    explained = ModelHolder().explain(context, ref)

    assert explained is None


def test_a_reference_without_a_name_is_refused(context) -> None:
    with pytest.raises(Invalid, match="refers to nothing"):
        ModelHolder().explain(context, "model:")
