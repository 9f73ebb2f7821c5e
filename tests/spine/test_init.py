"""Making a project: once, whole, with a key that only its owner reads."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.spine.context import Step, open_context
from headgate.spine.init import init
from tests.asking import commit, values

if TYPE_CHECKING:
    from pathlib import Path


def test_a_project_can_be_used_at_once(tmp_path: Path) -> None:
    report = init(tmp_path / "churn")

    context = open_context(tmp_path / "churn")
    commit(context, "orders", {"id": [1]})

    assert report.name == "churn"
    assert values(context, "orders") == {"id": [1]}
    context.opened.close()


def test_the_signing_key_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    report = init(tmp_path / "churn")

    path = tmp_path / "churn" / ".headgate" / "keys" / "signing.pem"

    assert report.signing_key == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert isinstance(load_pem_private_key(path.read_bytes(), None), Ed25519PrivateKey)


def test_git_ignores_what_headgate_keeps(tmp_path: Path) -> None:
    init(tmp_path)

    assert (tmp_path / ".headgate" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_a_project_is_made_once(tmp_path: Path) -> None:
    init(tmp_path)
    key = (tmp_path / ".headgate" / "keys" / "signing.pem").read_bytes()

    with pytest.raises(Conflict) as caught:
        init(tmp_path)

    assert "holds a project already" in caught.value.message
    assert (tmp_path / ".headgate" / "keys" / "signing.pem").read_bytes() == key


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("churn", "churn"),
        ("my data", "my-data"),
        ("2026", "project-2026"),
        ("données", "donn-es"),
        ("数据", "project"),
        ("a" * 120, "a" * 80),
    ],
)
def test_a_project_is_named_after_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    assert init(tmp_path / folder).name == name
    assert open_context(tmp_path / folder).settings.text("name") == name


def test_a_name_that_cannot_stand_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        init(tmp_path / "churn", name="a b")

    assert not (tmp_path / "churn").exists()


@pytest.mark.parametrize("place", ["file", "file/churn"])
def test_a_folder_that_cannot_be_made_is_an_error_with_a_mend(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"in the way")

    with pytest.raises(Unavailable) as caught:
        init(tmp_path / place)

    assert "cannot be written" in caught.value.message
    assert "run init again" in caught.value.mend
    assert (tmp_path / "file").read_bytes() == b"in the way"


def test_a_folder_without_a_project_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        open_context(tmp_path)

    assert "headgate init" in caught.value.mend


def test_an_actor_is_whoever_the_settings_say(tmp_path: Path) -> None:
    init(tmp_path)

    context = open_context(tmp_path, flags={"actor": "ann"})

    assert commit(context, "orders", {"id": [1]}).created_by == "ann"
    context.opened.close()


def test_parts_are_made_once_and_closing_twice_does_no_harm(tmp_path: Path) -> None:
    init(tmp_path)
    context = open_context(tmp_path)

    assert context.catalog is context.catalog
    assert context.blobs is context.blobs
    assert context.registry is context.registry
    assert context.root == tmp_path.resolve()
    context.progress(Step("reading", 1, None))
    context.opened.close()
    context.opened.close()


@pytest.mark.row("S3-43", part="ids")
@pytest.mark.parametrize("tenant", ["../other", "a/b", "", ".", "a\x00b"])
def test_a_tenant_cannot_leave_its_folder(tmp_path: Path, tenant: str) -> None:
    init(tmp_path)

    with pytest.raises(Invalid) as caught:
        open_context(tmp_path, flags={"tenant": tenant})

    assert "cannot name a tenant" in caught.value.message


def test_a_project_whose_making_was_cut_off_can_be_made_again(tmp_path: Path) -> None:
    (tmp_path / "headgate.toml").write_text('name = "half"\n', encoding="utf-8")
    (tmp_path / ".headgate").mkdir()

    report = init(tmp_path, name="whole")

    assert report.name == "whole"
    with pytest.raises(Conflict):
        init(tmp_path)
