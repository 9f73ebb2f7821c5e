"""A prompt is a numbered version that never changes; two of them can be compared."""

from __future__ import annotations

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.model import operations as model
from headgate.model.prompts import Change, variables_of
from headgate.model.requests import DiffPrompts, ListVersions, WhichPrompt
from headgate.spine.lineage.events import list_events


@pytest.mark.row("L-01", part="versions")
def test_versions_count_up_and_each_keeps_its_content(context, create) -> None:
    first = create("Dear {name},")
    second = create(
        "Hello {name}, about {thing}:",
        parameters={"temperature": "0.2"},
        tools=("search",),
        output_schema='{"type": "object"}',
        message="shorter",
    )

    newest = model.show_prompt(context, WhichPrompt("greet"))
    oldest = model.show_prompt(context, WhichPrompt("greet@1"))

    assert (oldest, newest) == (first, second)
    assert (oldest.ref, newest.ref) == ("greet@1", "greet@2")
    assert newest.variables == ("name", "thing")
    assert (newest.parameters, newest.tools) == ({"temperature": "0.2"}, ("search",))
    assert (newest.output_schema, newest.message) == ('{"type": "object"}', "shorter")


def test_the_same_content_again_is_the_same_version(context, create) -> None:
    first = create("Dear {name},", parameters={"a": "1", "b": "2"}, output_schema='{"x":1,"y":2}')

    again = create(
        "Dear {name},",
        parameters={"b": "2", "a": "1"},
        output_schema='{"y": 2, "x": 1}',
        message="no change",
    )

    assert again == first
    with context.catalog.read() as connection:
        assert len(list_events(connection, context.tenant, subject="prompt:greet@1")) == 1


def test_going_back_to_older_content_is_a_new_version(create) -> None:
    first = create("Dear {name},")
    create("Hello {name},")

    third = create("Dear {name},")

    assert third.number == 3
    assert third.digest == first.digest


@pytest.mark.parametrize(
    "change",
    [
        {"template": "Dear {name}!"},
        {"parameters": {"temperature": "1"}},
        {"tools": ("mail", "search")},
        {"tools": ("search",)},
        {"output_schema": None},
        {"output_schema": '{"type": "array"}'},
    ],
    ids=str,
)
def test_every_part_of_the_content_makes_a_version(create, change) -> None:
    content = {
        "template": "Dear {name},",
        "parameters": {"temperature": "0"},
        "tools": ("search", "mail"),
        "output_schema": '{"type": "object"}',
    }
    create(**content)

    changed = create(**(content | change))

    assert changed.number == 2


def test_creating_is_an_event_without_the_text(context, create) -> None:
    prompt = create("Dear {name},", message="asked for by ada@example.org")

    with context.catalog.read() as connection:
        (event,) = list_events(connection, context.tenant, subject="prompt:greet@1")

    assert event.kind == "prompt_created"
    assert event.payload == {"digest": prompt.digest}


@pytest.mark.parametrize(
    ("template", "variables"),
    [
        ("no variable", ()),
        ("{b} {a} {b}", ("b", "a")),
        ("{{a}} is text, {{{b}}} is text around one", ("b",)),
        ('{"json": {value}, "list": [{x1}]}', ("value", "x1")),
        ("{1st} {a-b} { c } {} {", ()),
    ],
)
def test_variables_are_names_in_single_braces(template, variables) -> None:
    found = variables_of(template)

    assert found == variables


@pytest.mark.row("L-01", part="diff")
def test_a_diff_shows_what_changed_and_nothing_else(context, create) -> None:
    create(
        "Dear {name},\nyour order {order} is here.\nBye",
        parameters={"temperature": "0", "top_p": "1", "seed": "7"},
        tools=("search", "mail"),
        output_schema='{"type": "object", "required": ["a"]}',
    )
    create(
        "Dear {name},\nyour {thing} is here.\nBye",
        parameters={"temperature": "0.5", "seed": "7", "stop": "END"},
        tools=("search",),
        output_schema='{"required": ["a"], "type": "object"}',
    )

    found = model.diff_prompts(context, DiffPrompts("greet@1", "greet"))

    assert (found.before, found.after, found.is_equal) == ("greet@1", "greet@2", False)
    assert found.template.split("\n") == [
        "--- greet@1",
        "+++ greet@2",
        "@@ -1,3 +1,3 @@",
        " Dear {name},",
        "-your order {order} is here.",
        "+your {thing} is here.",
        " Bye",
    ]
    assert (found.variables_added, found.variables_removed) == (("thing",), ("order",))
    assert found.parameters == (
        Change("stop", None, "END"),
        Change("temperature", "0", "0.5"),
        Change("top_p", "1", None),
    )
    assert found.tools.split("\n")[-2:] == [" search", "-mail"]
    assert found.output_schema == ""


@pytest.mark.row("L-01", part="diff")
def test_a_diff_shows_a_changed_schema_key_by_key(context, create) -> None:
    create("Dear {name},", output_schema='{"type": "object", "required": ["a"]}')
    create("Dear {name},", output_schema='{"type": "object", "required": ["b"]}')

    found = model.diff_prompts(context, DiffPrompts("greet@1", "greet@2"))

    assert '-    "a"' in found.output_schema.split("\n")
    assert '+    "b"' in found.output_schema.split("\n")
    assert (found.template, found.tools, found.parameters) == ("", "", ())


def test_a_newline_at_the_end_is_a_difference(context, create) -> None:
    create("Dear {name},")
    create("Dear {name},\n")

    found = model.diff_prompts(context, DiffPrompts("greet@1", "greet@2"))

    assert not found.is_equal
    assert found.template.endswith("\n+")


@pytest.mark.row("L-01", part="diff")
def test_tools_are_compared_in_the_order_they_are_offered(context, create) -> None:
    for tools in ((), ("search", "mail"), ("mail", "search")):
        create("Dear {name},", tools=tools)

    added = model.diff_prompts(context, DiffPrompts("greet@1", "greet@2"))
    turned = model.diff_prompts(context, DiffPrompts("greet@2", "greet@3"))

    assert added.tools.split("\n")[3:] == ["+search", "+mail"]
    assert turned.tools.split("\n")[3:] == ["+mail", " search", "-mail"]


def test_two_prompts_can_be_compared(context, create) -> None:
    create("Dear {name},", name="greet")
    create("Dear {name},", name="welcome")

    found = model.diff_prompts(context, DiffPrompts("greet", "welcome"))

    assert found.is_equal
    assert (found.before, found.after, found.template) == ("greet@1", "welcome@1", "")


def test_prompts_are_listed_newest_first_and_by_name(context, create) -> None:
    for name, template in (("greet", "a"), ("scold", "b"), ("greet", "c")):
        create(template, name=name)

    everything = model.list_prompts(context, ListVersions()).prompts
    greet = model.list_prompts(context, ListVersions(name="greet")).prompts

    assert [prompt.ref for prompt in everything] == ["greet@2", "scold@1", "greet@1"]
    assert [prompt.ref for prompt in greet] == ["greet@2", "greet@1"]


def test_a_mistyped_prompt_is_answered_with_the_nearest(context, create) -> None:
    create("Dear {name},")

    for ask in (
        lambda: model.show_prompt(context, WhichPrompt("gret")),
        lambda: model.diff_prompts(context, DiffPrompts("greet", "gret")),
        lambda: model.list_prompts(context, ListVersions(name="gret")),
    ):
        with pytest.raises(NotFound) as caught:
            ask()
        assert caught.value.mend == "did you mean greet?"


def test_a_version_that_is_not_there_is_answered_with_the_newest(context, create) -> None:
    create("Dear {name},")

    with pytest.raises(NotFound) as caught:
        model.show_prompt(context, WhichPrompt("greet@2"))

    assert caught.value.mend == "its newest is greet@1"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"template": " \n"}, "template of prompt greet is empty"),
        ({"name": "1st"}, "cannot name a prompt"),
        ({"output_schema": "{type: object}"}, "is no JSON object"),
        ({"output_schema": "[]"}, "is no JSON object"),
        ({"output_schema": '"\\ud800"'}, "is no JSON object"),
    ],
)
def test_what_cannot_be_a_prompt_changes_nothing(context, create, settings, message) -> None:
    with pytest.raises(Invalid, match=message):
        create(**({"template": "Dear {name},"} | settings))

    assert model.list_prompts(context, ListVersions()).prompts == ()
