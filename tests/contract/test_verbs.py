"""The verbs on contracts, as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.surfaces.python import Project
from tests.contract.sample import WHOLE, contract_text


@pytest.fixture
def folder(project: Project, tmp_path: Path) -> Path:
    """The contracts of a project: one that is whole, one that is broken."""
    contracts = tmp_path / "project" / "contracts"
    contracts.mkdir(exist_ok=True)
    (contracts / "orders.yaml").write_text(WHOLE, encoding="utf-8")
    (contracts / "broken.yaml").write_text(contract_text(status=5), encoding="utf-8")
    return contracts


def test_contracts_are_listed_with_what_is_wrong_with_them(project: Project, folder: Path) -> None:
    broken, orders = project.contract.list().contracts

    assert [(one.line, one.clause, one.mend) for one in broken.problems] == [
        (5, "status", "put it in quotes")
    ]
    assert (orders.version, orders.status, orders.objects) == ("1.0.0", "active", ("orders",))
    assert (orders.n_properties, orders.n_rules, orders.owner) == (6, 6, "sales")


def test_a_file_that_is_no_yaml_is_listed_as_broken(project: Project, folder: Path) -> None:
    (folder / "broken.yaml").write_bytes(b"\xff")

    found = project.contract.list()

    assert found.has_findings
    assert "no UTF-8" in found.contracts[0].problems[0].message


@pytest.mark.row("S3-18")
def test_a_contract_that_asks_for_more_may_not_follow(
    project: Project, folder: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(WHOLE.replace("maxLength: 40", "maxLength: 20"), encoding="utf-8")

    report = project.contract.compat("orders", str(new))

    assert not report.is_compatible
    assert report.has_findings
    (found,) = report.incompatibilities
    assert (found.path, found.was, found.now) == ("orders.city.maxLength", "40", "20")
    assert project.contract.compat("orders", str(new), mode="FORWARD").is_compatible


def test_several_older_versions_count_in_a_transitive_mode(
    project: Project, tmp_path: Path
) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    for number, length in enumerate((40, 20, 20), start=1):
        text = WHOLE.replace("maxLength: 40", f"maxLength: {length}")
        (versions / f"v{number}.yaml").write_text(text, encoding="utf-8")
    new = str(versions / "v3.yaml")
    (tmp_path / "old").mkdir()
    for name in ("v1.yaml", "v2.yaml"):
        (versions / name).rename(tmp_path / "old" / name)

    last = project.contract.compat(str(tmp_path / "old"), new)
    every = project.contract.compat(str(tmp_path / "old"), new, mode="BACKWARD_TRANSITIVE")

    assert last.is_compatible
    assert [Path(one.against).name for one in every.incompatibilities] == ["v1.yaml"]


def test_what_changed_is_told_with_whom_it_breaks(
    project: Project, folder: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.yaml"
    text = WHOLE.replace("unit: h", "unit: d").replace("version: 1.0.0", "version: 1.1.0")
    new.write_text(text, encoding="utf-8")

    report = project.contract.diff("orders", str(new))

    assert report.n_breaking == 1
    assert [(one.path, one.kind) for one in report.changes] == [
        ("slaProperties.latency", "breaking"),
        ("version", "description"),
    ]


def test_a_folder_is_no_new_version_and_a_wrong_name_is_told(
    project: Project, folder: Path
) -> None:
    with pytest.raises(Invalid, match="is a folder of 2 versions"):
        project.contract.diff("orders", str(folder))
    with pytest.raises(NotFound, match="did you mean orders"):
        project.contract.compat("orders", "order")
