"""A project with a table to learn from, and short words for what the tests do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.nouns import Snapshot
from headgate.model import operations as model
from headgate.model.prompts import Prompt
from headgate.model.requests import CreatePrompt, RegisterModel
from headgate.model.versions import ModelVersion
from headgate.pipeline import operations as pipeline
from headgate.spine.context import Context


@pytest.fixture
def commit(context: Context) -> Callable[..., Snapshot]:
    """Commit rows to a dataset and return the snapshot."""
    from headgate.dataset import operations as dataset
    from headgate.dataset.reports import CommitRequest

    def commit(name: str, rows: pa.Table, **settings: Any) -> Snapshot:
        return dataset.commit(context, CommitRequest(name=name, **settings), rows)

    return commit


@pytest.fixture
def customers(commit: Callable[..., Snapshot]) -> Snapshot:
    """Ten customers, aged 0 to 9; whoever is younger than 5 has left."""
    ages = list(range(10))
    return commit("customers", pa.table({"age": ages, "left": [int(age < 5) for age in ages]}))


@pytest.fixture
def read(context: Context) -> Callable[..., pa.Table]:
    """Read rows of a dataset in the name of a run."""
    from headgate.dataset import operations as dataset
    from headgate.dataset.reports import ReadRequest

    def read(run: str, name: str, **settings: Any) -> pa.Table:
        return dataset.read(context, ReadRequest(name=name, run=run, **settings))

    return read


@pytest.fixture
def start(context: Context) -> Callable[..., str]:
    """Start a run and return its id."""

    def start(name: str = "train") -> str:
        return pipeline.start(context, pipeline.StartRun(name=name)).run_id

    return start


@pytest.fixture
def register(context: Context) -> Callable[..., ModelVersion]:
    """Register bytes as a version of a model."""

    def register(content: bytes, name: str = "churn", **settings: Any) -> ModelVersion:
        return model.register(context, RegisterModel(name=name, **settings), content)

    return register


@pytest.fixture
def create(context: Context) -> Callable[..., Prompt]:
    """Make a version of a prompt."""

    def create(template: str, name: str = "greet", **settings: Any) -> Prompt:
        return model.create_prompt(context, CreatePrompt(name=name, template=template, **settings))

    return create
