"""The documentation says what the code does: every block runs, every generated part is fresh."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headgate.spine.registry import FOLDERS, Registry
from headgate.spine.settings import DEFAULTS
from headgate.surfaces.cli.own import own_commands
from headgate.surfaces.verbs import table
from tools.docs import ROOT, generated, pages, refreshed, stale
from tools.docs_blocks import blocks_of
from tools.docs_run import run_page

QUICK = ("README.md", "quickstart.md")
REST = [page.name for page in pages() if page.name not in QUICK]
SKIPS_AT_MOST = 3


def page_called(name: str) -> Path:
    return next(page for page in pages() if page.name == name)


def text_of(name: str) -> str:
    return page_called(name).read_text(encoding="utf-8")


@pytest.mark.full
@pytest.mark.row("S3-69")
def test_the_quickstart_takes_a_csv_to_a_blast_answer(tmp_path: Path) -> None:
    quickstart = refreshed(page_called("quickstart.md"), tmp_path)

    for line in (
        "customers@1: 7 rows",
        "    1  monday.csv     7  6,52  fields: 2 instead of 4  1/1     fields  waiting  web",
        "customers@1 to customers@2",
        "wednesday: 3 of 11 customers leave, says churn@2",
        "prod was moved from api@2 to api@1",
        "thursday: 5 of 8 customers leave, says churn@1",
        "11 of 27 answers exposed",
        "11 customers, models: ['churn@2']",
    ):
        assert line in quickstart.splitlines()
    assert stale(page_called("quickstart.md"), quickstart) == "", "python -m tools.docs --write"


def test_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    outputs = run_page(page_called("README.md"), tmp_path)

    assert "['price@1'] 1 Reachability is not harm" in "".join(outputs.values())


def test_the_readme_has_a_block_to_run_before_line_25() -> None:
    first = next(block for block in blocks_of(text_of("README.md")) if block.is_run)

    assert first.line + first.n_lines + 1 < 25


@pytest.mark.full
@pytest.mark.parametrize("name", REST)
def test_every_block_of_a_page_runs_and_shows_what_came_out(name: str, tmp_path: Path) -> None:
    page = page_called(name)

    assert stale(page, refreshed(page, tmp_path)) == "", "python -m tools.docs --write"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_generated_parts_say_what_the_code_says(page: Path) -> None:
    assert stale(page, generated(page)) == "", "python -m tools.docs --quick --write"


def test_blocks_are_left_out_sparingly_and_with_a_reason() -> None:
    blocks = [block for page in pages() for block in blocks_of(page.read_text(encoding="utf-8"))]
    skipped = [block for block in blocks if block.comment == "test: skip"]

    assert len(skipped) <= SKIPS_AT_MOST
    assert all(block.said for block in skipped)


def test_every_verb_is_documented() -> None:
    text = text_of("cli.md")
    commands = [verb.command for verb in table().verbs.values()]
    commands += [f"headgate {words}" for words in own_commands(table())]

    assert [name for name in commands if f"### {name}\n" not in text] == []


def test_every_field_of_a_verb_says_what_it_is_for() -> None:
    fields = [(verb.name, field) for verb in table().verbs.values() for field in verb.fields]

    assert [f"{name} {field.flag}" for name, field in fields if not field.doc] == []


def test_every_setting_is_documented() -> None:
    text = text_of("settings.md")

    assert [
        name for name, (_, doc) in DEFAULTS.items() if f"| `{name}` |" not in text or not doc
    ] == []


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_plugin_is_documented(kind: str) -> None:
    text = text_of("plugins.md")

    assert [name for name in Registry().plugins(kind) if f"### {name}\n" not in text] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in pages():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_page_names_the_machine_it_was_written_on() -> None:
    for page in pages():
        text = page.read_text(encoding="utf-8")

        assert str(ROOT) not in text
        assert "/tmp/" not in text
