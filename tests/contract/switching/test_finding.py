"""Suites and checkpoints are found where version 1 and version 0.18 keep them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.contract.switching.finding import find
from headgate.core.errors import Invalid, NotFound
from tests.acceptance.suites import ACTIONS, EXPECTATIONS, write_older_project, write_project


@pytest.mark.parametrize("inner", ["", "gx"])
def test_a_project_of_version_1_is_read_from_its_folder_or_from_within(
    tmp_path: Path, inner: str
) -> None:
    root = write_project(tmp_path)

    found = find(root / inner)

    assert [(one.name, len(one.plain["expectations"])) for one in found.suites] == [
        ("orders", len(EXPECTATIONS))
    ]
    assert [one.kind for one in found.actions] == [one["type"] for one in ACTIONS]
    assert found.actions[0].settings == {
        "slack_webhook": "${SLACK_HOOK}",
        "notify_on": "failure",
    }
    assert [one.path for one in found.left_out] == [
        "great_expectations.yml: stores",
        "plugins/my_own_action.py",
    ]


def test_a_project_of_version_0_18_has_yaml_and_folders_in_names(tmp_path: Path) -> None:
    found = find(write_older_project(tmp_path))

    assert [one.name for one in found.suites] == ["shop.orders"]
    assert [(one.checkpoint, one.name, one.kind) for one in found.actions] == [
        ("daily", "slack", "SlackNotificationAction"),
        ("daily", "store", "StoreValidationResultAction"),
    ]
    assert found.actions[0].settings == {"slack_webhook": "${HOOK}"}


def test_a_folder_of_suites_needs_no_project(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"expectations": []}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"other": 1}', encoding="utf-8")

    found = find(tmp_path)

    assert [one.name for one in found.suites] == ["a"]
    assert [(one.path, one.why) for one in found.left_out] == [("b.json", "it is no suite")]


def test_one_file_is_one_suite_of_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text(json.dumps({"name": "orders", "expectations": []}), encoding="utf-8")

    found = find(file)

    assert [one.name for one in found.suites] == ["orders"]


def test_a_checkpoint_that_cannot_be_read_is_named_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    root = write_project(tmp_path)
    (root / "gx" / "checkpoints" / "broken.json").write_text("{", encoding="utf-8")

    found = find(root)

    assert len(found.actions) == len(ACTIONS)
    assert "checkpoints/broken.json" in [one.path for one in found.left_out]


def test_what_is_no_suite_is_refused_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]", encoding="utf-8")
    (tmp_path / "empty").mkdir()

    for path, family in (
        ("none.json", Invalid),
        ("empty", NotFound),
        ("away", NotFound),
    ):
        with pytest.raises(family) as told:
            find(tmp_path / path)
        assert told.value.mend
