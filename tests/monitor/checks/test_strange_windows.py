"""Windows that nobody expects: a check says what is wrong, or nothing, and never breaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.checks.concept_drift import (
    ConceptSettings,
    carry_concept_drift,
    concept_drift,
    fit_concept_drift,
)
from headgate.monitor.checks.embedding_drift import (
    EmbeddingSettings,
    embedding_drift,
    fit_embedding_drift,
)
from headgate.monitor.checks.estimated_performance import (
    EstimatedSettings,
    estimated_performance,
    fit_estimated_performance,
    row_losses,
)
from headgate.monitor.checks.realised_performance import (
    RealisedSettings,
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.checks.text_drift import TextSettings, fit_text_drift, text_drift
from headgate.monitor.performance.answered import Columns
from tests.monitor.checks.answers import classified, regressed
from tests.monitor.texts.prose import prose

N = 300
START = datetime(2026, 6, 1, tzinfo=UTC)
RNG = np.random.default_rng(61)
NAN, INFINITE = float("nan"), float("inf")

TEXTS = fit_text_drift(pa.table({"answer": prose(RNG, 400)}))
ROWS = RNG.normal(size=(400, 8))
VECTORS = fit_embedding_drift(pa.table({"vector": pa.array(list(ROWS))}))
NO_TEXT = {
    "whole numbers": pa.array([1, 2, 3] * 100),
    "numbers": pa.array([1.5] * N),
    "bool": pa.array([True] * N),
    "lists": pa.array([["so it is"]] * N),
    "bytes": pa.array([b"so it is"] * N),
    "times": pa.array([START] * N),
}
NO_VECTORS = {
    "text": pa.array(["a"] * N),
    "whole numbers": pa.array([1] * N),
    "lists of text": pa.array([["a"] * 8] * N),
    "lists of lists": pa.array([[[1.0]] * 8] * N),
    "structs": pa.array([{"a": 1}] * N),
    "nothing": pa.nulls(N),
}


def timed(table: pa.Table) -> pa.Table:
    came = [START + timedelta(minutes=each) for each in range(table.num_rows)]
    return table.append_column("at", pa.array(came, pa.timestamp("us", "UTC")))


def put(table: pa.Table, name: str, values: Any) -> pa.Table:
    """Put a column in the place of another."""
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def first(table: pa.Table, name: str, n: int, value: Any) -> pa.Table:
    """Put one value in the place of a column's first ones."""
    return put(table, name, [value] * n + table[name].to_pylist()[n:])


@pytest.mark.parametrize("kind", NO_TEXT)
def test_a_column_that_was_text_and_is_none_any_more_is_left_to_the_check_of_types(
    kind: str,
) -> None:
    window = pa.table({"answer": NO_TEXT[kind]})

    assert text_drift(TEXTS, window) == []
    assert fit_text_drift(window).columns == {}
    with pytest.raises(Invalid, match=r"answer holds .*, not text"):
        fit_text_drift(window, TextSettings(columns=("answer",)))


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), "dictionary"])
def test_text_of_every_kind_that_arrow_knows_is_read_alike(kind: Any) -> None:
    texts = pa.array(prose(RNG, N))
    other = texts.dictionary_encode() if kind == "dictionary" else texts.cast(kind)

    found = text_drift(TEXTS, pa.table({"answer": other}))

    assert found == text_drift(TEXTS, pa.table({"answer": texts}))
    assert found


@pytest.mark.parametrize("loop", ["[" * 5000, '{"a":' * 3000, "[" + "9" * 6000, '"\\ud800"x'])
def test_an_answer_that_opens_brackets_in_a_loop_is_a_broken_format_and_breaks_nothing(
    loop: str,
) -> None:
    settings = TextSettings(columns=("answer",), schemas={"answer": {"type": "object"}})
    good = [f'{{"reply": "{number} of them are here"}}' for number in range(60)]
    usual, strict = (
        fit_text_drift(pa.table({"answer": good}), each)
        for each in (TextSettings(columns=("answer",)), settings)
    )
    window = pa.table({"answer": [*good[:30], *[loop] * 30]})

    for found in (text_drift(usual, window), text_drift(strict, window, settings)):
        failures = next(each for each in found if each.metric == "format_failure")
        assert failures.value == 0.5


def test_a_window_of_one_text_of_a_million_signs_is_counted() -> None:
    found = {
        each.metric: each
        for each in text_drift(TEXTS, pa.table({"answer": ["ab " * 333_333 + "c"]}))
    }

    assert found["signs:psi"].evidence["mean"] == 1_000_000
    assert found["loop"].value == 1.0
    assert not any(each.is_exceeded for each in found.values())


@pytest.mark.parametrize("kind", NO_VECTORS)
def test_a_column_that_held_vectors_and_holds_none_any_more_is_left_out(kind: str) -> None:
    window = pa.table({"vector": NO_VECTORS[kind]})

    assert embedding_drift(VECTORS, window) == []
    assert fit_embedding_drift(window).columns == {}
    with pytest.raises(Invalid, match="vector holds no vectors of one length"):
        fit_embedding_drift(window, EmbeddingSettings(columns=("vector",)))


@pytest.mark.parametrize("n", [1, 2, 4])
def test_of_fewer_vectors_than_folds_only_the_classifier_says_nothing(n: int) -> None:
    found = {
        each.metric: each
        for each in embedding_drift(VECTORS, pa.table({"vector": pa.array(list(ROWS[:n]))}))
    }

    assert found["domain_classifier"].value is None
    assert "5 vectors of each window" in found["domain_classifier"].evidence["says"]
    assert found["mean_distance"].value is not None
    assert not any(each.is_exceeded for each in found.values())


@pytest.mark.parametrize("stray", [np.zeros(9), np.zeros(3), np.zeros(0)])
def test_one_vector_of_another_length_is_missing_and_stops_nothing(stray: Any) -> None:
    rows = [*RNG.normal(size=(N, 8)), stray]

    found = embedding_drift(VECTORS, pa.table({"vector": pa.array(rows)}))

    assert {each.n for each in found} == {N}
    assert {each.evidence["n_missing"] for each in found} == {1}


@pytest.mark.parametrize("broken", [NAN, INFINITE, -INFINITE, 1e300, None])
def test_vectors_that_are_broken_are_no_reference_and_are_counted_in_a_window(broken: Any) -> None:
    bad = pa.array([[broken] * 8] * 20, pa.list_(pa.float64()))
    window = pa.concat_arrays([bad, pa.array(list(RNG.normal(size=(N, 8))))])

    found = embedding_drift(VECTORS, pa.table({"vector": window}))

    assert {(each.n, each.evidence["n_missing"]) for each in found} == {(N, 20)}
    assert all(each.value is not None and np.isfinite(each.value) for each in found)
    assert fit_embedding_drift(pa.table({"vector": bad})).columns == {}
    with pytest.raises(Invalid, match="vector holds no vector that is finite"):
        fit_embedding_drift(pa.table({"vector": bad}), EmbeddingSettings(columns=("vector",)))


def test_vectors_that_never_vary_are_no_drift_and_one_that_moves_is() -> None:
    still = fit_embedding_drift(pa.table({"vector": pa.array([[1.0, 2.0]] * N)}))

    same, moved = (
        {each.metric: each for each in embedding_drift(still, pa.table({"vector": [row] * N}))}
        for row in ([1.0, 2.0], [1.0, 5.0])
    )

    assert same["mean_distance"].value == 0.0
    assert same["domain_classifier"].value == 0.5
    assert moved["domain_classifier"].value == 1.0
    # no spread counts as 1, so that a step of 3 in one of two is the root of 9 / 2
    assert moved["mean_distance"].value == pytest.approx(np.sqrt(4.5))


def test_a_label_that_is_nan_is_a_label_that_has_not_come() -> None:
    past = timed(regressed(RNG, 1000))
    some = past.filter(pa.array([False] * 10 + [True] * 990))
    holes = first(past, "label", 10, NAN)

    for fit in (fit_realised_performance, fit_estimated_performance, fit_concept_drift):
        assert fit(holes) == fit(some)
    found = realised_performance(fit_realised_performance(past), holes)
    assert found[0].evidence["n_labelled"] == 990


def test_an_answer_that_is_nan_is_no_answer_and_a_confidence_that_is_nan_is_none() -> None:
    numbers, classes = regressed(RNG, 1000), classified(RNG, 1000)
    guess, sure = fit_estimated_performance(numbers), fit_estimated_performance(classes)

    unanswered = estimated_performance(guess, first(numbers, "prediction", 100, NAN))
    unsure = estimated_performance(sure, first(classes, "confidence", 100, NAN))

    assert unanswered == estimated_performance(guess, numbers.slice(100))
    assert unsure == estimated_performance(sure, classes.slice(100))
    assert {each.n for each in (*unanswered, *unsure)} == {900}


@pytest.mark.parametrize("value", [INFINITE, -INFINITE, 1e200])
@pytest.mark.parametrize("name", ["label", "prediction"])
def test_numbers_whose_squares_have_no_size_are_refused_in_words(name: str, value: float) -> None:
    table = first(timed(regressed(RNG, 200)), name, 1, value)

    for fit in (fit_estimated_performance, fit_concept_drift):
        with pytest.raises(Invalid, match=f"{name} has a number that is missing, infinite or"):
            fit(table)
    with pytest.raises(Invalid, match="missing or infinite, or its square would be"):
        fit_realised_performance(table)


@pytest.mark.parametrize("name", ["label", "prediction", "country"])
def test_lists_name_neither_classes_nor_slices(name: str) -> None:
    columns = Columns(slices=("country",))
    table = put(classified(RNG, N), name, [["a"]] * N)

    with pytest.raises(Invalid, match=r"a column of list<item: string> names no classes"):
        fit_realised_performance(table, RealisedSettings(columns=columns))
    with pytest.raises(Invalid, match=r"a column of list<item: string> names no classes"):
        fit_estimated_performance(table, EstimatedSettings(columns=columns, n_least=10))


def test_losses_are_estimated_only_where_the_answer_names_a_class() -> None:
    reference = fit_estimated_performance(classified(RNG, 500))
    window = classified(RNG, 10)

    losses = row_losses(reference, first(window, "prediction", 3, "perhaps"))

    # an answer that is no class is wrong for certain
    assert losses[:3].tolist() == [1.0, 1.0, 1.0]
    assert np.all((losses[3:] >= 0) & (losses[3:] <= 1))


def test_rows_without_a_moment_have_no_place_in_the_stream_of_errors() -> None:
    past = timed(classified(RNG, 500))
    holes = first(past, "at", 50, None)

    assert fit_concept_drift(holes) == fit_concept_drift(past.slice(50))
    reference = fit_concept_drift(past)
    assert concept_drift(reference, first(past, "at", 500, None)) == []
    assert carry_concept_drift(reference, first(past, "at", 500, None)).errors == reference.errors


@pytest.mark.parametrize("values", [["soon"] * N, [True] * N, [["2026"]] * N, [Decimal("1.5")] * N])
def test_a_column_that_tells_no_moments_is_refused_in_words(values: list[Any]) -> None:
    table = put(timed(classified(RNG, N)), "at", values)

    with pytest.raises(Invalid, match=r"at holds .*, which tells no moments"):
        fit_concept_drift(table)


def test_moments_of_any_unit_or_zone_are_one_time() -> None:
    table = timed(classified(RNG, N))
    fine = table["at"].cast(pa.timestamp("ns", "UTC")).combine_chunks()
    elsewhere = table["at"].cast(pa.timestamp("us", "Asia/Tokyo")).combine_chunks()
    # 1 ns more is cut off, for moments are kept in µs
    later = pa.array(np.asarray(fine.cast(pa.int64())) + 1).cast(pa.timestamp("ns", "UTC"))

    expected = fit_concept_drift(table)

    for came in (fine, elsewhere, later):
        assert fit_concept_drift(put(table, "at", came)) == expected


def test_nothing_is_remembered_where_nothing_may_be() -> None:
    table, settings = timed(classified(RNG, N)), ConceptSettings(n_kept=0)

    reference = fit_concept_drift(table, settings)
    carried = carry_concept_drift(reference, table, settings)

    assert (reference.errors, reference.moments) == (b"", b"")
    assert (carried.errors, carried.moments) == (b"", b"")
    assert reference.n == N


def test_without_a_change_the_mean_error_is_that_of_the_window_alone() -> None:
    past = timed(classified(RNG, 2000))
    reference = fit_concept_drift(past)
    window = past.slice(500, 250)

    found = concept_drift(reference, window)

    is_wrong = window["label"].to_numpy() != window["prediction"].to_numpy()
    for each in found:
        assert not each.is_exceeded
        assert each.value == pytest.approx(is_wrong.mean())
        assert (each.n, each.before) == (250, reference.mean)
