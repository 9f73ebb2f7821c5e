"""The installed commands as typed: files in and out, words misspelt, pipes closed, keys pressed."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

import headgate as package
from headgate.surfaces.verbs import table
from tests.surfaces.shell import shell

ROWS = [{"id": n, "city": f"city {n}", "share": n / 4} for n in range(1, 31)]
Shell = Callable[..., SimpleNamespace]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands") / "shop"
    with package.init(folder) as project:
        project.dataset.commit("orders", ROWS, key=["id"], message="all of them")
        project.prompt.create("greet", "Hello {name}")
    return folder


@pytest.fixture
def headgate(root: Path) -> Shell:
    return shell(table(), root)


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    ".parquet": lambda path: pq.read_table(path).to_pylist(),
    ".csv": lambda path: list(csv.DictReader(path.read_text().splitlines())),
    ".tsv": lambda path: list(csv.DictReader(path.read_text().splitlines(), delimiter="\t")),
    ".jsonl": lambda path: [json.loads(line) for line in path.read_text().splitlines()],
    ".arrow": lambda path: pa.ipc.open_file(str(path)).read_all().to_pylist(),
}


@pytest.mark.parametrize("suffix", READERS)
def test_rows_are_written_in_the_format_of_the_suffix(
    headgate: Shell, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"rows{suffix}"

    said = headgate("dataset", "read", "orders", "--output", path)

    rows = [{key: str(value) for key, value in row.items()} for row in READERS[suffix](path)]
    known = [{key: str(value) for key, value in row.items()} for row in ROWS]
    if suffix in (".csv", ".tsv"):
        rows = [row | {"share": str(float(row["share"]))} for row in rows]
    assert (said.code, said.out) == (0, f"30 rows written to {path}\n")
    assert rows == known


@pytest.mark.parametrize("suffix", READERS)
def test_rows_are_read_from_the_format_of_the_suffix(
    headgate: Shell, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"rows{suffix}"
    headgate("dataset", "read", "orders", "--output", path)

    said = headgate("dataset", "commit", f"from_{suffix[1:]}", path, "--key", "id", "--json")
    diffed = headgate(
        "query", f"select count(*) as n, sum(share) as s from from_{suffix[1:]}", "--json"
    )

    assert json.loads(said.out)["n_rows"] == 30
    assert json.loads(diffed.out) == [{"n": 30, "s": sum(row["share"] for row in ROWS)}]


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.parquet.zip"])
def test_a_suffix_that_tells_no_format_is_refused(
    headgate: Shell, tmp_path: Path, name: str
) -> None:
    said = headgate("dataset", "read", "orders", "--output", tmp_path / name)

    assert said.code == 2
    assert ".parquet, .csv" in said.err
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(("limit", "n_shown"), [("0", 0), ("3", 3), ("99", 30)])
def test_limit_says_how_many_rows_are_shown(headgate: Shell, limit: str, n_shown: int) -> None:
    shown = headgate("dataset", "read", "orders", "--limit", limit)
    as_json = headgate("dataset", "read", "orders", "--limit", limit, "--json")

    assert json.loads(as_json.out) == ROWS[:n_shown]
    assert len(re.findall(r"city \d", shown.out)) == n_shown
    assert ("of 30 rows" in shown.out) == (n_shown < 30)


@pytest.mark.parametrize("limit", ["-1", "many", "1.5", ""])
def test_a_limit_that_is_none_is_refused(headgate: Shell, limit: str) -> None:
    said = headgate("dataset", "read", "orders", "--limit", limit)

    assert (said.code, said.out) == (2, "")
    assert "--limit" in said.err


REQUESTS = {
    "release.yaml": "name: api\nprompt: greet@1\ntools: [search, mail]\nparameters:\n  t: '0'\n",
    "release.json": '{"name": "api", "prompt": "greet@1", "tools": ["search", "mail"],'
    ' "parameters": {"t": "0"}}',
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_nested_request_comes_from_a_file(headgate: Shell, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(REQUESTS[name], encoding="utf-8")

    made = headgate("release", "create", "--file", tmp_path / name, "--notes", "typed", "--json")

    release = json.loads(made.out)
    assert (release["tools"], release["parameters"]) == (["search", "mail"], {"t": "0"})
    assert release["notes"] == "typed"


def test_what_is_typed_goes_before_what_the_file_says(headgate: Shell, tmp_path: Path) -> None:
    path = tmp_path / "request.yaml"
    path.write_text("name: orders\nat: nonsense\nlimit: 2\n", encoding="utf-8")

    said = headgate("dataset", "diff", "--file", path)
    path.write_text("name: orders\nat: nonsense\n", encoding="utf-8")
    shown = headgate("dataset", "show", "--file", path, "--at", "1")

    assert said.code == 2
    assert "dataset.diff has no field 'at'" in said.err
    assert shown.code == 0, shown.err


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "just text", "", "a: [", "\x00", "!!python/object:os.system"]
)
def test_a_file_that_holds_no_fields_is_refused(headgate: Shell, tmp_path: Path, text: str) -> None:
    path = tmp_path / "request.yaml"
    path.write_text(text, encoding="utf-8")

    said = headgate("dataset", "show", "--file", path)

    assert said.code == 2
    assert "request.yaml" in said.err
    assert "mend: " in said.err


NOUNS = sorted(table().nouns())


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_alone_shows_its_verbs(headgate: Shell, noun: str) -> None:
    shown = headgate(noun)

    assert (shown.code, shown.err) == (0, "")
    for name, verb in table().nouns()[noun].items():
        assert f"  {name} " in shown.out
        assert verb.summary.split()[0] in shown.out


@pytest.mark.parametrize("words", [["help"], ["--help"], []])
def test_help_lists_everything(headgate: Shell, words: list[str]) -> None:
    shown = headgate(*words)

    assert (shown.code, shown.err) == (0, "")
    for verb in table().verbs.values():
        assert f"  {' '.join(verb.words)} " in shown.out


@pytest.mark.parametrize("words", [["dataset", "diff"], ["blast"], ["dataset"], ["init"]])
def test_help_before_a_verb_is_help_after_it(headgate: Shell, words: list[str]) -> None:
    before = headgate("help", *words)
    after = headgate(*words, "--help")

    assert (before.code, before.out) == (0, after.out)
    assert before.out.startswith(f"usage: headgate {' '.join(words)}")


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["datset", "list"], "did you mean dataset?"),
        (["blst", "source:x"], "did you mean blast?"),
        (["dataset", "comit"], "did you mean commit?"),
        (["diff", "orders"], "headgate dataset diff or headgate prompt diff"),
        (["dataset", "read", "orders", "--colums", "id"], "did you mean --columns?"),
        (["dataset", "read", "ordes"], "did you mean orders?"),
        (["dataset", "read", "orders@9"], "there is orders@1"),
        (["dataset", "read", "orders", "--columns", "citty"], "did you mean city?"),
        (["help", "datset"], "did you mean dataset?"),
        (["rollback", "prod", "--aply"], "did you mean --apply?"),
        (
            ["dataset", "commit", "orders", "x.csv", "--mode", "apend"],
            "append or overwrite or replace or upsert",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_misspelt_word_is_answered_with_the_nearest(
    headgate: Shell, words: list[str], mend: str
) -> None:
    said = headgate(*words)

    as_json = headgate(*words, "--json")
    failure = json.loads(as_json.err)
    assert (said.code, as_json.code, said.out, as_json.out) == (2, 2, "", "")
    assert mend in said.err
    assert mend in failure["mend"]
    assert set(failure) == {"code", "message", "mend"}


@pytest.mark.parametrize("words", [["--version"], ["--version", "--json"]])
def test_the_version_is_told(headgate: Shell, words: list[str]) -> None:
    from importlib.metadata import version

    shown = headgate(*words)

    assert (shown.code, shown.out) == (0, f"headgate {version('headgate')}\n")


CODES = [
    (["dataset", "list"], 0, None),
    (["dataset", "read", "nothing"], 2, "not-found"),
    (["dataset", "commit", "1bad", "{rows}"], 2, "invalid"),
    (["init", "."], 2, "conflict"),
    (["up", "--host", "0.0.0.0"], 2, "denied"),
    (
        ["dataset", "list", "--project", "http://127.0.0.1:9", "--token-file", "{token}"],
        2,
        "unavailable",
    ),
    (["dataset", "list", "--project", "http://127.0.0.1:9"], 2, "denied"),
]


@pytest.mark.parametrize(("words", "code", "family"), CODES, ids=lambda value: str(value)[:30])
def test_each_family_of_error_has_its_exit_code(
    headgate: Shell, tmp_path: Path, words: list[str], code: int, family: str | None
) -> None:
    rows, token = tmp_path / "rows.csv", tmp_path / "token"
    rows.write_text("id\n1\n", encoding="utf-8")
    token.write_text("any", encoding="utf-8")
    given = [word.format(rows=rows, token=token) for word in words]

    said = headgate(*given, "--json")

    assert said.code == code, said.err
    assert (json.loads(said.err)["code"] if said.err else None) == family


def test_options_may_stand_before_the_verb(headgate: Shell, root: Path) -> None:
    before = headgate("--json", "--project", root, "dataset", "log", "orders")
    after = headgate("dataset", "log", "orders", "--json", "--project", root)

    assert (before.code, before.out) == (0, after.out)


def test_a_word_that_looks_like_an_option_stands_behind_two_dashes(headgate: Shell) -> None:
    made = headgate("prompt", "create", "--json", "--", "dashes", "--not an option")

    assert json.loads(made.out)["template"] == "--not an option"


def test_an_option_set_twice_keeps_the_last_and_a_list_keeps_all(headgate: Shell) -> None:
    shown = headgate(
        *("dataset", "read", "orders", "--json", "--limit", "1", "--limit", "2"),
        *("--columns", "id", "--columns", "city"),
    )

    assert json.loads(shown.out) == [{"id": n, "city": f"city {n}"} for n in (1, 2)]


def test_bytes_of_a_model_go_in_and_out_through_pipes(root: Path) -> None:
    command = [sys.executable, "-m", "headgate", "model"]
    content = bytes(range(256))

    made = subprocess.run(
        [*command, "register", "net", "-", "--format", "file", "--project", str(root)],
        input=content,
        capture_output=True,
        check=True,
    )
    back = subprocess.run(
        [*command, "fetch", "net", "--project", str(root)], capture_output=True, check=True
    )

    assert b"net@1" in made.stdout
    assert back.stdout == content


def test_a_reader_that_leaves_early_ends_it_quietly(root: Path) -> None:
    read = f"{sys.executable} -m headgate dataset read orders --json --project {root}"
    many = f"{read} | head -c 1 > /dev/null; echo ${{PIPESTATUS[0]}}"

    piped = subprocess.run(
        many, shell=True, executable="/bin/bash", capture_output=True, text=True, check=False
    )

    assert (piped.stdout, piped.stderr) == ("0\n", "")


LISTENING = """
import runpy, signal

# what a shell starts in the background ignores it, and so does what that starts
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("headgate", run_name="__main__")
"""


def test_ctrl_c_ends_a_command_with_130_and_no_traceback(root: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "never.bin"
    os.mkfifo(fifo)
    command = ["model", "register", "slow", str(fifo), "--project", str(root)]
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, *command], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        # opening the pipe from this side waits until the command reads from it
        writing = fifo.open("wb")
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        writing.close()

    assert (process.returncode, out, err) == (130, b"", b"\n")


def test_moments_beyond_pythons_calendar_are_shown_not_crashed_on(
    headgate: Shell, root: Path
) -> None:
    far = pa.table({"day": pa.array([10**7, 0], pa.date32())})
    with package.open(root) as project:
        project.dataset.commit("far", far)

    shown = headgate("dataset", "read", "far")
    as_json = headgate("dataset", "read", "far", "--json")

    assert "29349-01-26" in shown.out
    assert [row["day"] for row in json.loads(as_json.out)] == ["29349-01-26", "1970-01-01"]


def test_the_same_command_twice_says_the_same(headgate: Shell) -> None:
    shown = [headgate("dataset", "show", "orders@1").out for _ in range(2)]

    assert shown[0] == shown[1]


def test_an_unknown_file_changes_nothing(headgate: Shell) -> None:
    before = headgate("event", "list", "--json").out

    said = headgate("dataset", "commit", "orders", "nowhere.csv")

    assert said.code == 2
    assert headgate("event", "list", "--json").out == before
