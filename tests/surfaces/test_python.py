"""The Python client: arguments, rows, runs and models, on a folder and against a server."""

from __future__ import annotations

import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from operator import attrgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from headgate.core import errors
from headgate.core.errors import Conflict, Denied, HeadgateError, Invalid, NotFound
from headgate.surfaces.python import Project

TABLE = pa.table({"a": [1, 2], "b": ["x", None]})


@pytest.fixture(params=["local", "remote"])
def opened(request: pytest.FixtureRequest) -> Project:
    name = "project" if request.param == "local" else "remote_project"
    return request.getfixturevalue(name)


class Frame:
    """Speaks the Arrow C stream and nothing else, as data frames do."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return TABLE.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "rows",
    [
        TABLE,
        TABLE.to_batches()[0],
        Frame(),
        [{"a": 1, "b": "x"}, {"a": 2}],
        {"a": [1, 2], "b": ["x", None]},
    ],
    ids=["table", "batch", "frame", "dicts", "lists"],
)
def test_rows_may_come_in_any_form(opened: Project, rows: object) -> None:
    opened.shelf.keep("tools", rows)

    assert opened.shelf.read("tools").equals(TABLE)


@pytest.mark.parametrize("rows", [3, [1, 2], [{"a": 1}, {"a": "x"}], None])
def test_what_is_no_rows_is_refused(opened: Project, rows: object) -> None:
    with pytest.raises(Invalid) as caught:
        opened.shelf.keep("tools", rows)

    assert "data frame" in caught.value.mend


def test_optional_fields_may_be_passed_by_position_or_name(opened: Project) -> None:
    by_position = opened.shelf.keep("tools", TABLE, "replace", ["x"])
    by_name = opened.shelf.keep(name="tools", rows=TABLE, mode="replace", labels=["x"])

    assert by_position == by_name


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 3, 10, tzinfo=UTC),
        datetime.fromisoformat("2026-11-03T10:00:00"),
        datetime(2026, 11, 3, 12, tzinfo=timezone(timedelta(hours=2))),
        "2026-11-03T10:00:00Z",
        "2026-11-03T10:00:00",
    ],
)
def test_a_time_may_be_a_datetime_or_text(opened: Project, moment: object) -> None:
    kept = opened.shelf.keep("tools", TABLE, since=moment, from_=moment)

    assert kept.request["since"] == "2026-11-03T10:00:00Z"


def test_one_text_is_a_list_of_one(opened: Project) -> None:
    kept = opened.shelf.keep("tools", TABLE, labels="red")

    assert kept.request["labels"] == ["red"]


def test_numbers_of_numpy_are_numbers(opened: Project) -> None:
    boxed = opened.box("n", b"a", np.int64(2))

    assert boxed == b"n:aa"


@pytest.mark.parametrize(
    ("arguments", "keywords", "said"),
    [
        (("tools", TABLE), {"moode": "append"}, "Did you mean 'mode'?"),
        (("tools", TABLE), {"colour": 1}, "It takes (name, rows, mode='append'"),
        (("tools",), {}, "missing argument 'rows'"),
        ((), {}, "missing argument 'name' and 'rows'"),
        (("tools", TABLE), {"name": "x"}, "multiple values for argument 'name'"),
        (("tools", TABLE, *"abcdefg"), {}, "takes at most 8 arguments, 9 were given"),
    ],
)
def test_wrong_arguments_are_a_type_error(project: Project, arguments, keywords, said) -> None:
    with pytest.raises(TypeError) as caught:
        project.shelf.keep(*arguments, **keywords)

    assert said in str(caught.value)


def test_an_unknown_noun_or_verb_names_the_nearest(project: Project) -> None:
    with pytest.raises(AttributeError, match="Did you mean: 'shelf'"):
        attrgetter("shelv")(project)

    with pytest.raises(AttributeError, match="Did you mean: 'keep'"):
        attrgetter("shelf.kep")(project)


def test_help_and_completion_know_the_verbs(project: Project) -> None:
    names = dir(project), dir(project.shelf)

    assert {"shelf", "box"} <= set(names[0])
    assert {"keep", "read", "list"} <= set(names[1])
    assert str(inspect.signature(project.box)) == "(label, content, times=1)"
    assert "label: what stands on the box" in str(inspect.getdoc(project.box))


def test_errors_keep_their_family_their_message_and_their_mend(opened: Project) -> None:
    with pytest.raises(NotFound) as caught:
        opened.fail("not-found")

    assert caught.value.message == "no shelf named 'tols'"
    assert caught.value.mend == "did you mean tools?"


def test_a_wrong_value_names_its_field(opened: Project) -> None:
    with pytest.raises(Invalid) as caught:
        opened.box("b", b"", "often")

    assert caught.value.message == "field 'times' of box: expected `int`, got `str`"
    assert caught.value.mend == "give times: a whole number (how often the bytes go in [count])"


def test_a_bug_on_the_server_is_told_from_a_mistake(remote_project: Project) -> None:
    with pytest.raises(HeadgateError) as caught:
        remote_project.fail("bug")

    assert type(caught.value) is errors.HeadgateError
    assert caught.value.exit_code == 3


def test_many_threads_share_one_project(opened: Project) -> None:
    with ThreadPoolExecutor(8) as pool:
        boxed = list(pool.map(lambda n: opened.box(str(n), b"x", n), range(64)))

    assert boxed == [f"{n}:".encode() + b"x" * n for n in range(64)]


def test_what_is_called_inside_a_run_is_tied_to_it(opened: Project) -> None:
    with opened.run("train", depth=3, name_of="ada", columns=["a"]) as run:
        inside = opened.shelf.keep("tools", TABLE)
        given = opened.shelf.keep("tools", TABLE, run="another")
    outside = opened.shelf.keep("tools", TABLE)

    assert run.id == "run_train"
    assert [each.request["run"] for each in (inside, given, outside)] == [run.id, "another", None]


def test_a_run_tells_its_parameters_its_code_and_its_environment(opened: Project) -> None:
    with opened.run("train", depth=3, name_of="ada") as run:
        told = run._started.told

    assert told["parameters"] == {"depth": "3", "name_of": "ada"}
    assert told["code_hash"].startswith("blake3:")
    assert {"python", "distributions", "numpy"} <= set(told["environment"])


def test_a_run_ends_as_done_with_its_metrics(opened: Project, root: Path) -> None:
    with opened.run("train") as run:
        run.log_metric("accuracy", np.float64(0.5))
        run.log_metric("accuracy", 0.75)

    finished = json.loads((root / "finished.json").read_bytes())
    assert (finished["state"], finished["metrics"]) == ("done", {"accuracy": 0.75})


def test_a_run_that_raises_ends_as_failed(opened: Project, root: Path) -> None:
    with pytest.raises(ZeroDivisionError), opened.run("train"):
        raise ZeroDivisionError("by zero")

    finished = json.loads((root / "finished.json").read_bytes())
    assert (finished["state"], finished["error"]) == ("failed", "ZeroDivisionError: by zero")


def test_threads_do_not_see_the_run_of_another(opened: Project) -> None:
    def keep(_: int) -> str | None:
        return opened.shelf.keep("tools", TABLE).request["run"]

    with opened.run("train"), ThreadPoolExecutor(1) as pool:
        seen = list(pool.map(keep, [0]))

    assert seen == [None]


def test_a_run_of_one_project_is_not_that_of_another(
    project: Project, remote_project: Project
) -> None:
    with project.run("train"):
        kept = remote_project.shelf.keep("tools", TABLE)

    assert kept.request["run"] is None


def test_a_model_comes_back_as_it_was_logged(opened: Project) -> None:
    with opened.run("train") as run:
        run.log_metric("accuracy", 0.5)
        kept = run.log_model("half", Fraction(1, 2), signature={"takes": "nothing"})

    assert opened.model.load("half", trust=True) == Fraction(1, 2)
    assert kept.told["run"] == run.id
    assert kept.told["metrics"] == {"accuracy": 0.5}
    assert kept.told["signature"] == {"takes": "nothing"}
    assert kept.told["code_hash"].startswith("blake3:")


def test_a_file_is_logged_as_it_is(opened: Project, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights")

    with opened.run("train") as run:
        kept = run.log_model("net", path)

    assert (kept.told["format"], kept.told["filename"]) == ("file", "weights.bin")
    assert opened.model.load("net") == b"weights"


def test_a_pickle_is_loaded_only_when_it_is_trusted(opened: Project) -> None:
    with opened.run("train") as run:
        run.log_model("half", Fraction(1, 2))

    with pytest.raises(Denied) as caught:
        opened.model.load("half")

    assert "trust=True" in caught.value.mend


def test_a_model_that_was_changed_is_not_loaded(opened: Project, root: Path) -> None:
    with opened.run("train") as run:
        run.log_model("half", Fraction(1, 2))
    (root / "half.model").write_bytes(b"cos\nsystem\n(S'false'\ntR.")

    with pytest.raises(Conflict, match="not those that were registered"):
        opened.model.load("half", trust=True)


def test_what_cannot_be_pickled_says_so(opened: Project) -> None:
    with opened.run("train") as run, pytest.raises(Invalid, match="cannot be pickled"):
        run.log_model("rule", lambda value: value)
