"""Where runs are told: named by settings, else by the standard variables of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

import headgate
from headgate.core.errors import Invalid
from headgate.pipeline.openlineage.endpoint import Endpoint, endpoint, is_told
from headgate.spine.settings import Settings, load

STANDARD = ("OPENLINEAGE_URL", "OPENLINEAGE_ENDPOINT", "OPENLINEAGE_API_KEY")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and an environment that names no endpoint."""
    for name in (*STANDARD, "OPENLINEAGE_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    headgate.init(tmp_path / "shop").close()
    return tmp_path / "shop"


def settings(root: Path, *lines: str) -> Settings:
    """Read the settings with some lines on lineage."""
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[lineage]", *lines, ""]))
    return load(root)


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("http://marquez:5000", "http://marquez:5000/api/v1/lineage"),
        ("http://marquez:5000/", "http://marquez:5000/api/v1/lineage"),
        ("https://gms/openapi/openlineage/api/v1/lineage",) * 2,
    ],
)
def test_an_address_without_a_path_gets_the_usual_one(root: Path, said: str, url: str) -> None:
    found = settings(root, f'endpoint = "{said}"')

    assert is_told(found)
    assert endpoint(found) == Endpoint(url, "", 5)


@pytest.mark.parametrize("said", ["ftp://x", "http://[::1", "http://", "what"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(root: Path, said: str) -> None:
    found = settings(root, f'endpoint = "{said}"')

    with pytest.raises(Invalid, match="address of the receiver"):
        endpoint(found)


def test_a_key_is_read_from_the_environment_when_it_is_used(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings(root, 'endpoint = "https://x.atlan.com"', 'api_key = "env:ATLAN_KEY"')
    with pytest.raises(Invalid, match="ATLAN_KEY, which is not set"):
        endpoint(found)

    monkeypatch.setenv("ATLAN_KEY", "k3y")

    assert endpoint(found).key == "k3y"


def test_a_key_in_plain_sight_is_refused(root: Path) -> None:
    found = settings(root, 'endpoint = "https://x.atlan.com"', 'api_key = "k3y"')

    with pytest.raises(Invalid, match="is a secret and stands in"):
        endpoint(found)


def test_a_key_is_not_sent_in_the_clear(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_LINEAGE_API_KEY", "k3y")
    found = settings(root, 'endpoint = "http://marquez:5000"')

    with pytest.raises(Invalid, match="in the clear"):
        endpoint(found)


def test_the_standard_variables_name_an_endpoint_where_the_settings_do_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in zip(STANDARD, ("https://ol/", "/in/lineage", "k3y"), strict=True):
        monkeypatch.setenv(name, value)

    first, second = endpoint(load(root)), endpoint(settings(root, 'endpoint = "http://own:1"'))

    assert first == Endpoint("https://ol/in/lineage", "k3y", 5)
    assert second == Endpoint("http://own:1/api/v1/lineage", "", 5)


@pytest.mark.parametrize("how", ["nothing", "off", "disabled"])
def test_nobody_is_told_unless_somebody_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how != "nothing":
        monkeypatch.setenv("OPENLINEAGE_URL", "https://ol")
    if how == "disabled":
        monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")

    found = settings(root, 'endpoint = "off"') if how == "off" else load(root)

    assert not is_told(found)
    with pytest.raises(Invalid, match="no endpoint is set"):
        endpoint(found)
