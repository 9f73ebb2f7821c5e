"""Writes remarks as SARIF 2.1.0, which code hosts show beside the line they are about."""

from __future__ import annotations

from posixpath import normpath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.inspecting.nouns import Case, Place, Remark

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "headgate/v1"


def sarif(cases: Sequence[Case], version: str, prefix: str = "") -> str:
    """Write the remarks of cases as one log with one run.

    Args:
        cases: in their order.
        version: of Headgate.
        prefix: the inspected folder seen from the top of its repository, such as `data/`.
    """
    remarks = [one for case in cases for one in case.remarks]
    first = {one.rule: one for one in reversed(remarks)}
    rules = sorted(first)
    log: dict[str, Any] = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "headgate",
                        "version": version,
                        "rules": [_rule(first[rule]) for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, rules.index(one.rule), prefix) for one in remarks],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rule(remark: Remark) -> dict[str, Any]:
    """Describe a rule by the first remark of it; code hosts show no rule without a description."""
    said = " ".join(remark.rule.split("/"))
    return {
        "id": remark.rule,
        "name": remark.rule,
        "shortDescription": {"text": said},
        "fullDescription": {"text": remark.message},
        "help": {"text": remark.mend or "look at what is told"},
        "defaultConfiguration": {"level": remark.level},
    }


def _result(remark: Remark, index: int, prefix: str) -> dict[str, Any]:
    text = remark.message + (f". Mend: {remark.mend}" if remark.mend else "")
    told = f"{remark.rule}\n{remark.place.file}\n{remark.message}"
    result: dict[str, Any] = {
        "ruleId": remark.rule,
        "ruleIndex": index,
        "level": remark.level,
        "message": {"text": text},
        "locations": [_location(remark.place, prefix)],
        "partialFingerprints": {FINGERPRINT: blake3(told.encode()).hexdigest()[:32]},
    }
    if remark.seen_at:
        result["relatedLocations"] = [
            {"id": number} | _location(one, prefix) | {"message": {"text": one.says}}
            for number, one in enumerate(remark.seen_at, start=1)
        ]
    return result


def _location(place: Place, prefix: str) -> dict[str, Any]:
    uri = place.file if place.file.startswith("/") else normpath(prefix + place.file)
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(uri)}}
    region = {"startLine": max(place.line, 1)}
    if place.column:
        region["startColumn"] = place.column
    return {"physicalLocation": physical | {"region": region}}
