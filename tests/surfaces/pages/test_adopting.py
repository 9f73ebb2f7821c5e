"""Tests of the pages of what was adopted: both verdicts side by side."""

from __future__ import annotations

from typing import Any

import msgspec

import headgate
from headgate.contract.switching import reports as suites
from headgate.core.left_out import LeftOut
from headgate.monitor.adopting import reports as evidently
from tests.surfaces.pages.reading import read, records, section
from tests.surfaces.pages.reports import measured

AGREED = suites.Compared(
    expectation="expect_column_values_to_not_be_null",
    column="age",
    rules=("age.required",),
    gx=False,
    ours=False,
    gx_figure=300.0,
    our_figure=300.0,
    state="agree",
)
APART = msgspec.structs.replace(
    AGREED, column="day", gx=True, gx_figure=0.0, state="unexplained", reason="nobody knows"
)
SILENT = msgspec.structs.replace(
    AGREED, column="plan", ours=None, our_figure=None, state="not compared", reason="no such clause"
)
PSI = evidently.Compared(
    column="age",
    kind="number",
    method="PSI",
    theirs=0.25,
    their_limit=0.1,
    their_drift=True,
    same=0.25,
    drift=True,
    is_same=True,
)
OTHER = msgspec.structs.replace(
    PSI,
    column="note",
    theirs=None,
    their_drift=None,
    same=None,
    drift=False,
    is_same=False,
    reasons=("texts are watched otherwise", "none is kept"),
)


def adopted(*some: suites.Compared, **changes: Any) -> suites.GxAdopted:
    """Make an adoption of one suite, both looking at the same rows."""
    suite = suites.SuiteAdopted(
        suite="people",
        contract="people",
        path="contracts/people.yaml",
        is_new=True,
        n_expectations=len(some),
        compared=some,
        left_out=(LeftOut("expectations[2]", "a rule", "no clause says it"),),
    )
    states = [one.state for one in some]
    report = suites.GxAdopted(
        version="1.24.1",
        looked_at="people@3",
        n_rows=1000,
        suites=(suite,),
        notifiers="",
        left_out=(),
        n_agreed=states.count("agree"),
        n_explained=states.count("explained"),
        n_unexplained=states.count("unexplained"),
        has_findings="unexplained" in states,
    )
    return msgspec.structs.replace(report, **changes)


def watched(*some: evidently.Compared, **changes: Any) -> evidently.EvidentlyAdopted:
    """Make an adoption of a report of Evidently."""
    report = evidently.EvidentlyAdopted(
        monitor="ages",
        path="monitors/ages.yaml",
        form="report",
        version="0.7.23",
        compared=some,
        n_same=sum(one.is_same for one in some),
        n_unexplained=sum(not one.is_explained for one in some),
    )
    return msgspec.structs.replace(report, **changes)


def test_each_expectation_stands_with_both_verdicts() -> None:
    page = headgate.page(adopted(AGREED, SILENT))

    agreed, silent = records(section(page, "people"))

    assert (agreed["there"], agreed["here"], agreed["is"]) == ("broken", "broken", "the same")
    assert (agreed["figure there"], agreed["figure here"]) == ("300", "300")
    assert (silent["there"], silent["here"], silent["is"]) == ("broken", "-", "not compared")
    assert silent["why"] == "no such clause"


def test_a_difference_nobody_can_explain_is_the_verdict() -> None:
    page = headgate.page(adopted(AGREED, APART))

    _, apart = records(section(page, "people"))

    assert "<h1>1 expectation seen otherwise, and nobody knows why</h1>" in page
    assert (apart["is"], apart["there"], apart["here"]) == ("▲ unexplained", "kept", "broken")


def test_suites_that_were_not_compared_say_so() -> None:
    alone = headgate.page(adopted(AGREED, looked_at="", version=""))
    both = headgate.page(adopted(AGREED))

    assert "<h1>1 expectation adopted, not yet compared</h1>" in alone
    assert "Great Expectations 1" not in alone
    assert "<h1>1 expectation adopted, every difference has its reason</h1>" in both
    assert "<dd>people@3, 1,000</dd>" in both


def test_what_did_not_translate_is_named_with_its_reason() -> None:
    besides = LeftOut("", "a store", "it has no counterpart")

    page = headgate.page(adopted(AGREED, left_out=(besides,), notifiers="[notifiers.tell]"))

    assert read(section(page, "people")).tables[1][1] == [
        *("expectations[2]", "a rule", "no clause says it"),
    ]
    (row,) = records(section(page, "Not translated besides"))
    assert row == {"where": "the file", "what": "a store", "why": "it has no counterpart"}
    assert "<pre>[notifiers.tell]</pre>" in section(page, "Notifiers")


def test_each_column_stands_as_evidently_sees_it_and_as_we_do() -> None:
    page = headgate.page(watched(PSI, OTHER))

    age, note = records(section(page, "Columns"))

    assert (age["there"], age["here"], age["is"]) == ("0.25", "0.25", "the same")
    assert (age["drift there"], age["drift here"]) == ("yes", "yes")
    assert (note["there"], note["drift there"], note["drift here"]) == ("-", "-", "no")
    assert note["why"] == "texts are watched otherwise; none is kept"


def test_columns_without_a_reason_are_the_verdict() -> None:
    strange = msgspec.structs.replace(PSI, is_same=False, is_explained=False)

    loud = headgate.page(watched(strange))
    calm = headgate.page(watched(PSI, OTHER))
    alone = headgate.page(watched(version=""))

    assert "<h1>1 column seen otherwise for no known reason</h1>" in loud
    assert "▲ unexplained" in section(loud, "Columns")
    assert "<h1>2 columns compared, every difference has its reason</h1>" in calm
    assert "<h1>Monitor ages made, not yet compared</h1>" in alone


def test_what_evidently_has_no_eyes_for_is_told() -> None:
    lacking = measured(check="missing", metric="missing_share", value=0.3, before=0.01)
    unread = LeftOut("metrics[1]", "TextEvals", "it asks a model")

    page = headgate.page(watched(PSI, seen_here=(lacking,), left_out=(unread,)))

    assert "<li>age: 1.0 % missing before, 30.0 % now</li>" in section(page, "Seen here only")
    (row,) = records(section(page, "Not translated"))
    assert row["what"] == "TextEvals"
