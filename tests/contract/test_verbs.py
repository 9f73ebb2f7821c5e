"""The verbs on contracts, as a user calls them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from headgate.contract.operations import diff
from headgate.contract.requests import DiffContracts
from headgate.core.errors import Conflict, Denied, Invalid, NotFound
from headgate.spine.context import Context
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.contract.sample import WHOLE, contract_text
from tests.surfaces.shell import shell


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


def test_a_schema_is_imported_once_and_replaced_only_if_that_is_said(
    project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "user.avsc"
    fields = (
        '[{"name": "id", "type": "long"}, {"name": "m", "type": {"type": "map", "values": "int"}}]'
    )
    file.write_text(f'{{"type": "record", "name": "User", "fields": {fields}}}', encoding="utf-8")

    report = project.contract.import_(str(file), to="contracts/users.yaml")

    assert (report.name, report.format, report.objects) == ("users", "avro", ("User",))
    assert report.n_columns == 2
    assert [one.path for one in report.left_out] == ["$.m"]
    assert [one.name for one in project.contract.list().contracts] == ["users"]
    with pytest.raises(Conflict, match="there is a contract users already"):
        project.contract.import_(str(file), to="users")
    assert project.contract.import_(str(file), to="users", replace=True).path == report.path


def test_a_contract_is_exported_as_text_or_to_a_file(
    project: Project, folder: Path, tmp_path: Path
) -> None:
    told = project.contract.export("orders", format="avro")
    written = project.contract.export("orders", format="avro", to=str(tmp_path / "orders.avsc"))

    assert (tmp_path / "orders.avsc").read_text(encoding="utf-8") == told.text == written.text
    assert json.loads(told.text)["name"] == "orders"
    assert told.left_out
    with pytest.raises(NotFound, match="no folder"):
        project.contract.export("orders", to=str(tmp_path / "none" / "x.json"))


def test_a_file_of_a_bad_name_is_imported_under_a_name_that_is_given(
    project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "1 list.json"
    file.write_text('{"$schema": "x", "properties": {"a": {"type": "string"}}}', encoding="utf-8")

    with pytest.raises(Invalid, match="cannot name a contract"):
        project.contract.import_(str(file))
    assert project.contract.import_(str(file), to="lists").n_columns == 1


def test_without_a_project_too_the_command_line_ends_with_1_if_a_version_may_not_follow(
    tmp_path: Path,
) -> None:
    call = shell(table(), tmp_path)
    for name, kind in (("old", "int"), ("mid", "long"), ("new", "float")):
        (tmp_path / f"{name}.avsc").write_text(f'"{kind}"', encoding="utf-8")

    assert call("contract", "compat", "old.avsc", "new.avsc").code == 0
    assert call("contract", "compat", "new.avsc", "old.avsc").code == 1
    assert call("contract", "compat", "new.avsc", "old.avsc", "--mode", "FORWARD").code == 0
    both = ("--old", "new.avsc", "--old", "mid.avsc", "mid.avsc")
    assert call("contract", "compat", *both).code == 0
    assert call("contract", "compat", *both, "--mode", "FULL_TRANSITIVE").code == 1
    assert call("contract", "compat", "old.avsc", "none.avsc").code == 2
    assert call("contract", "diff", "old.avsc", "new.avsc").code == 0
    assert call("contract", "list").code == 2
    assert call("contract", "compat", "old.avsc", "new.avsc", "--project", ".").code == 2


def test_who_asks_through_a_server_sees_no_file_outside_of_the_project(
    context: Context, folder: Path, tmp_path: Path
) -> None:
    asked = dataclasses.replace(context, is_remote=True)
    outside = tmp_path / "secret.yaml"
    outside.write_text(WHOLE, encoding="utf-8")
    (folder / "link.yaml").symlink_to(outside)

    for word in (str(outside), "../secret.yaml", ".headgate", "contracts/link.yaml"):
        with pytest.raises(Denied):
            diff(asked, DiffContracts(old="orders", new=word))
    assert diff(asked, DiffContracts(old="orders", new="contracts/orders.yaml")).n_breaking == 0
    assert diff(context, DiffContracts(old="orders", new=str(outside))).n_breaking == 0
