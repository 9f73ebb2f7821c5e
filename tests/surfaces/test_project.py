"""The Python client on the installed verbs: rows, moments, runs, models, and the end of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import Conflict, Denied, HeadgateError, Invalid, NotFound, Unavailable
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.surfaces.callers import method
from tests.surfaces.routes import serving

TABLE = pa.table({"id": [1, 2], "city": ["Oslo", None]})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "shop"
    headgate.init(folder).close()
    return folder


@pytest.fixture(scope="module", params=["local", "remote"])
def project(request: pytest.FixtureRequest, root: Path) -> Iterator[Project]:
    with ExitStack() as stack:
        if request.param == "local":
            yield stack.enter_context(headgate.open(root))
            return
        server = stack.enter_context(serving(root))
        address = f"http://127.0.0.1:{server.port}"
        yield stack.enter_context(headgate.open(address, token=server.token))


class Frame:
    """Speaks the Arrow C stream and nothing else, as pandas, polars and duckdb do."""

    def __init__(self, held: pa.Table) -> None:
        self._held = held

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._held.__arrow_c_stream__(requested_schema)


FORMS = {
    "table": TABLE,
    "batch": TABLE.to_batches()[0],
    "frame": Frame(TABLE),
    "dicts": [{"id": 1, "city": "Oslo"}, {"id": 2}],
    "tuple of dicts": ({"id": 1, "city": "Oslo"}, {"id": 2, "city": None}),
    "dict of lists": {"id": [1, 2], "city": ["Oslo", None]},
    "dict of arrays": {"id": np.array([1, 2]), "city": pa.array(["Oslo", None])},
    "several chunks": pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]),
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_every_form_are_the_same_rows(project: Project, form: str) -> None:
    name = "form_" + form.replace(" ", "_")

    made = project.dataset.commit(name, FORMS[form])

    assert project.dataset.read(name).equals(TABLE)
    assert made.content_root == project.dataset.commit(f"{name}_again", TABLE).content_root


EMPTY = {"no rows": TABLE.slice(0, 0), "an empty frame": Frame(TABLE.slice(0, 0))}


@pytest.mark.parametrize("form", ["no rows", "an empty frame"])
def test_a_table_without_rows_keeps_its_columns(project: Project, form: str) -> None:
    name = form.replace(" ", "_")

    made = project.dataset.commit(name, EMPTY[form])

    assert (made.n_rows, [column.name for column in made.columns]) == (0, ["id", "city"])
    assert project.dataset.read(name).num_rows == 0


@pytest.mark.parametrize("rows", [7, [1, 2], [[1]], {"a": [1], "b": [1, 2]}, [{"a": object()}]])
def test_what_is_no_rows_is_refused_with_the_forms_there_are(project: Project, rows: Any) -> None:
    with pytest.raises(Invalid) as refused:
        project.dataset.commit("never", rows)

    assert "a list of dicts or a dict of lists" in refused.value.mend
    with pytest.raises(NotFound):
        project.dataset.read("never")


MOMENTS = [
    datetime(2026, 11, 3, tzinfo=UTC),
    datetime.fromisoformat("2026-11-03T00:00:00"),
    datetime(2026, 11, 3, 2, tzinfo=timezone(timedelta(hours=2))),
    date(2026, 11, 3),
    np.datetime64("2026-11-03"),
    "2026-11-03",
    "2026-11-03T00:00:00Z",
    "2026-11-03T01:00:00+01:00",
]


@pytest.mark.parametrize("moment", MOMENTS, ids=repr)
def test_a_moment_may_be_a_datetime_a_date_or_text(project: Project, moment: Any) -> None:
    rows = [{"prediction_id": f"at-{n}", "at": datetime(2026, 11, n, tzinfo=UTC)} for n in (2, 4)]
    project.prediction.log(rows)

    listed = project.prediction.list(from_=moment)
    before = project.prediction.list(to=moment)

    assert listed["prediction_id"].to_pylist() == ["at-4"]
    assert before["prediction_id"].to_pylist() == ["at-2"]


@pytest.mark.parametrize("number", [1, np.int64(1), "1"])
def test_a_snapshot_is_named_by_number_as_a_number_or_as_text(
    project: Project, number: Any
) -> None:
    first = project.dataset.commit("numbered", TABLE)
    project.dataset.commit("numbered", TABLE.slice(1))

    read = project.dataset.read("numbered", at=number)

    assert read.num_rows == first.n_rows == 2


def test_a_truth_is_not_taken_for_a_number(project: Project) -> None:
    project.dataset.commit("numbered", TABLE)

    with pytest.raises(Invalid, match=r"field 'at' of dataset.read: expected `str"):
        project.dataset.read("numbered", at=True)


def test_numbers_of_more_than_64_bits_are_refused_wherever_they_lie(project: Project) -> None:
    with pytest.raises(Invalid, match=r"field 'limit' of run.list"):
        project.run.list(limit=2**64)
    with pytest.raises(Invalid, match=r"field 'value' of prediction.feedback"):
        project.prediction.feedback("p1", "label", 2**64)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda p: p.dataset.commit("a", TABLE, moode="append"), "Did you mean 'mode'?"),
        (lambda p: p.dataset.diff("a", frm=1), "Did you mean 'from_'?"),
        (lambda p: p.dataset.read(), "missing argument 'name'"),
        (lambda p: p.dataset.read("a", name="b"), "multiple values for argument 'name'"),
        (
            lambda p: p.blast("source:a", None, None, None),
            "takes at most 3 arguments, 4 were given",
        ),
        (lambda p: p.run.finish("r"), "missing argument 'state'"),
        (lambda p: p.prediction.log(), "missing argument 'rows'"),
        (lambda p: p.config.show(colour=1), "It takes (prefix='')"),
    ],
)
def test_a_wrong_argument_is_a_type_error_that_names_the_nearest(
    project: Project, call: Any, said: str
) -> None:
    with pytest.raises(TypeError) as refused:
        call(project)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("words", "near"),
    [("datset", "dataset"), ("blas", "blast"), ("dataset.comit", "commit"), ("model.lod", None)],
)
def test_an_unknown_word_is_an_attribute_error(
    project: Project, words: str, near: str | None
) -> None:
    def reach(found: Any) -> None:
        for word in words.split("."):
            found = getattr(found, word)

    with pytest.raises(AttributeError) as refused:
        reach(project)

    assert words.rpartition(".")[2] in str(refused.value)
    assert near is None or f"Did you mean: {near!r}?" in str(refused.value)


@pytest.mark.parametrize("name", sorted(table().verbs))
def test_every_verb_has_a_signature_help_and_a_readable_name(project: Project, name: str) -> None:
    verb = table().verbs[name]

    found = method(project, verb)

    assert found.__doc__
    assert found.__doc__.startswith(verb.doc)
    assert repr(found).startswith(f"<{name}(")
    assert all(f"    {field.name}: " in found.__doc__ for field in verb.fields)


def reads_of(project: Project, run: str) -> list[tuple[str, int]]:
    return [(read.dataset, read.number) for read in project.run.show(run).reads]


def test_each_thread_has_a_run_of_its_own(project: Project) -> None:
    names = [f"threaded_{n}" for n in range(6)]
    for name in names:
        project.dataset.commit(name, TABLE)
    together = threading.Barrier(len(names))

    def work(name: str) -> str:
        with project.run("work") as run:
            together.wait()
            project.dataset.read(name)
        return run.id

    with ThreadPoolExecutor(len(names)) as pool:
        runs = list(pool.map(work, names))

    assert len(set(runs)) == len(names)
    assert [[read[0] for read in reads_of(project, run)] for run in runs] == [[n] for n in names]


def test_a_run_inside_a_run_takes_what_is_read_inside_it(project: Project) -> None:
    project.dataset.commit("outer", TABLE)
    project.dataset.commit("inner", TABLE)
    project.dataset.commit("after", TABLE)

    with project.run("whole") as whole:
        project.dataset.read("outer")
        with project.run("part") as part:
            project.dataset.read("inner")
        project.dataset.read("after")

    assert [name for name, _ in reads_of(project, whole.id)] == ["outer", "after"]
    assert [name for name, _ in reads_of(project, part.id)] == ["inner"]


def test_a_run_that_raises_is_kept_as_failed_with_its_error(project: Project) -> None:
    project.dataset.commit("orders", TABLE)
    run = project.run("train")

    def train() -> None:
        with run:
            project.dataset.read("orders")
            raise ZeroDivisionError("no rows to divide by")

    with pytest.raises(ZeroDivisionError):
        train()

    kept = project.run.show(run.id).record
    assert (kept.state, kept.error) == ("failed", "ZeroDivisionError: no rows to divide by")
    assert [name for name, _ in reads_of(project, run.id)] == ["orders"]


def test_a_run_that_has_ended_takes_nothing_more(project: Project) -> None:
    project.dataset.commit("orders", TABLE)
    with project.run("train") as run:
        pass

    with pytest.raises(Conflict) as refused:
        project.dataset.read("orders", run=run.id)

    assert reads_of(project, run.id) == []
    assert refused.value.mend


def test_a_run_that_never_began_has_no_id(project: Project) -> None:
    run = project.run("train")

    with pytest.raises(Conflict) as refused:
        run.log_model("half", {})

    assert "with project.run" in refused.value.mend


def test_an_estimator_is_kept_with_what_it_takes_and_gives(project: Project) -> None:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression().fit(np.array([[0.0, 1], [1, 0], [2, 2]]), ["no", "yes", "yes"])

    with project.run("train") as run:
        run.log_metric("accuracy", 1.0)
        made = run.log_model("churn", fitted)

    back = project.model.load("churn", trust=True)
    assert made.signature["class"].endswith("LogisticRegression")
    assert (made.signature["n_features"], made.signature["classes"]) == (2, ["no", "yes"])
    assert made.metrics == {"accuracy": 1.0}
    assert back.predict([[2, 2]]).tolist() == ["yes"]
    assert {"python", "scikit-learn", "numpy"} <= set(made.environment)


@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_is_kept_as_it_is_and_needs_no_trust(
    project: Project, tmp_path: Path, as_text: bool
) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(range(256)))

    with project.run("train") as run:
        made = run.log_model("weights", str(path) if as_text else path)

    assert (made.format, made.filename, made.n_bytes) == ("file", "weights.bin", 256)
    assert project.model.load("weights") == bytes(range(256))


@pytest.mark.parametrize("model", [lambda rows: rows, threading.Lock(), (n for n in range(3))])
def test_what_cannot_be_pickled_is_refused_and_nothing_is_kept(
    project: Project, model: Any
) -> None:
    with project.run("train") as run, pytest.raises(Invalid) as refused:
        run.log_model("unpicklable", model)

    assert "cannot be pickled" in refused.value.message
    assert "log the path" in refused.value.mend
    with pytest.raises(NotFound):
        project.model.show("unpicklable")


@pytest.mark.parametrize("trust", [False, None, 1, "yes"])
def test_a_pickle_is_loaded_for_no_trust_but_true(project: Project, trust: Any) -> None:
    with project.run("train") as run:
        run.log_model("half", {"weights": [0.5]})

    with pytest.raises(Denied, match="executes the code in its pickle"):
        project.model.load("half", trust=trust)


def test_a_model_whose_bytes_were_changed_on_disk_is_not_loaded(
    project: Project, root: Path
) -> None:
    with project.run("train") as run:
        made = run.log_model("sealed", {"only": "once", "run": run.id})
    (blob,) = [path for path in (root / ".headgate").rglob(f"*{made.digest}*") if path.is_file()]
    blob.chmod(0o600)
    blob.write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")

    with pytest.raises(HeadgateError) as refused:
        project.model.load("sealed", trust=True)

    assert refused.value.code in {"invalid", "conflict"}
    assert "digest" in refused.value.message
    assert "backup" in refused.value.mend


def test_closing_twice_does_no_harm(root: Path) -> None:
    opened = headgate.open(root)
    opened.dataset.list()

    opened.close()
    opened.close()

    with headgate.open(root) as again:
        assert again.dataset.list() is not None


def test_a_project_closed_opens_its_catalog_again_when_asked(root: Path) -> None:
    opened = headgate.open(root)
    before = len(opened.dataset.list().datasets)
    opened.close()

    after = len(opened.dataset.list().datasets)
    opened.close()

    assert after == before


def test_a_remote_project_closed_connects_again_while_its_server_answers(root: Path) -> None:
    with serving(root) as server:
        opened = headgate.open(f"http://127.0.0.1:{server.port}", token=server.token)
        opened.close()
        listed = opened.dataset.list()
        opened.close()

    with pytest.raises(Unavailable) as refused:
        opened.dataset.list()

    assert listed.datasets is not None
    assert "headgate up" in refused.value.mend


def test_two_projects_do_not_share_a_run(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("orders", TABLE)

    with headgate.init(tmp_path / "other") as other, other.run("elsewhere") as run:
        project.dataset.read("orders")
        other.dataset.commit("orders", TABLE)

    with headgate.open(tmp_path / "other") as other:
        assert reads_of(other, run.id) == []
        assert [each.dataset for each in other.run.show(run.id).wrote] == ["orders"]


def test_a_project_says_what_it_is(project: Project) -> None:
    assert repr(project) == f"<headgate.Project {project.address}>"
    assert repr(project.run).startswith("<project.run: ")
    assert "commit" in repr(project.dataset)
