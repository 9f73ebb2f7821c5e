"""Writes cases as JUnit XML, which every CI system reads: a suite each, a failure where one is."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.inspecting.nouns import Case, Remark

UNSPEAKABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def junit(cases: Sequence[Case], failing: frozenset[str]) -> str:
    """Write cases as one document.

    Args:
        cases: in their order; those of a suite stand together.
        failing: levels that make a case fail.
    """
    suites = [(name, list(some)) for name, some in groupby(cases, key=lambda one: one.suite)]
    root = ET.Element("testsuites", {"name": "headgate ci"} | _counts(cases, failing))
    for name, some in suites:
        suite = ET.SubElement(root, "testsuite", {"name": _said(name)} | _counts(some, failing))
        for case in some:
            _add(suite, case, failing)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add(suite: ET.Element, case: Case, failing: frozenset[str]) -> None:
    first = case.remarks[0].place if case.remarks else None
    where = {"file": _said(first.file), "line": str(first.line)} if first and first.line else {}
    known = {"classname": _said(case.suite), "name": _said(case.name)}
    known["time"] = f"{case.took_ms / 1000:.3f}"
    element = ET.SubElement(suite, "testcase", known | where)
    if case.skipped:
        ET.SubElement(element, "skipped", message=_said(case.skipped))
    bad = [one for one in case.remarks if one.level in failing]
    if bad:
        told = _said(bad[0].message)
        failure = ET.SubElement(element, "failure", message=told, type=bad[0].level)
        failure.text = _said("\n".join(_line(one) for one in bad))
    quiet = [one for one in case.remarks if one.level not in failing]
    if quiet:
        out = ET.SubElement(element, "system-out")
        out.text = _said("\n".join(_line(one) for one in quiet))


def _counts(cases: Sequence[Case], failing: frozenset[str]) -> dict[str, str]:
    n_failures = sum(any(one.level in failing for one in case.remarks) for case in cases)
    return {
        "tests": str(len(cases)),
        "failures": str(n_failures),
        "errors": "0",
        "skipped": str(sum(bool(case.skipped) for case in cases)),
        "time": f"{sum(case.took_ms for case in cases) / 1000:.3f}",
    }


def _line(remark: Remark) -> str:
    place = remark.place
    where = f"{place.file}:{place.line}" if place.line else place.file
    seen = "".join(f"\n  seen at {one.file}:{one.line}: {one.says}" for one in remark.seen_at)
    mend = f"\n  mend: {remark.mend}" if remark.mend else ""
    return f"{where}: {remark.level}: {remark.message}{seen}{mend}"


def _said(text: str) -> str:
    return UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", text)
