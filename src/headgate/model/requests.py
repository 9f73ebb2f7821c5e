"""What the verbs on models and prompts are asked with."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from headgate.model.versions import ModelFormat


class RegisterModel(msgspec.Struct, frozen=True):
    """What a model is, beside its bytes.

    Args:
        name: the model's name.
        run: the run that made it; what the run read is what the model learned from.
        filename: what a file of it is called; made from the name if not given.
        format: `pickle` if loading it executes code of its own, else `file`.
        signature: what it takes and gives, such as its features and classes.
        metrics: what was measured on it, by name.
        code_hash: hash of the code that made it.
        environment: versions of what it was made on, by name.
        notes: what a reader should know.
    """

    name: str
    run: str | None = None
    filename: str = ""
    format: ModelFormat = "file"
    signature: dict[str, Any] = {}
    metrics: dict[str, float | None] = {}
    code_hash: str | None = None
    environment: dict[str, str] = {}
    notes: str = ""


class ListVersions(msgspec.Struct, frozen=True):
    """Which versions to list.

    Args:
        name: only versions of this name.
        limit: the most to list, the newest first [count].
    """

    name: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class WhichModel(msgspec.Struct, frozen=True):
    """Which version of a model.

    Args:
        ref: `churn` for the newest, or `churn@3`.
    """

    ref: str


class CreatePrompt(msgspec.Struct, frozen=True):
    """What a prompt is made of.

    Args:
        name: the prompt's name.
        template: the text, with `{variable}` where a value goes in; `{{` and `}}` stand for braces.
        parameters: what the provider's model is called with, such as `temperature`, as text.
        tools: the tools it may call, in the order they are offered.
        output_schema: JSON Schema of the answer, as text.
        message: why it is made.
    """

    name: str
    template: str
    parameters: dict[str, str] = {}
    tools: tuple[str, ...] = ()
    output_schema: str | None = None
    message: str = ""


class WhichPrompt(msgspec.Struct, frozen=True):
    """Which version of a prompt.

    Args:
        ref: `greet` for the newest, or `greet@2`.
    """

    ref: str


class DiffPrompts(msgspec.Struct, frozen=True):
    """Which two versions to compare.

    Args:
        a: the one seen as old, such as `greet@1`.
        b: the one seen as new, such as `greet@2`, or `greet` for the newest.
    """

    a: str
    b: str
