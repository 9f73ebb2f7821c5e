"""Answers that refuse, in eleven languages, and answers that only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.monitor.texts.refusals import refuses

REFUSALS = Path(__file__).with_name("refusals.txt").read_text("utf-8").splitlines()
ANSWERS = [
    "I can help with that.",
    "You cannot park here on Sundays.",
    "The shop can't deliver before Monday.",
    "Sure! Here is the code.",
    "I am sorry for the delay; your parcel arrives today.",
    "Der Laden kann heute nicht liefern.",
    "Ich helfe gern.",
    "Puedo ayudarte con eso.",
    "La machine ne peut pas démarrer sans clé.",
    "I like to write and share stories.",
    "",
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_an_answer_that_declines_is_a_refusal(answer: str) -> None:
    assert refuses(answer)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_helps_is_none(answer: str) -> None:
    assert not refuses(answer)


def test_a_warning_after_a_long_answer_is_no_refusal() -> None:
    answer = "Boil the water, add the rice, and let it stand for a while. " * 6

    assert not refuses(answer + "I cannot help with allergies.")
