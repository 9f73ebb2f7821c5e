"""Cases as inspections make them, with every kind of remark."""

from __future__ import annotations

from headgate.spine.inspecting.nouns import Case, Place, Remark

ERROR = Remark(
    rule="contract/orders/age.range",
    level="error",
    message="age is out of its range: 1 rows",
    mend="mend the data",
    place=Place("contracts/orders.yaml", 18, 11),
    seen_at=(Place("orders.csv", 3, says="row 2: age 2000"),),
)
WARNING = Remark(
    rule="drift/orders/city", level="warning", message="it | moved", place=Place("a b/new.csv")
)
NOTE = Remark(
    rule="contract/not-looked-at",
    level="note",
    message="city.text: not looked at",
    place=Place("contracts/orders.yaml", 20),
)
CASES = (
    Case(suite="contract orders", name="age.range", remarks=(ERROR,), took_ms=12.5),
    Case(suite="contract orders", name="age.required"),
    Case(suite="contract orders", name="city.text", remarks=(NOTE,)),
    Case(suite="drift", name="city", remarks=(WARNING,)),
    Case(suite="drift", name="size", skipped="20 rows are too few"),
)
