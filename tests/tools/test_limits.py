"""The limits are measured as style says, and a broken one says where to look."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import limits
from tools.limits import Signal, Source

CONFIGURED = '[tool.ruff.lint]\nignore = ["A", "B"]\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a repository with one module, and one test as long as the module."""
    (tmp_path / "pyproject.toml").write_text(CONFIGURED)
    (tmp_path / ".importlinter").write_text("[importlinter]\n")
    write(tmp_path, "src/headgate/rows.py", "def count():\n    return 1\n")
    write(tmp_path, "tests/test_rows.py", "def test_count():\n    assert True\n")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def broken(root: Path) -> list[str]:
    return [signal.name for signal in limits.signals(root) if not signal.holds]


def source(text: str) -> Source:
    return Source(Path("rows.py"), text)


def test_a_small_repository_breaks_no_limit(root: Path) -> None:
    assert broken(root) == []
    assert limits.main(root) == 0


def test_a_docstring_adds_nothing_to_a_functions_length() -> None:
    bare = source("def f():\n    a = 1\n    return a\n")
    told = source('def f():\n    """Say.\n\n    More.\n    """\n    a = 1\n    return a\n')

    assert bare.functions == [(3, "rows.py:1 f")]
    assert told.functions == [(3, "rows.py:1 f")]


def test_a_function_inside_a_function_is_measured_too() -> None:
    nested = source("def f():\n    async def g():\n        return 1\n    return g\n")

    assert sorted(nested.functions) == [(2, "rows.py:2 g"), (4, "rows.py:1 f")]


def test_a_function_of_81_lines_breaks_the_limit(root: Path) -> None:
    write(root, "src/headgate/long.py", "def f():\n" + "    a = 1\n" * 80)

    assert "function lines, max" in broken(root)


def test_a_file_of_501_lines_breaks_the_limit(root: Path) -> None:
    write(root, "src/headgate/long.py", "a = 1\n" * 501)

    assert "file lines, max" in broken(root)


def test_a_broken_limit_names_the_longest_functions(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, "src/headgate/long.py", "def f():\n" + "    a = 1\n" * 80)

    status = limits.main(root)

    assert status == 1
    assert "src/headgate/long.py:1 f: 81" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "n_bare"),
    [
        ("a = 1  # noqa: A001\n", 1),
        ("a = 1  # noqa\n", 1),
        ("a = 1  # noqa: A001, E501\n", 1),
        ("a = 1  # noqa: A001 - the name users expect\n", 0),
        ("# ruff: noqa: A001 - the name users expect\n", 0),
        ("a = '# noqa'\n", 0),
    ],
)
def test_a_suppression_needs_a_reason(text: str, n_bare: int) -> None:
    _, bare = limits.suppressions("noqa", limits.NOQA, [source(text)])

    assert bare.figure == n_bare


@pytest.mark.parametrize(
    ("text", "n_found", "n_bare"),
    [
        ("a = 1  # type: ignore[assignment]\n", 1, 1),
        ("a = 1  # pyright: ignore[reportCallIssue] - its stub forgets this\n", 1, 0),
        ("# pyright: basic\n", 1, 1),
        ("# pyright: strict\n", 0, 0),
    ],
)
def test_a_weaker_type_check_counts_as_an_ignore(text: str, n_found: int, n_bare: int) -> None:
    density, bare = limits.suppressions("type ignores", limits.IGNORE, [source(text)])

    assert len(density.places) == n_found
    assert bare.figure == n_bare


def test_suppressions_are_counted_per_thousand_lines() -> None:
    text = "a = 1  # noqa: A001 - the name users expect\n" + "a = 1\n" * 1999

    density, _ = limits.suppressions("noqa", limits.NOQA, [source(text)])

    assert density.figure == 0.5
    assert density.holds


@pytest.mark.parametrize("stem", ["utils", "util", "helpers", "common", "misc", "manager", "base"])
def test_a_file_whose_name_says_nothing_breaks_the_limit(root: Path, stem: str) -> None:
    write(root, f"src/headgate/{stem}.py", "")

    assert broken(root) == ["files named utils, helpers, base ..."]


def test_a_comment_that_puts_work_off_breaks_the_limit(root: Path) -> None:
    write(root, "src/headgate/later.py", "# TO" + "DO: later\n")

    assert broken(root) == ["comments that put work off"]


@pytest.mark.parametrize(("n_lines", "holds"), [(1, False), (2, True), (3, True), (4, False)])
def test_tests_are_between_1_0_and_1_6_times_the_code(
    root: Path, n_lines: int, holds: bool
) -> None:
    write(
        root, "tests/test_rows.py", "a = 1\n" * n_lines + '\n# not counted\n"""Nor this."""\n' * 5
    )

    assert ("tests to code" not in broken(root)) is holds


def test_flows_have_at_most_3000_lines(root: Path) -> None:
    for number in range(7):
        write(root, f"src/headgate/flows/flow{number}.py", "a = 1\n" * 450)

    assert "lines of flows" in broken(root)


def test_rules_left_out_are_counted(root: Path) -> None:
    rules = ", ".join(f'"E{number}"' for number in range(100, 121))
    (root / "pyproject.toml").write_text(f"[tool.ruff.lint]\nignore = [{rules}]\n")

    assert broken(root) == ["rules ignored by the linter"]


def test_an_import_ignored_by_a_contract_breaks_the_limit(root: Path) -> None:
    (root / ".importlinter").write_text("ignore_imports =\n    a -> b\n")

    assert broken(root) == ["imports ignored by the contracts"]


def test_a_signal_reads_as_figure_limit_and_verdict() -> None:
    assert str(Signal("tests to code", 0.5, 1.6, 1.0)).split() == [
        *("tests", "to", "code"),
        "0.5",
        *("1", "to", "1.6"),
        "BROKEN",
    ]
