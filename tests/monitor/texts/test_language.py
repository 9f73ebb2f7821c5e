"""Languages told without a model: own sentences, four each of fifteen, and one of each script."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.monitor.texts.language import language_of, languages

LISTED = Path(__file__).with_name("sentences.txt").read_text("utf-8").splitlines()
SENTENCES: dict[str, list[str]] = {}
for line in LISTED:
    SENTENCES.setdefault(line.partition("\t")[0], []).append(line.partition("\t")[2])
WITHOUT = ["4711", "OK", "Berlin", '{"a": 1}', "x = foo(bar)[0]", ""]


@pytest.mark.parametrize("language", SENTENCES)
def test_a_few_sentences_together_are_told_for_certain(language: str) -> None:
    assert language_of(" ".join(SENTENCES[language])) == language


def test_of_single_short_sentences_nineteen_in_twenty_are_told() -> None:
    told = [
        (language, language_of(sentence))
        for language, sentences in SENTENCES.items()
        for sentence in sentences
    ]

    wrong = [pair for pair in told if pair[0] != pair[1]]

    assert len(wrong) <= 0.05 * len(told)
    assert {said for _, said in wrong} <= {"und"}


@pytest.mark.parametrize("text", WITHOUT)
def test_what_is_no_sentence_is_undetermined(text: str) -> None:
    assert language_of(text) == "und"


def test_only_listed_languages_are_told() -> None:
    assert set(SENTENCES) == set(languages())


def test_a_foreign_name_in_a_sentence_does_not_change_its_language() -> None:
    assert language_of("The restaurant on the corner is called Łódź by all of us.") == "en"
    assert language_of("He said Москва and went on with the story that we all know.") == "en"
