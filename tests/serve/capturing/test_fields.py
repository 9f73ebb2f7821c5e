"""Fields are redacted however they are written, and one that is not there is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headgate.core.errors import Invalid
from headgate.serve import operations
from headgate.serve.nouns import CaptureDeployment, CapturePolicy
from tests.serve.conftest import Serving, fresh

ASKED = {"note": "call me", "who": {"name": "Ann", "age": 40}}
ROW: dict[str, Any] = {"input": ASKED, "output": {"note": "done", "n": 1}, "shade": "red"}


def decided(serving: Serving, *fields: str) -> CapturePolicy:
    request = CaptureDeployment("live", "redacted", fields=fields)
    return operations.capture_deployment(serving.context, request)


def written(*fields: str) -> list[str]:
    """Log one prediction under a policy, and name the fields whose texts were redacted."""
    with fresh() as serving:
        serving.deploy("live")
        decided(serving, *fields)
        serving.log([ROW | {"prediction_id": "a", "deployment": "live"}])
        (row,) = serving.listed()
    kept = {name: msgspec.json.decode(row[name]) for name in ("input", "output", "extra")}
    texts = {
        "input.note": kept["input"]["note"],
        "input.who.name": kept["input"]["who"]["name"],
        "output.note": kept["output"]["note"],
        "extra.shade": kept["extra"]["shade"],
    }
    return [name for name, text in texts.items() if text.startswith("[redacted ")]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (["note"], ["input.note", "output.note"]),
        (["output.note"], ["output.note"]),
        (["input.note", "extra.shade"], ["input.note", "extra.shade"]),
        (["input.who"], ["input.who.name"]),
        (["who.name", "shade"], ["input.who.name", "extra.shade"]),
        (["input"], ["input.note", "input.who.name"]),
        (["output", "who"], ["input.who.name", "output.note"]),
    ],
)
def test_a_field_is_redacted_with_its_column_before_it_and_without(
    fields: list[str], found: list[str]
) -> None:
    assert written(*fields) == found


def test_a_field_of_the_name_of_a_column_is_meant_too() -> None:
    with fresh() as serving:
        serving.deploy("live")
        decided(serving, "output.note")
        row = {"prediction_id": "a", "deployment": "live", "input": {"output": {"note": "hush"}}}
        serving.log([row])
        (kept,) = serving.listed()

    assert "hush" not in kept["input"]


def test_a_field_that_no_prediction_has_is_told_with_those_there_are() -> None:
    with fresh() as serving:
        serving.deploy("live")
        before = decided(serving, "nte")
        serving.log([ROW | {"prediction_id": "a", "deployment": "live"}])

        found = decided(serving, "nte", "output.note", "who", "who.age", "input.shade")
        fine = decided(serving, "note", "output")

    assert (before.unseen, before.known) == ((), ())
    assert found.unseen == ("nte", "who.age", "input.shade")
    assert found.known == ("extra.shade", "input.note", "input.who.name", "output.note")
    assert (fine.unseen, fine.known) == ((), ())


def test_a_text_in_no_field_is_known_by_its_column() -> None:
    deep = "[" * 900 + '"hush"' + "]" * 900
    with fresh() as serving:
        serving.deploy("live")
        asked = msgspec.json.decode(deep)
        serving.log([{"prediction_id": "a", "deployment": "live", "input": asked, "output": "hi"}])

        found = decided(serving, "output", "text")

    assert (found.unseen, found.known) == (("text",), ("input", "output"))


def test_what_is_written_in_any_case_is_no_field() -> None:
    with fresh() as serving:
        serving.deploy("live")

        with pytest.raises(Invalid, match=r"user_key is written of every prediction") as refused:
            decided(serving, "user_key")
        kept = decided(serving, "input.user_key")

    assert "input.user_key" in refused.value.mend
    assert kept.fields == ("input.user_key",)


@pytest.mark.parametrize("field", ["", ".", "output.", ".note", "a..b"])
def test_a_field_without_a_name_is_refused(field: str) -> None:
    with fresh() as serving:
        serving.deploy("live")

        with pytest.raises(Invalid, match=r"names no field"):
            decided(serving, field)
