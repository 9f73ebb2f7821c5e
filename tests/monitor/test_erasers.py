"""A subject whose name is a category leaves profiles and findings; what is hidden never came in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor import operations
from headgate.monitor.erasers import MonitorEraser
from headgate.monitor.files import named
from headgate.monitor.referencing import newest
from headgate.monitor.requests import RunMonitor
from headgate.spine.context import Context
from headgate.spine.ports import Subject
from headgate.spine.work import Work
from headgate.surfaces.python import Project
from tests.monitor.worlds import Stream, days_of, watch

SECRET = "Zebedee Quixote"
LATER = "Ysolde Marchbanks"


def world(project: Project, context: Context, *more: str) -> None:
    """Watch a column in which people's names stand, one of them new on the second day."""
    rng = np.random.default_rng(5)

    def make(day: int, n: int) -> dict[str, Any]:
        names = ["Ann Example", SECRET, "Bo Example", *([LATER] if day == 1 else [])]
        return {"nurse": rng.choice(names, n).tolist(), "age": rng.normal(50, 9, n)}

    reference = pa.table(make(0, 3000))
    project.dataset.commit("train", reference.drop_columns(["nurse"]))
    watch(context, Stream("deployment", {"prod": days_of(make, 3, 900)}))
    (context.root / "monitors").mkdir()
    days = "reference: {days: 1, ending: 2026-10-02}"
    head = ("monitor: ward", "watch: deployment:prod", days)
    (context.root / "monitors" / "ward.yaml").write_text("\n".join((*head, *more)) + "\n")


def on_disk(root: Path, words: str) -> list[str]:
    """Name the files in which some words stand, as bytes of UTF-8 or as JSON writes them."""
    found: list[str] = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if words.encode() in path.read_bytes():
                found.append(str(path.relative_to(root)))
    return found


def run(context: Context) -> Any:
    return operations.run(context, RunMonitor(name="ward", until="2026-10-03"))


def test_with_privacy_hidden_no_name_is_anywhere_on_disk(
    project: Project, context: Context
) -> None:
    world(project, context, "privacy: hidden")

    report = run(context)

    (finding,) = [one for one in report.findings if one.subject == "nurse"]
    assert finding.kind == "new category"
    assert on_disk(context.root, SECRET) == []
    assert on_disk(context.root, LATER) == []
    labels = [one.labels for one in report.distributions if one.column == "nurse"]
    assert all(label.startswith("#") or label == "others" for label in labels[0])


def test_without_it_names_are_kept_and_findings_say_which_is_new(
    project: Project, context: Context
) -> None:
    world(project, context)

    report = run(context)

    (finding,) = [one for one in report.findings if one.subject == "nurse"]
    assert LATER in finding.says
    assert any(path.startswith(".headgate/monitors") for path in on_disk(context.root, SECRET))


@pytest.mark.parametrize("words", [(SECRET,), (LATER,)])
def test_an_erased_subject_leaves_profiles_and_findings_and_counts_stay(
    project: Project, context: Context, words: tuple[str, ...]
) -> None:
    world(project, context)
    before = run(context)
    eraser, subject = MonitorEraser(), Subject(affected=None, words=words, is_plan=False)

    plan = eraser.trace(context, Subject(affected=None, words=words, is_plan=True))
    traces = eraser.trace(context, subject)
    for one in traces.replacements:
        context.blobs.replace(one.key, context.blobs.get(one.staged))
    with Work(context) as work:
        n = eraser.rub_out(work.connection, context, subject)
        work.record("erased", "dataset:train", {})

    is_in_profile = words == (SECRET,)
    assert plan.n == traces.n == int(is_in_profile)
    assert (n > 0) == (words == (LATER,))
    found = newest(context, named(context.root, "ward", context.registry))
    assert found is not None
    assert SECRET in str(found[1].data.column("nurse")) or is_in_profile
    after = run(context)
    assert words[0] not in str(after)
    assert after.window.n_rows == before.window.n_rows
    assert eraser.trace(context, subject).n == 0
