"""Whatever changes, exactly the steps that depend on it run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headgate.pipeline import code
from headgate.pipeline.memo import Parts
from tests.pipeline.writing import ORDERS, PRICES, SHOP, planned, run, shop, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.surfaces.python import Project

NONE = {"priced": "cached", "dear": "cached", "totals": "cached"}


@pytest.fixture
def built(project: Project) -> Project:
    """A project whose pipeline ran once."""
    shop(project)
    assert run(project) == {"priced": "ran", "dear": "ran", "totals": "ran"}
    return project


def edit(file: str, text: str, old: str, new: str) -> Callable[[Project], None]:
    """Change a file of the pipeline."""
    assert old in text
    return lambda project: write(project, **{file: text.replace(old, new)})


def commit(**columns: Any) -> Callable[[Project], object]:
    """Change a column of the orders."""
    return lambda project: project.dataset.commit("orders", ORDERS | columns, key=["id"])


UNCHANGED: dict[str, Callable[[Project], object]] = {
    "nothing": lambda project: None,
    "a comment": edit("_prices", PRICES, "return pc", "# by the rate\n        return pc"),
    "a docstring": edit(
        "shop", SHOP, "rate: float = 2.0):", 'rate: float = 2.0):\n        """Price."""'
    ),
    "an empty line": edit("shop", SHOP, "@step\n    def dear", "\n\n    @step\n    def dear"),
    "a function nobody calls": edit(
        "_prices", PRICES, "def in_euro", "def other(): pass\n\n    def in_euro"
    ),
    "an unread column": commit(note=["x", "y", "z"]),
    "the order of rows": lambda project: project.dataset.commit(
        "orders", {name: values[::-1] for name, values in ORDERS.items()}, key=["id"]
    ),
    "another file": lambda project: write(project, other="from headgate import step\n"),
}


@pytest.mark.parametrize("change", UNCHANGED)
def test_no_step_runs_for_what_none_depends_on(built: Project, change: str) -> None:
    before = built.dataset.show("totals").snapshot.version_id

    UNCHANGED[change](built)

    assert run(built) == NONE
    assert built.dataset.show("totals").snapshot.version_id == before


CHANGED: dict[str, tuple[Callable[[Project], object], dict[str, str], str]] = {
    "a helper": (
        edit("_prices", PRICES, "multiply", "add"),
        {"priced": "ran", "dear": "ran", "totals": "ran"},
        "_prices.in_euro changed",
    ),
    "a helper, with the same outcome": (
        edit("_prices", PRICES, "pc.multiply(column, rate)", "pc.multiply(rate, column)"),
        {"priced": "ran", "dear": "cached", "totals": "cached"},
        "_prices.in_euro changed",
    ),
    "a step": (
        edit("shop", SHOP, "pc.greater(", "pc.greater_equal("),
        {"priced": "cached", "dear": "ran", "totals": "cached"},
        "shop.dear changed",
    ),
    "the default of a setting": (
        edit("shop", SHOP, "floor: float = 100.0", "floor: float = 150.0"),
        {"priced": "cached", "dear": "ran", "totals": "ran"},
        "setting floor is 150.0, was 100.0",
    ),
    "one input row": (
        commit(price=[20.0, 60.0, 91.0]),
        {"priced": "ran", "dear": "ran", "totals": "ran"},
        "orders@2 holds other rows than orders@1",
    ),
    "a row that is filtered out": (
        commit(price=[21.0, 60.0, 90.0]),
        {"priced": "ran", "dear": "ran", "totals": "cached"},
        "orders@2 holds other rows than orders@1",
    ),
    "what it made, by hand": (
        lambda project: project.dataset.commit("dear", [{"id": 9, "price": 1.0}]),
        {"priced": "cached", "dear": "ran", "totals": "cached"},
        "dear@2 is not what it made: changed by hand",
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_exactly_the_steps_that_depend_on_it_run(built: Project, change: str) -> None:
    deed, states, reason = CHANGED[change]

    deed(built)
    told = planned(built)
    found = run(built)

    assert found == states
    assert [why for _, reasons in told.values() for why in reasons if why == reason]
    assert run(built) == NONE


def test_a_setting_given_for_one_run_counts_for_it_alone(built: Project) -> None:
    first = run(built, floor="150")
    again = run(built, floor="150")
    back = run(built)

    assert first == {"priced": "cached", "dear": "ran", "totals": "ran"}
    assert again == NONE
    assert back == {"priced": "cached", "dear": "ran", "totals": "ran"}


def test_another_version_of_a_library_runs_the_steps_that_use_it(
    built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = SHOP.replace('pc.sum(dear["price"]).as_py()', 'sum(dear["price"].to_pylist())')
    write(built, shop=plain)
    assert run(built) == {"priced": "cached", "dear": "cached", "totals": "ran"}
    known = code.version_of

    monkeypatch.setattr(code, "version_of", lambda top: "99" if top == "pyarrow" else known(top))
    told = planned(built)

    assert "pyarrow is 99, was " in told["priced"][1][0]
    assert {name: state for name, (state, _) in told.items()} == {
        "priced": "run",
        "dear": "run",
        "totals": "wait",
    }


def test_a_plan_runs_nothing(built: Project) -> None:
    before = built.event.list().events[0]

    assert {name: state for name, (state, _) in planned(built, rate="3").items()} == {
        "priced": "run",
        "dear": "wait",
        "totals": "wait",
    }
    assert built.event.list().events[0] == before


def test_parts_made_of_others_have_a_key_of_their_own() -> None:
    parts = Parts(code={}, libraries={}, settings={}, how={}, inputs={"orders": "1"})
    key = parts.key

    other = msgspec.structs.replace(parts, inputs={"orders": "2"})

    assert other.key != key == parts.key
