"""Laws of every page, held by what every verb with a page answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

import headgate
from headgate.surfaces.pages import PAGES, VERBS
from headgate.surfaces.verbs import table
from tests.surfaces import examples
from tests.surfaces.callers import method
from tests.surfaces.pages.reading import KNOWN, read

EVIL = "<img src=x onerror=\"alert('1')\">&amp;"


@pytest.fixture(scope="module", params=sorted(VERBS))
def answer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the verb answers in its example."""
    with headgate.init(tmp_path_factory.mktemp("pages") / "shop") as project:
        given = examples.INSTALLED[request.param](project)
        called = method(project, table().verbs[request.param])
        return called(*given.arguments, **given.keywords)


def poisoned(value: Any, hint: Any = None) -> Any:
    """Put a tag into every text of a report that is not one of a few words."""
    if isinstance(value, str):
        return value if "Literal" in str(hint) else f"{value}{EVIL}"
    if isinstance(value, msgspec.Struct):
        hints = get_type_hints(type(value))
        names = [name for name in type(value).__struct_fields__ if hints.get(name) is not None]
        changes = {name: poisoned(getattr(value, name), hints[name]) for name in names}
        return msgspec.structs.replace(value, **changes)
    if isinstance(value, tuple | list):
        return type(value)(poisoned(one, hint) for one in value)
    if isinstance(value, dict):
        return {poisoned(name): poisoned(one) for name, one in value.items()}
    return value


def test_a_page_is_whole_and_asks_nothing_of_others(answer: Any) -> None:
    page = headgate.page(answer)

    reader = read(page)

    names = [name for name, _ in reader.tags]
    assert reader.open == []
    assert set(names) <= KNOWN
    assert names.count("h1") == names[: names.index("style")].count("title") == 1
    assert reader.attributes("html") == [{"lang": "en"}]
    assert "://" not in page
    assert not [one for _, found in reader.tags for one in found if one in {"src", "href"}]


def test_whatever_stands_in_data_stays_text(answer: Any) -> None:
    page = headgate.page(poisoned(answer))

    reader = read(page)

    assert EVIL in "".join(reader.text)
    assert {name for name, _ in reader.tags} <= KNOWN
    assert not [one for _, found in reader.tags for one in found if one.startswith("on")]
    assert reader.open == []


def test_a_picture_says_what_it_shows_and_a_table_tells_it_too(answer: Any) -> None:
    page = headgate.page(answer)

    reader = read(page)
    told = [one for one in reader.attributes("svg") if one.get("aria-hidden") != "true"]

    assert all(one["aria-label"] for one in told)
    assert all(one["role"] == "img" for one in told)
    assert len(reader.tables) >= len(told)


def test_every_head_of_a_column_says_that_it_is_one(answer: Any) -> None:
    page = headgate.page(answer)

    reader = read(page)

    assert {one.get("scope") for one in reader.attributes("th")} <= {"col"}
    for head, *rows in reader.tables:
        assert all(len(row) == len(head) for row in rows)


def test_every_verb_with_a_page_is_a_verb_and_its_answer_is_drawn() -> None:
    answers = {table().verbs[name].operation().result.__name__ for name in VERBS}

    assert answers == set(PAGES)
    assert len(PAGES) == len(VERBS)


def test_the_documentation_names_every_verb_with_a_page_and_no_other() -> None:
    text = (Path(headgate.__file__).parents[2] / "docs" / "pages.md").read_text(encoding="utf-8")

    rows = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]

    named = {verb.strip(" `").replace(" ", ".") for row in rows for verb in row.split(",")}
    assert named == VERBS
