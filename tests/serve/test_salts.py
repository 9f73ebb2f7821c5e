"""Salts are made once, one for each purpose, whoever asks first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest

from headgate.serve.salts import salt_for
from headgate.spine.context import open_context
from tests.serve.conftest import Serving

PURPOSES: tuple[Any, ...] = ("users", "feedback", "capture")


def test_each_purpose_has_a_salt_of_its_own_that_stays(serving: Serving) -> None:
    first = [salt_for(serving.context, purpose) for purpose in PURPOSES]

    again = [salt_for(serving.context, purpose) for purpose in PURPOSES]

    assert first == again
    assert [len(salt) for salt in first] == [16, 32, 32]
    assert len(set(first)) == 3


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [
        ("users", "prediction_log_opened"),
        ("feedback", "feedback_opened"),
        ("capture", "capture_opened"),
    ],
)
def test_its_making_is_recorded_once_and_tells_nothing(
    serving: Serving, purpose: Literal["users", "feedback", "capture"], kind: str
) -> None:
    salts = {salt_for(serving.context, purpose) for _ in range(2)}

    (event,) = serving.events(kind)
    assert event.payload == {}
    assert len(salts) == 1


def test_those_who_ask_at_once_get_the_same(serving: Serving, tmp_path: Path) -> None:
    def ask(_: int) -> bytes:
        own = open_context(tmp_path / "project")
        try:
            return salt_for(own, "capture")
        finally:
            own.opened.close()

    with ThreadPoolExecutor(4) as pool:
        salts = list(pool.map(ask, range(4)))

    assert set(salts) == {salt_for(serving.context, "capture")}
    assert len(serving.events("capture_opened")) == 1
