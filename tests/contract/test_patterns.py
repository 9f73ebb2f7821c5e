"""A regular expression is written for each engine so that nothing is left to its habits."""

from __future__ import annotations

import re

import pytest

from headgate.contract.patterns import written
from headgate.contract.words import Unspoken
from headgate.core.errors import Invalid


@pytest.mark.parametrize(
    ("pattern", "java", "posix"),
    [
        (r"^\d+$", r"^[0-9]+\z", "^[0-9]+$"),
        ("a.c", r"a[\x{1}-\x{9}\x{b}-\x{d7ff}\x{e000}-\x{10ffff}]c", None),
        ("(?i)kB", r"[Kk\x{212a}][Bb]", r"[Kk\u212a][Bb]"),
        ("(?P<word>a|b)+?", "(?:a|b)+", "(?:a|b)+"),
        ("[a-c&&b]", r"[a-c\x{26}\x{26}b]", r"[a-c\u0026\u0026b]"),
        ("[]x]", r"[\x{5d}x]", r"[\u005dx]"),
        ("[[:digit:]]", "[0-9]", "[0-9]"),
        ("👍", r"\x{1f44d}", r"\U0001f44d"),
        ("a(?i)b|c", "a[Bb]|[Cc]", "a[Bb]|[Cc]"),
        ("(?i:a)a", "(?:[Aa])a", "(?:[Aa])a"),
        (r"a{2,3}?", "a{2,3}", "a{2,3}"),
        (r"\x41\x{42}\t", r"AB\x{9}", r"AB\u0009"),
        ("a{,2}", r"a\x{7b}\x{2c}2\x{7d}", None),
        (r"\A\z", r"^\z", "^$"),
    ],
)
def test_it_is_spelled_out(pattern: str, java: str, posix: str | None) -> None:
    told = written(pattern, "spark"), written(pattern, "postgres")

    assert told[0] == java
    assert told[1] == (posix or told[1])


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)", "looks ahead"),
        ("(?<n>a)", "looks ahead"),
        (r"(a)\1", "not for every engine"),
        (r"\pL", "not for every engine"),
        ("a**", "repeats a repetition"),
        ("*a", "repeats nothing"),
        ("^*", "repeats a place"),
        ("(a", "not closed"),
        ("a)", "not opened"),
        ("[b-a]", "ends before it begins"),
        ("[[:colour:]]", "nobody knows"),
        ("a{2000}", "2000 times"),
        ("a{3,2}", "more at least"),
        ("[a", "too early"),
        ("a\\", "too early"),
        ("(" * 300 + ")" * 300, "too deep"),
        (r"[^\x{1}-\x{10ffff}]", "no sign at all"),
    ],
)
def test_what_cannot_be_spelled_is_refused_with_the_reason(pattern: str, why: str) -> None:
    with pytest.raises(Unspoken, match=why) as told:
        written(pattern, "spark")

    assert told.value.mend
    assert isinstance(told.value, Invalid)


@pytest.mark.parametrize("pattern", [r"\b\w+\b", r"[^a-z]", "(?s)a.c", r"\S+@\S+", "(?i)straße"])
def test_what_is_written_for_java_finds_what_was_meant(pattern: str) -> None:
    """Python reads the same words, once its own names of signs are put in."""
    signs = re.compile(r"\\x\{([0-9a-f]+)\}")
    own = signs.sub(lambda one: re.escape(chr(int(one[1], 16))), written(pattern, "spark"))
    texts = ["one two", "a\nc", "a@b", "ABC", "abc", "straSSe STRAßE", "", "é"]

    found = [bool(re.search(own.replace(r"\z", r"\Z"), text)) for text in texts]

    assert found == [bool(re.search(pattern, text, re.ASCII)) for text in texts]
