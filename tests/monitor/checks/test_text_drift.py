"""Prompts, answers, retrieved texts: each planted change is seen, and nothing without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.checks.text_drift import (
    TextReference,
    TextSettings,
    fit_text_drift,
    text_drift,
)
from tests.monitor.texts.prose import prose

if TYPE_CHECKING:
    from headgate.monitor.nouns import Measured

N = 1200
RNG = np.random.default_rng(11)
REFUSAL = "I'm sorry, but I can't help with that, "
GERMAN = "und der Brief ist nicht in dem Haus, das sie mit mir für ihn "


def table(texts: list[Any], **others: Any) -> pa.Table:
    columns: dict[str, Any] = {"answer": texts, "plan": ["basic", "gold"] * (len(texts) // 2)}
    return pa.table(columns | others)


PAST = table(prose(RNG, N))
REFERENCE = fit_text_drift(PAST)


def exceeded(found: list[Measured]) -> set[str]:
    return {each.metric for each in found if each.is_exceeded}


def some(texts: list[Any], share: float, change: Any) -> list[Any]:
    """Change the first texts, and leave the rest."""
    n = int(share * len(texts))
    return [change(each) for each in texts[:n]] + texts[n:]


def test_only_free_text_is_looked_at_and_texts_of_one_origin_raise_no_alert() -> None:
    found = [each for _ in range(5) for each in text_drift(REFERENCE, table(prose(RNG, N)))]

    assert {each.subject for each in found} == {"answer"}
    assert all(each.threshold is not None for each in found)
    assert exceeded(found) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text + " " + text[::-1], "signs:psi"),
        (lambda text: REFUSAL + text, "refusal"),
        (lambda _: " ", "empty"),
        (lambda text: " ".join(text.split()[:3] * 15), "loop"),
        (lambda text: text[:40] + "\ufffd" + text[41:], "unprintable"),
        (lambda text: GERMAN + text[:20], "language"),
        (lambda _: "the same text that is sent to all of them, word by word", "near_duplicate"),
    ],
)
def test_a_tenth_or_more_of_changed_texts_is_seen_for_what_it_is(
    change: Any, expected: str
) -> None:
    window = table(some(prose(RNG, N), 0.3, change))

    assert expected in exceeded(text_drift(REFERENCE, window))


def test_new_words_are_seen_though_texts_are_as_long_as_before() -> None:
    found = text_drift(REFERENCE, table(prose(RNG, N, shift=1200)))

    assert {"unknown_words:psi", "unknown_words:wasserstein"} <= exceeded(found)
    assert not exceeded(found) & {"signs:psi", "words:psi", "language", "refusal"}


def test_the_share_of_unknown_words_before_is_what_new_texts_have() -> None:
    found = text_drift(REFERENCE, table(prose(RNG, 4 * N)))

    one = next(each for each in found if each.metric == "unknown_words:psi")
    assert one.evidence["mean"] == pytest.approx(one.before, abs=0.01)


def test_json_is_asked_for_where_it_was_usual_and_schemas_are_held_to() -> None:
    answers = [f'{{"total": {each}, "items": ["one", "two", "three four"]}}' for each in range(N)]
    settings = TextSettings(schemas={"answer": {"required": ["total"]}})
    usual, strict = (
        fit_text_drift(table(answers), each)
        for each in (TextSettings(columns=("answer",)), settings)
    )
    chatty = table(some(answers, 0.1, lambda text: "Sure! Here you are: " + text))
    other = table(some(answers, 0.1, lambda text: text.replace("total", "sum")))

    assert "format_failure" in exceeded(text_drift(usual, chatty))
    assert "format_failure" not in exceeded(text_drift(usual, other))
    assert "format_failure" in exceeded(text_drift(strict, other, settings))


def test_prompts_answers_and_retrieved_texts_are_each_a_column() -> None:
    past, now = (
        table(prose(RNG, N), prompt=prose(RNG, N), retrieved=prose(RNG, N, length=length))
        for length in (60.0, 25.0)
    )

    found = text_drift(fit_text_drift(past), now)

    assert {each.subject for each in found} == {"answer", "prompt", "retrieved"}
    assert {each.subject for each in found if each.is_exceeded} == {"retrieved"}


def test_a_reference_is_read_back_whole_and_keeps_no_word() -> None:
    texts = some(prose(RNG, 600), 0.5, lambda text: "quetzal " + text)

    written = msgspec.msgpack.encode(fit_text_drift(table(texts)))

    assert b"quetzal" not in written
    reference = msgspec.msgpack.decode(written, type=TextReference)
    window = table(prose(RNG, 600))
    assert text_drift(reference, window) == text_drift(fit_text_drift(table(texts)), window)


def test_a_share_has_its_p_value_and_a_small_window_raises_no_alert() -> None:
    texts = some(prose(RNG, 200), 0.5, lambda text: REFUSAL + text)

    found = {each.metric: each for each in text_drift(REFERENCE, table(texts))}

    assert exceeded(list(found.values())) == set()
    assert found["refusal"].value == 0.5
    assert found["refusal"].p_value == pytest.approx(0.0, abs=1e-6)
    assert found["empty"].p_value == 1.0


def test_columns_without_text_are_left_out_and_missing_ones_refused() -> None:
    nothing = pa.table({"note": pa.array([None, None], pa.string())})

    assert fit_text_drift(nothing, TextSettings(columns=("note",))).columns == {}
    assert text_drift(REFERENCE, nothing) == []
    with pytest.raises(NotFound, match="no column named 'answr'"):
        fit_text_drift(PAST, TextSettings(columns=("answr",)))
    with pytest.raises(Invalid, match="the schema of answer is none"):
        fit_text_drift(PAST, TextSettings(schemas={"answer": {"type": 4}}))
