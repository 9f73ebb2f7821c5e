"""Laws of models and prompts, over generated content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate.model import operations as model
from headgate.model.prompts import content_digest, variables_of
from headgate.model.requests import CreatePrompt, DiffPrompts, RegisterModel, WhichModel
from headgate.spine.context import Context, open_context
from headgate.spine.init import init

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
SCHEMAS = st.dictionaries(TEXT, st.one_of(TEXT, st.integers(-9, 9), st.booleans()), max_size=3)
CONTENTS = st.fixed_dictionaries(
    {
        "template": st.one_of(TEXT, st.just("Dear {name},\r\n{{x}} {thing}")).filter(str.strip),
        "parameters": st.dictionaries(TEXT, TEXT, max_size=3),
        "tools": st.lists(st.sampled_from(["search", "mail", "sum"]), max_size=3).map(tuple),
        "output_schema": st.one_of(st.none(), SCHEMAS.map(json.dumps)),
    }
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """One project for all examples; making one for each would only be slow."""
    root = tmp_path_factory.mktemp("laws")
    init(root)
    opened = open_context(root)
    yield opened
    opened.opened.close()


@settings(max_examples=40)
@given(content=st.binary(min_size=1, max_size=2000), name=NAMES)
def test_what_is_fetched_is_what_was_registered(shared, content: bytes, name: str) -> None:
    version = model.register(shared, RegisterModel(name=name), content)

    fetched = model.fetch(shared, WhichModel(version.ref))

    assert fetched == content


@settings(max_examples=40)
@given(content=st.binary(min_size=1, max_size=20), name=NAMES)
def test_registering_is_idempotent(shared, content: bytes, name: str) -> None:
    first = model.register(shared, RegisterModel(name=name), content)

    again = model.register(shared, RegisterModel(name=name), content)

    assert again == first


@settings(max_examples=40)
@given(content=CONTENTS, name=NAMES)
def test_creating_is_idempotent(shared, content: dict[str, Any], name: str) -> None:
    first = model.create_prompt(shared, CreatePrompt(name=name, **content))

    again = model.create_prompt(shared, CreatePrompt(name=name, **content))

    assert again == first


@settings(max_examples=40)
@given(content=CONTENTS)
def test_a_diff_of_equal_content_is_empty(shared, content: dict[str, Any]) -> None:
    first = model.create_prompt(shared, CreatePrompt(name="one", **content))
    second = model.create_prompt(shared, CreatePrompt(name="two", **content))

    found = model.diff_prompts(shared, DiffPrompts(first.ref, second.ref))

    assert found.is_equal
    assert not any((found.template, found.tools, found.output_schema, found.parameters))
    assert not any((found.variables_added, found.variables_removed))


@settings(max_examples=40)
@given(before=CONTENTS, after=CONTENTS)
def test_a_diff_of_other_content_says_what_differs(shared, before: Any, after: Any) -> None:
    assume(content_digest(**before) != content_digest(**after))
    first = model.create_prompt(shared, CreatePrompt(name="one", **before))
    second = model.create_prompt(shared, CreatePrompt(name="two", **after))

    found = model.diff_prompts(shared, DiffPrompts(first.ref, second.ref))

    assert not found.is_equal
    assert any((found.template, found.tools, found.output_schema, found.parameters))
    assert bool(found.template) == (before["template"] != after["template"])


@given(
    names=st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True), max_size=4),
    between=st.lists(
        st.sampled_from(["", " ", "\n", "{{", "}}", '"a": 1']), min_size=5, max_size=5
    ),
)
def test_variables_are_those_that_python_would_fill(names: list[str], between: list[str]) -> None:
    template = between[0] + "".join(
        f"{{{name}}}{text}" for name, text in zip(names, between[1:], strict=False)
    )

    filled = template.format(**{name: f"<{name}>" for name in names})

    assert set(variables_of(template)) == set(names)
    assert all(f"<{name}>" in filled for name in names)
