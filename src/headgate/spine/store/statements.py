"""The statements that every commit and every look at a dataset executes, built once.

Building one takes three times as long as executing it; those that change rows are compiled once
besides. A parameter that a statement compares with
is named for what it stands for; in an update it must not be named as a column.
"""

from __future__ import annotations

from sqlalchemy import (
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from headgate.spine.store.prepared import Prepared
from headgate.spine.store.tables import batches, counters, datasets, refs, versions

_any_version = versions.alias()
_RID, _REV = literal_column("'rid'"), literal_column("'rev'")
_one_row = select(literal_column("1").label("one")).subquery()
_of_dataset = and_(
    datasets.c.tenant == bindparam("tenant"), datasets.c.name == bindparam("dataset")
)
_of_branch = and_(
    refs.c.tenant == bindparam("tenant"),
    refs.c.dataset == bindparam("dataset"),
    refs.c.name == bindparam("branch"),
    refs.c.kind == literal_column("'branch'"),
)
_of_version = and_(
    versions.c.tenant == bindparam("tenant"), versions.c.dataset == bindparam("dataset")
)
_of_ref = and_(
    refs.c.tenant == versions.c.tenant,
    refs.c.dataset == versions.c.dataset,
    refs.c.number == versions.c.number,
)

COUNT = Prepared(insert(counters))
COUNTED = select(counters.c.value).where(
    counters.c.tenant == bindparam("tenant"), counters.c.name == bindparam("counter")
)
BUMP = Prepared(
    update(counters)
    .where(counters.c.tenant == bindparam("of"), counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("by"))
    .returning(counters.c.value)
)
MINT = Prepared(
    update(counters)
    .where(
        counters.c.tenant == bindparam("of"), or_(counters.c.name == _RID, counters.c.name == _REV)
    )
    .values(
        value=counters.c.value
        + case((counters.c.name == _RID, bindparam("rid")), else_=bindparam("rev"))
    )
    .returning(counters.c.name, counters.c.value)
)
"""Takes row ids and batch numbers at once."""

KEY = select(datasets.c.key).where(_of_dataset)
HEAD_NUMBER = select(refs.c.number).where(_of_branch)
HEADS = (
    select(versions)
    .join(refs, _of_ref)
    .where(
        refs.c.tenant == bindparam("tenant"),
        refs.c.dataset.in_(bindparam("names", expanding=True)),
        refs.c.name == bindparam("branch"),
        refs.c.kind == "branch",
    )
)
"""The newest versions of a branch of some datasets."""
VERSION = select(versions).where(_of_version, versions.c.number == bindparam("number"))
IS_KEPT = Prepared(
    select(versions.c.number).where(
        _of_version,
        versions.c.number == bindparam("number"),
        versions.c.expired_at.is_(None),
    )
)
_place = (
    datasets.c.key.label("dataset_key"),
    refs.c.number.label("head"),
    refs.c.is_protected,
    select(func.max(_any_version.c.number))
    .where(
        _any_version.c.tenant == bindparam("tenant"), _any_version.c.dataset == bindparam("dataset")
    )
    .scalar_subquery()
    .label("last"),
    select(counters.c.value)
    .where(counters.c.tenant == bindparam("tenant"), counters.c.name == bindparam("erasures"))
    .scalar_subquery()
    .label("n_erasures"),
    select(counters.c.value)
    .where(counters.c.tenant == bindparam("tenant"), counters.c.name == bindparam("contracts"))
    .scalar_subquery()
    .label("n_contracts"),
)
_branch = _one_row.outerjoin(datasets, _of_dataset).outerjoin(refs, _of_branch)
PLACE = Prepared(select(*_place).select_from(_branch))
"""Where a branch of a dataset stands: one row, whatever is there."""
STANDING = select(*_place, versions).select_from(
    _branch.outerjoin(versions, and_(_of_version, versions.c.number == refs.c.number))
)
"""The same, and its newest version."""

ADD_DATASET = Prepared(insert(datasets))
SET_KEY = Prepared(
    update(datasets)
    .where(datasets.c.tenant == bindparam("of"), datasets.c.name == bindparam("dataset"))
    .values(key=bindparam("to"))
)
ADD_VERSION = Prepared(insert(versions))
ADD_REF = Prepared(insert(refs))
MOVE_REF = Prepared(
    update(refs)
    .where(
        refs.c.tenant == bindparam("of"),
        refs.c.dataset == bindparam("in_dataset"),
        refs.c.name == bindparam("named"),
    )
    .values(number=bindparam("to"))
)
ADD_BATCH = Prepared(insert(batches))
