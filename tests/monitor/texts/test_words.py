"""Words, tokens, signs and languages of a text, counted as by hand."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.texts.columns import is_json, is_object, parser_of
from headgate.monitor.texts.language import UNDETERMINED, language_of, languages
from headgate.monitor.texts.refusals import N_SIGNS, refuses
from headgate.monitor.texts.words import n_tokens, odd_share, repetition, words_of

WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "words", "tokens"),
    [
        ("", [], 0),
        ("   \n\t", [], 0),
        ("Don't panic!", ["don", "t", "panic"], 5),
        ("3.14 is 3,14", ["3", "14", "is", "3", "14"], 7),
        ("snake_case", ["snake_case"], 1),
        ("ÜBER-Straße", ["über", "straße"], 3),
        ("日本語です", ["日本語です"], 1),
        ("!?…", [], 3),
        ("\U0001f600", [], 1),
    ],
)
def test_a_text_is_cut_into_words_and_tokens(text: str, words: list[str], tokens: int) -> None:
    assert words_of(text) == words
    assert n_tokens(text) == tokens


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_text_has_as_many_words_however_its_signs_are_composed(text: str) -> None:
    parts = unicodedata.normalize("NFD", text)

    assert words_of(parts) == words_of(unicodedata.normalize("NFC", text))
    assert n_tokens(text) >= len([word for word in text.split() if word.isalnum()])


@settings(deadline=None)
@given(WORDS)
def test_repetition_is_the_share_of_runs_that_stood_there_before(words: list[str]) -> None:
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    n = sum(runs.values())

    expected = sum(each - 1 for each in runs.values()) / n if n >= 8 else 0.0

    assert repetition(words) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("line\r\nline\ttab", 0.0),
        ("\x00\x00", 1.0),
        ("a\x07b\x1b", 0.5),
        ("caf\ufffd", 0.25),
        ("\ue000abc", 0.25),
        ("e\u0301", 0.0),
        ("zero\u200bwidth", 0.0),
        ("\u00a0", 0.0),
    ],
)
def test_signs_that_no_one_prints_are_told_from_marks_and_spaces(text: str, share: float) -> None:
    assert odd_share(text) == share


@settings(deadline=None)
@given(JSON)
def test_whatever_json_is_written_is_read_and_with_words_before_it_is_not(value: object) -> None:
    import json

    text = json.dumps(value)

    assert is_json(text)
    assert is_json(f"  {text}\n")
    assert not is_json(f"Sure: {text}")
    assert is_object(text) == isinstance(value, list | dict)


@pytest.mark.parametrize("text", ["", " ", "{", "{'a': 1}", '{"a": 1,}', "NaN", "[1 2]", "{}{}"])
def test_what_only_looks_like_json_is_none(text: str) -> None:
    assert not is_json(text)
    assert not is_object(text)


def test_a_schema_looks_into_what_is_read_and_an_empty_one_asks_for_json_alone() -> None:
    number = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}

    strict, loose = parser_of(number, name="answer"), parser_of({}, name="answer")

    assert [strict(text) for text in ('{"n": 3}', '{"n": -3}', '{"n": "3"}', "[3]", "no")] == [
        *(True, False, False),
        *(False, False),
    ]
    assert [loose(text) for text in ('{"n": -3}', "[3]", "no")] == [True, True, False]


def test_every_language_is_named_once_and_by_two_letters() -> None:
    names = languages()

    assert len(set(names)) == len(names)
    assert all(len(name) == 2 and name.islower() for name in names)
    assert UNDETERMINED not in names


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Привіт, як тебе звати? Це їжак.", "uk"),
        ("Привет, как тебя зовут?", "ru"),
        ("سلام، چطوری؟ کجا می‌روی؟ گربه پیش ماست", "fa"),
        ("مرحبا، كيف حالك اليوم؟", "ar"),
        ("これは日本語の文章です", "ja"),
        ("这是一个中文句子", "zh"),
        ("이것은 한국어 문장입니다", "ko"),
        ("Αυτό είναι ελληνικά", "el"),
        ("זה משפט בעברית", "he"),
        ("यह हिंदी में है", "hi"),
        ("นี่คือภาษาไทย", "th"),
        ("def f(x): return x + 1", UNDETERMINED),
        ("", UNDETERMINED),
        ("😀😀😀", UNDETERMINED),
    ],
)
def test_a_language_is_told_by_its_script_and_letters(text: str, language: str) -> None:
    assert language_of(text) == language


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60))
def test_every_text_has_one_language_and_small_letters_do_not_change_it(text: str) -> None:
    found = language_of(text)

    assert found in {*languages(), UNDETERMINED}
    assert language_of(text + "\n") == found


def test_a_refusal_counts_only_where_an_answer_begins() -> None:
    refusal = "I'm sorry, but I can't help with that."
    curly = refusal.replace("'", "\u2019")

    assert refuses(refusal)
    assert refuses(curly)
    assert refuses(refusal.upper())
    assert not refuses("Here you are. " * (N_SIGNS // 14 + 1) + refusal)
    assert not refuses("")
