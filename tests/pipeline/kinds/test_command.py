"""Steps that are commands: files in, a file out, an exit code, and what makes them run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate import shell
from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.kinds.process import CommandFailed
from tests.pipeline.writing import planned, run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FLOW = """
    from headgate import shell

    kept = shell(
        "kept",
        '''
        head -n 1 "$IN_orders" > "$OUT"
        sh scripts/keep.sh {floor} < {orders} >> "$OUT"
        ''',
        reads=["orders"],
        files=["scripts"],
        settings={"floor": 2},
        format="csv",
    )
"""
KEEP = "awk -F, -v floor=\"$1\" 'NR > 1 && $1 >= floor {print $0}'\n"
ROWS = pa.table({"id": [1, 2], "code": ["007", "008"], "_rid": [10, 11]})


@pytest.fixture
def built(project: Project) -> Project:
    """Orders, and a step that a script of the project makes of them."""
    project.dataset.commit("orders", {"id": [1, 2, 3], "code": ["01", "02", "03"]})
    write(project, flow=FLOW)
    (Path(project.address) / "scripts").mkdir()
    (Path(project.address) / "scripts" / "keep.sh").write_text(KEEP, encoding="utf-8")
    return project


def test_a_command_makes_rows_and_their_ids_come_through(built: Project) -> None:
    report = built.pipeline.run("flow")

    assert [(one.state, one.lineage, one.error) for one in report.steps] == [("ran", "row", None)]
    found = built.dataset.read("kept", row_ids=True).sort_by("id")
    orders = built.dataset.read("orders", row_ids=True).sort_by("id")
    assert found.equals(orders.select(found.column_names).slice(1))


@pytest.mark.parametrize(
    ("text", "script", "state", "why"),
    [
        (FLOW, KEEP, "cached", "nothing it depends on has changed"),
        (FLOW.replace("head -n 1", "head -1"), KEEP, "run", "the command of kept changed"),
        (FLOW, KEEP + "# more\n", "run", "file scripts/keep.sh changed"),
        (FLOW.replace(": 2}", ": 3}"), KEEP, "run", "setting floor is 3, was 2"),
    ],
)
def test_a_command_runs_again_when_it_or_its_files_have_changed(
    built: Project, text: str, script: str, state: str, why: str
) -> None:
    assert run(built, "flow") == {"kept": "ran"}

    write(built, flow=text)
    (Path(built.address) / "scripts" / "keep.sh").write_text(script, encoding="utf-8")

    assert planned(built, "flow") == {"kept": (state, (why,))}


def test_a_failed_command_is_a_failed_step_that_says_what_it_said_last(project: Project) -> None:
    project.dataset.commit("orders", {"id": [1]})
    write(
        project,
        flow="""
            from headgate import shell, step

            made = shell("made", "echo no space >&2; exit 3", reads=["orders"])

            @step
            def after(made):
                return made
        """,
    )

    report = project.pipeline.run("flow")

    assert [(one.name, one.state) for one in report.steps] == [
        ("made", "failed"),
        ("after", "skipped"),
    ]
    assert report.steps[0].error == "CommandFailed: exit code 3: no space"


def test_a_failed_command_is_tried_again(project: Project, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    project.dataset.commit("orders", {"id": [1]})
    write(
        project,
        flow=f"""
            from headgate import shell

            made = shell(
                "made",
                "test -e {mark} && cp {{orders}} {{out}} || (touch {mark}; false)",
                reads=["orders"], retries=1, wait_s=0.01,
            )
        """,
    )

    (step,) = project.pipeline.run("flow").steps

    assert (step.state, step.n_tries) == ("ran", 2)


@pytest.mark.parametrize("end", ["cp {orders} {out}", "exit 1"])
def test_files_of_rows_lie_in_the_project_s_cache_and_are_removed(
    project: Project, tmp_path: Path, end: str
) -> None:
    project.dataset.commit("orders", {"id": [1]})
    text = f"echo {{orders}} > {tmp_path}/told; {end}"
    write(
        project,
        flow=f"from headgate import shell\nkept = shell('kept', '{text}', reads=['orders'])\n",
    )

    project.pipeline.run("flow")

    told = Path((tmp_path / "told").read_text(encoding="utf-8").strip())
    assert told.is_relative_to(Path(project.address) / ".headgate" / "cache")
    assert not told.parent.parent.exists()


# ---- called as a function


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_rows_come_back_as_they_went_out(form: str) -> None:
    copied = shell("copied", ["cp", "{orders}", "{out}"], reads=["orders"], format=form)

    assert copied(orders=ROWS).equals(ROWS)


@pytest.mark.parametrize("place", ["{word}", '"{word}"', "'{word}'", '"$SET_word"'])
def test_no_setting_is_taken_for_a_command(place: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    bad = f"a'; touch {mark}; echo \"`touch {mark}` $(touch {mark})"

    step = shell("made", f"echo x > $OUT; printf '%s' {place} >&2; exit 1", settings={"word": bad})

    with pytest.raises(CommandFailed) as caught:
        step()
    assert not mark.exists()
    assert (bad in str(caught.value)) == (place in ("{word}", '"$SET_word"'))


def test_an_argument_is_filled_with_what_its_braces_name() -> None:
    words = ["sh", "-c", 'printf "word\n%s\n" "$1" > "$2"', "sh", "{word} {other} ${word}", "{out}"]

    step = shell("made", words, settings={"word": 7}, format="csv")

    assert step()["word"].to_pylist() == ["7 {other} ${word}"]


def test_braces_of_the_shell_and_of_other_programs_stay() -> None:
    text = "{ echo x; echo y | awk '{print}' ; echo ${IN_orders} ; } > \"${OUT}\""

    step = shell("made", text, reads=["orders"], format="csv")

    assert [str(one)[-13:] for one in step(orders=ROWS)["x"].to_pylist()] == ["y", "in/orders.csv"]


def test_the_first_command_that_fails_ends_a_text() -> None:
    with pytest.raises(CommandFailed, match="exit code 1"):
        shell("made", "false\necho x > $OUT", format="csv")()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (shell("a", "kill -9 $$"), CommandFailed, "ended by SIGKILL"),
        (shell("a", "echo said; exit 2"), CommandFailed, "exit code 2: said"),
        (
            shell("a", ["no-such-program"]),
            NotFound,
            "'no-such-program' cannot be started",
        ),
        (shell("a", "true"), Invalid, "nothing was written to a.parquet"),
        (shell("a", "echo x > $OUT"), Invalid, "a.parquet cannot be read as parquet"),
        (lambda: shell("a", "x", format="xml"), Invalid, "step a has format 'xml'"),
        (lambda: shell("a", "x", reads=["out"]), Invalid, "'out' stands for two things"),
        (lambda: shell("a", "x", files=["none"]).facts, NotFound, "which a step declares"),
    ],
)
def test_a_command_that_makes_no_rows_says_why(call: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind) as caught:
        call()

    assert message in str(caught.value)
