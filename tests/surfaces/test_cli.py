"""The command line: what is typed, what is shown, and what is said when it goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from headgate.core import times
from headgate.spine.context import Step
from headgate.surfaces.cli import progress
from headgate.surfaces.python import Project

ROWS = [{"a": number, "b": f"word {number}"} for number in range(30)]


def test_rows_are_shown_as_a_table_that_says_how_to_see_more(headgate, project: Project) -> None:
    project.shelf.keep("tools", ROWS)

    shown = headgate("shelf", "read", "tools")

    lines = shown.out.splitlines()
    assert lines[:2] == [" a  b", " 0  word 0"]
    assert lines[-1] == "20 of 30 rows; more with --limit N, all with --output FILE"


def test_json_rows_are_an_array_of_objects(headgate, project: Project) -> None:
    project.shelf.keep("tools", ROWS)

    shown = headgate("shelf", "read", "tools", "--json", "--limit", 2)

    assert json.loads(shown.out) == ROWS[:2]


def test_a_list_and_a_map_and_a_time_are_typed_as_options(
    headgate, project: Project, tmp_path: Path
) -> None:
    del project
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,x\n")

    kept = headgate(
        *("shelf", "keep", "tools", path, "--labels", "red,blue", "--labels", "green"),
        *("--limits", "cup=3", "--since", "2026-11-03", "--from", "ann", "--json"),
    )

    assert kept.code == 0, kept.err
    request = json.loads(kept.out)["request"]
    assert request["labels"] == ["red", "blue", "green"]
    assert request["limits"] == {"cup": 3}
    assert times.parse(request["since"]) == times.parse("2026-11-03")
    assert request["from"] == "ann"


def test_a_whole_request_may_come_from_a_file(headgate, tmp_path: Path) -> None:
    request, body = tmp_path / "request.yaml", tmp_path / "body"
    request.write_text("label: box\ntimes: 2\n")
    body.write_bytes(b"ab")

    boxed = headgate("box", body, "--file", request)

    assert boxed.raw == b"box:abab"


def test_bytes_are_written_to_a_file_and_counted(headgate, tmp_path: Path) -> None:
    body, out = tmp_path / "body", tmp_path / "out"
    body.write_bytes(b"ab")

    boxed = headgate("box", "box", body, "--output", out)

    assert boxed.out == f"6 bytes written to {out}\n"
    assert out.read_bytes() == b"box:ab"


def test_bytes_are_not_written_to_a_terminal(headgate, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"ab")

    boxed = headgate("box", "box", body, is_terminal=True)

    assert boxed.code == 2
    assert "--output FILE" in boxed.err


@pytest.mark.parametrize(
    ("arguments", "code", "message", "mend"),
    [
        (["fail", "conflict"], 2, "the shelf has moved", "read it again"),
        (["fail", "not-found"], 2, "no shelf named 'tols'", "did you mean tools?"),
        (["fail", "disk"], 2, "/somewhere/segments: no space left on device", "free some space"),
        (["fail", "bug"], 3, "RuntimeError: a thing that cannot be", "this is a bug in Headgate"),
        (["fail", "bugg"], 2, "KIND cannot be 'bugg'", "bug or conflict"),
        (["fail"], 2, "headgate fail needs KIND", "write: headgate fail KIND"),
        (["fail", "bug", "2"], 2, "headgate fail has no place for '2'", "write: headgate fail"),
        (["shelv", "list"], 2, "no verb or noun named 'shelv'", "did you mean shelf?"),
        (["shelf", "lst"], 2, "no verb of shelf named 'lst'", "did you mean list?"),
        (["keep"], 2, "verb 'keep' stands after its noun", "write: headgate shelf keep"),
        (["shelf", "list", "--jsn"], 2, "no such option '--jsn'", "did you mean --json?"),
        (["box", "b", "nowhere"], 2, "nowhere: no such file or directory", "check the path"),
        (["shelf", "list", "--project", "/nowhere"], 2, "no project in /nowhere", "headgate init"),
        (["box", "b", "x", "--times", "many"], 2, "--times cannot be 'many'", "a whole number"),
        (["shelf", "list", "--file", "no.yaml"], 2, "no.yaml: no such file", "check the path"),
    ],
)
def test_an_error_says_what_is_wrong_and_how_to_mend_it(
    headgate, arguments: list[str], code: int, message: str, mend: str
) -> None:
    failed = headgate(*arguments)

    first, second, *rest = failed.err.splitlines()
    assert (failed.code, failed.out, rest) == (code, "", [])
    assert first.startswith(message)
    assert second.startswith("mend: ")
    assert mend in second


def test_an_error_is_json_where_json_is_asked_for(headgate) -> None:
    failed = headgate("fail", "conflict", "--json")

    said = json.loads(failed.err)

    assert said == {
        "code": "conflict",
        "message": "the shelf has moved",
        "mend": "read it again",
    }


def test_a_bug_shows_its_traceback_only_when_asked(headgate, monkeypatch) -> None:
    quiet = headgate("fail", "bug")
    monkeypatch.setenv("HEADGATE_TRACEBACK", "1")

    loud = headgate("fail", "bug")

    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err


def test_ctrl_c_is_quiet(headgate) -> None:
    stopped = headgate("fail", "interrupt")

    assert (stopped.code, stopped.err) == (130, "\n")


def test_a_broken_settings_file_is_named(headgate, root: Path) -> None:
    (root / "headgate.toml").write_text("name = ")

    failed = headgate("config", "show")

    assert failed.code == 2
    assert "headgate.toml cannot be read" in failed.err


def test_config_show_never_reads_a_secret(headgate, root: Path, monkeypatch) -> None:
    (root / "headgate.toml").write_text('name = "env:SHOP_NAME"\n')
    monkeypatch.setenv("SHOP_NAME", "hidden")

    shown = headgate("config", "show", "--json")

    values = {each["name"]: each["value"] for each in json.loads(shown.out)}
    assert values["name"] == "env:SHOP_NAME"
    assert "hidden" not in shown.out


def test_the_project_is_found_in_a_folder_above(headgate, root: Path, monkeypatch) -> None:
    (root / "deep" / "down").mkdir(parents=True)
    monkeypatch.setattr(Path, "cwd", lambda: root / "deep" / "down")

    shown = headgate("config", "show")

    assert shown.code == 0, shown.err


def test_a_command_speaks_to_a_server_when_the_project_is_an_address(
    headgate, server, token: str, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text(token)

    listed = headgate("--project", server.address, "shelf", "list", "--token-file", path, "--json")

    assert (listed.code, json.loads(listed.out)) == (0, [])


def test_colours_stay_away_from_pipes_and_from_no_color(headgate, monkeypatch) -> None:
    colored = headgate("config", "show", is_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    asked = headgate("config", "show", is_terminal=True)
    piped = headgate("config", "show")

    assert "\x1b[" in colored.out
    assert "\x1b[" not in asked.out
    assert "\x1b[" not in piped.out


def test_escape_codes_in_data_do_not_reach_the_terminal(headgate, project: Project) -> None:
    project.shelf.keep("tools", [{"a": "\x1b[2Jgone"}])

    shown = headgate("shelf", "read", "tools")

    assert "\\x1b[2Jgone" in shown.out


def test_progress_is_shown_on_a_terminal_only(headgate, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")

    seen = headgate("shelf", "keep", "tools", path, is_terminal=True)
    piped = headgate("shelf", "keep", "tools", path)

    assert "keep  1/1 rows  100%" in seen.err
    assert piped.err == ""


def test_progress_says_how_much_how_fast_and_how_long_yet() -> None:
    step = Step("commit orders", 2_000_000, 5_000_000)

    line = progress.line(step, 4.0)

    assert line == "commit orders  2.0M/5.0M rows  40%  500.0k rows/s  6 s left"


def test_a_reader_that_leaves_early_is_no_error(root: Path) -> None:
    command = f"{sys.executable} -m headgate.surfaces.cli.main config show --json"

    piped = subprocess.run(
        f"{command} --project {root} | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (piped.stdout, piped.stderr) == ("0\n", "")
