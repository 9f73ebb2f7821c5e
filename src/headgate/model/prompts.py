"""A prompt's versions: what makes two of them the same, and how two differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from headgate.core.errors import Invalid

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Prompt(msgspec.Struct, frozen=True):
    """One version of a prompt; it never changes.

    Args:
        ref: its name and number, such as `greet@2`.
        template: the text, with `{variable}` where a value goes in.
        variables: the variables of the template, in the order they first appear.
        parameters: what the provider's model is called with, as text.
        tools: the tools it may call, in the order they are offered.
        output_schema: JSON Schema of the answer.
        digest: blake3 of all of the above but the ref, hexadecimal.
        message: why it was made.
    """

    ref: str
    name: str
    number: int
    template: str
    variables: tuple[str, ...]
    parameters: dict[str, str]
    tools: tuple[str, ...]
    output_schema: str | None
    digest: str
    message: str
    created_at: datetime
    created_by: str


class PromptList(msgspec.Struct, frozen=True):
    """Versions of prompts, the newest first."""

    prompts: tuple[Prompt, ...]


class Change(msgspec.Struct, frozen=True):
    """A parameter of two values; nothing where a version does not have it."""

    name: str
    before: str | None
    after: str | None


class PromptDiff(msgspec.Struct, frozen=True):
    """How one version of a prompt differs from another.

    Args:
        before: the version seen as the old one, such as `greet@1`.
        after: the version seen as the new one.
        is_equal: nothing differs.
        template: unified diff of the templates, line by line; empty if they are equal.
        variables_added: variables only the new one has.
        variables_removed: variables only the old one has.
        parameters: those that differ, in name order.
        tools: unified diff of the tools, one a line; empty if they are equal.
        output_schema: unified diff of the schemas with sorted keys; empty if they are equal.
    """

    before: str
    after: str
    is_equal: bool
    template: str
    variables_added: tuple[str, ...]
    variables_removed: tuple[str, ...]
    parameters: tuple[Change, ...]
    tools: str
    output_schema: str


def variables_of(template: str) -> tuple[str, ...]:
    """Return the variables of a template in the order they first appear.

    A doubled brace stands for itself, and a brace around anything but a name is text, so that
    JSON may stand in a template.

    >>> variables_of('Dear {name}, {{not this}} nor {"that": 1}; your {thing}, {name}')
    ('name', 'thing')
    """
    found = (match.group(1) for match in PLACEHOLDER.finditer(template))
    return tuple(dict.fromkeys(name for name in found if name))


def content_digest(
    template: str,
    parameters: dict[str, str],
    tools: tuple[str, ...],
    output_schema: str | None,
) -> str:
    """Return the blake3 of what makes a prompt what it is, whatever the order of keys."""
    from blake3 import blake3

    schema = None if output_schema is None else read_schema(output_schema)
    content = {"template": template, "parameters": parameters, "tools": tools, "schema": schema}
    return blake3(msgspec.json.encode(content, order="deterministic")).hexdigest()


def read_schema(text: str) -> dict[str, Any]:
    """Read the schema of an answer.

    Raises:
        Invalid: it is no JSON object.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Invalid(
            f"the output schema is no JSON object: {error}",
            mend='give a JSON Schema, such as {"type": "object"}',
        ) from error


def diff(before: Prompt, after: Prompt) -> PromptDiff:
    """Compare two versions; they may be of different prompts."""
    names = (before.ref, after.ref)
    return PromptDiff(
        before=before.ref,
        after=after.ref,
        is_equal=before.digest == after.digest,
        template=_unified(before.template.split("\n"), after.template.split("\n"), names),
        variables_added=_without(after.variables, before.variables),
        variables_removed=_without(before.variables, after.variables),
        parameters=_changes(before.parameters, after.parameters),
        tools=_unified(before.tools, after.tools, names),
        output_schema=_unified(_indented(before), _indented(after), names),
    )


def _unified(before: Sequence[str], after: Sequence[str], names: tuple[str, str]) -> str:
    """Compare line by line.

    Lines come from splitting at newlines only, so that equal lines mean equal texts.
    """
    return "\n".join(difflib.unified_diff(before, after, names[0], names[1], lineterm=""))


def _indented(prompt: Prompt) -> list[str]:
    if prompt.output_schema is None:
        return []
    content = msgspec.json.encode(read_schema(prompt.output_schema), order="deterministic")
    return msgspec.json.format(content, indent=2).decode().split("\n")


def _without(names: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(name=name, before=before.get(name), after=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
