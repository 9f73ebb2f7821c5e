"""Evidently's files become a monitor, and both tools look at the same rows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Denied, Invalid, NotFound, Unavailable
from headgate.monitor.adopting.reports import AdoptEvidently
from headgate.monitor.adopting.verb import adopt
from headgate.spine.context import Context, Step
from tests.monitor.adopting.standin import standin
from tests.monitor.adopting.windows import written
from tests.monitor.exchange import samples

CODE = "from evidently.metrics import ValueDrift\nValueDrift(column='amount', method='wasserstein')"


@pytest.fixture
def code(tmp_path: Path) -> str:
    """A file that builds a report on one column."""
    (tmp_path / "drift.py").write_text(CODE)
    return str(tmp_path / "drift.py")


def test_a_file_alone_is_translated_and_nothing_is_run(context: Context, tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text(json.dumps(samples.SNAPSHOT))

    found = adopt(context, AdoptEvidently(path=str(tmp_path / "saved.json"), watch="deployment:p"))

    assert (found.monitor, found.path) == ("saved", "monitors/saved.yaml")
    assert (found.version, found.compared, found.has_findings) == ("", (), False)
    text = (context.root / found.path).read_text()
    assert "watch: deployment:p\n" in text
    assert "data_drift: {psi: 0.2}" in text
    assert "Quantile" in [one.what for one in found.left_out]


def test_both_look_at_the_same_rows_and_progress_is_told(
    context: Context, tmp_path: Path, code: str
) -> None:
    before, after = map(str, written(tmp_path))
    told: list[Step] = []
    python = standin(tmp_path / "peer")

    found = adopt(
        replace(context, progress=told.append),
        AdoptEvidently(path=code, reference=before, current=after, python=python),
    )

    assert found.version == "0.7.23"
    assert (found.n_same, found.n_explained, found.n_unexplained) == (7, 2, 0)
    by_column = {one.column: one for one in found.compared}
    assert by_column["amount"].is_same
    assert by_column["city"].reasons == (
        "Evidently gives no number: ValueError: this one knows numbers only",
    )
    assert [(one.subject, one.check) for one in found.seen_here] == [("holes", "missing")]
    assert {one.what for one in told} == {"asking Evidently", "comparing"}


def test_a_csv_is_read_once_for_both(context: Context, tmp_path: Path, code: str) -> None:
    files = [str(path.with_suffix(".csv")) for path in written(tmp_path, n=800)]
    for name in files:
        table = pq.read_table(Path(name).with_suffix(".parquet")).select(["amount", "holes"])
        pa_csv.write_csv(table, name)

    found = adopt(
        context,
        AdoptEvidently(
            path=code,
            reference=files[0],
            current=files[1],
            python=standin(tmp_path / "peer"),
        ),
    )

    assert [one.is_same for one in found.compared] == [True, True]


def test_a_difference_without_a_reason_is_a_finding(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "drift.py"
    path.write_text(CODE.replace("wasserstein", "t_test"))
    before, after = map(str, written(tmp_path))

    found = adopt(
        context,
        AdoptEvidently(
            path=str(path), reference=before, current=after, python=standin(tmp_path / "peer")
        ),
    )

    assert found.has_findings
    assert found.compared[0].column == "amount"
    assert found.compared[0].reasons[0].startswith("not explained: ")


def test_columns_that_are_not_in_both_files_are_named(
    context: Context, tmp_path: Path, code: str
) -> None:
    before, after = written(tmp_path)
    pq.write_table(pq.read_table(after).drop_columns(["fell"]), after)

    found = adopt(
        context,
        AdoptEvidently(
            path=code,
            reference=str(before),
            current=str(after),
            python=standin(tmp_path / "peer"),
        ),
    )

    assert [(one.path, one.why) for one in found.left_out] == [
        ("fell", "the current window has no such column")
    ]


def test_what_cannot_be_done_is_told_before_anything_is_written(
    context: Context, tmp_path: Path, code: str
) -> None:
    before, after = map(str, written(tmp_path, n=20))
    both: dict[str, Any] = {"reference": before, "current": after}

    with pytest.raises(Invalid, match="one window alone is given"):
        adopt(context, AdoptEvidently(path=code, reference=before))
    with pytest.raises(NotFound, match="no file"):
        adopt(context, AdoptEvidently(path=str(tmp_path / "none.json")))
    with pytest.raises(NotFound, match="there is no Python at"):
        adopt(context, AdoptEvidently(path=code, **both, python=str(tmp_path / "none")))
    with pytest.raises(Unavailable, match="Evidently cannot be run by") as caught:
        adopt(context, AdoptEvidently(path=code, **both, python="false"))
    assert "evidently==0.7.23" in caught.value.mend
    assert not (context.root / "monitors").exists()


def test_who_asks_through_a_server_has_files_of_the_project_translated_only(
    context: Context, code: str
) -> None:
    remote = replace(context, is_remote=True)
    (context.root / "inside.py").write_text(CODE)

    with pytest.raises(Denied, match="outside of the project"):
        adopt(remote, AdoptEvidently(path=code))
    with pytest.raises(Denied, match="would be run"):
        adopt(remote, AdoptEvidently(path="inside.py", reference="a", current="b"))
    assert adopt(remote, AdoptEvidently(path="inside.py")).monitor == "inside"
