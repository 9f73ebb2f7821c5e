"""Settings know where they come from, and secrets stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.settings import DEFAULTS, flatten, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with settings."""
    (tmp_path / "headgate.toml").write_text(
        'name = "churn"\nactor = "env:WHO"\n[store]\nretries = 7\n', encoding="utf-8"
    )
    return tmp_path


def test_a_value_stands_where_it_was_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_SERVER_PORT", "9000")

    entries = load(root, {"server.host": "::1"}).entries

    assert {name: (entry.value, entry.origin) for name, entry in entries.items()} == {
        "name": ("churn", "headgate.toml"),
        "store.retries": ("7", "headgate.toml"),
        "server.host": ("::1", "flag"),
        "server.port": ("9000", "environment HEADGATE_SERVER_PORT"),
        "actor": ("env:WHO", "headgate.toml"),
    } | {
        name: (DEFAULTS[name][0], "default")
        for name in DEFAULTS.keys() - {"name", "actor", "store.retries"}
        if not name.startswith("server.")
    }


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_NAME", "from-environment")

    assert load(root).text("name") == "from-environment"
    assert load(root, {"name": "from-flag"}).text("name") == "from-flag"


def test_every_setting_says_what_it_is_for(root: Path) -> None:
    assert all(entry.doc for entry in load(root).entries.values())


def test_a_secret_is_read_when_it_is_used_and_not_listed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHO", "ann")

    settings = load(root)

    assert settings.text("actor") == "ann"
    assert settings.entries["actor"].value == "env:WHO"
    assert "ann" not in str(settings)


def test_a_secret_that_is_not_there_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHO", raising=False)

    with pytest.raises(Invalid) as caught:
        load(root).text("actor")

    assert caught.value.mend == "export WHO=…"


def test_a_number_is_read(root: Path) -> None:
    assert load(root).number("store.retries") == 7


def test_what_is_no_number_is_refused_with_its_origin(root: Path) -> None:
    with pytest.raises(Invalid) as caught:
        load(root, {"store.retries": "many"}).number("store.retries")

    assert "'many' (from flag), not a whole number" in caught.value.message
    assert caught.value.mend == "write retries = 200"


def test_a_folder_without_settings_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        load(tmp_path)

    assert caught.value.mend == f"run: headgate init {tmp_path}"


@pytest.mark.parametrize("text", [b'name = "churn', b"name = churn", b"\xff\xfe", b"[store\n"])
def test_a_broken_file_names_the_place(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "headgate.toml").write_bytes(text)

    with pytest.raises(Invalid) as caught:
        load(tmp_path)

    assert f"{tmp_path / 'headgate.toml'} cannot be read" in caught.value.message
    assert caught.value.mend == "mend the line it names"


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ('nane = "churn"', "did you mean name?"),
        ("[store]\nretry = 1", "did you mean store.retries?"),
        ("zzz = 1", "there is actor, "),
    ],
)
def test_a_setting_there_is_not_is_answered_by_the_nearest(
    tmp_path: Path, text: str, mend: str
) -> None:
    (tmp_path / "headgate.toml").write_text(text, encoding="utf-8")

    with pytest.raises(NotFound) as caught:
        load(tmp_path)

    assert mend in caught.value.mend


def test_nested_tables_are_dotted_names() -> None:
    assert flatten({"a": {"b": {"c": 1}}, "d": True}) == {"a.b.c": "1", "d": "True"}


def test_a_table_of_names_of_ones_own_is_listed(root: Path) -> None:
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write("[pools]\nnet = 2\ngpu = 1\n")

    settings = load(root)

    assert settings.within("pools") == ["gpu", "net"]
    assert (settings.number("pools.net"), settings.within("store.nothing")) == (2, [])
    assert settings.entries["pools.net"].doc
