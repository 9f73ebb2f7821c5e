"""The verbs on contracts: list, compat, diff, import and export."""

from __future__ import annotations

from headgate.contract.reports import CheckReport, CheckRequest
from headgate.contract.requests import (
    CompatReport,
    CompatRequest,
    ContractDiff,
    ContractList,
    DiffContracts,
    ListContracts,
)
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("contract.list")
def list_contracts(context: Context, _request: ListContracts) -> ContractList:
    """List the contracts of the project, and everything that is wrong with their files."""
    from headgate.contract.listing import lines

    found = tuple(lines(context.root))
    return ContractList(found, has_findings=any(one.problems for one in found))


@operation("contract.compat")
def compat(context: Context, request: CompatRequest) -> CompatReport:
    """Say whether a version of a contract, Avro schema or JSON Schema may follow older ones.

    Raises:
        NotFound: there is no such file or contract.
        Invalid: a file is broken, or the formats differ.
    """
    from headgate.contract.compat.modes import compare
    from headgate.contract.compat.schemas import load_all, load_one

    new = load_one(context.root, request.new, request.format)
    old = load_all(context.root, request.old, request.format)
    verdict = compare(old, new, request.mode)
    return CompatReport(
        mode=request.mode,
        format=new.format,
        old=verdict.compared,
        new=new.name,
        is_compatible=verdict.is_compatible,
        incompatibilities=verdict.incompatibilities,
        warnings=verdict.warnings,
        has_findings=not verdict.is_compatible,
    )


@operation("contract.diff")
def diff(context: Context, request: DiffContracts) -> ContractDiff:
    """List what changed between two versions, and whom it breaks.

    Raises:
        NotFound: there is no such file or contract.
        Invalid: a file is broken, or the formats differ.
    """
    from headgate.contract.compat.changes import changes
    from headgate.contract.compat.schemas import load_one

    old, new = (load_one(context.root, word, request.format) for word in (request.old, request.new))
    found = tuple(changes(old, new))
    return ContractDiff(
        old=old.name,
        new=new.name,
        changes=found,
        n_breaking=sum(one.kind == "breaking" for one in found),
    )


@operation("contract.check")
def check(context: Context, request: CheckRequest) -> CheckReport:
    """Say whether data keeps what its contract promises, and which rows do not.

    Raises:
        NotFound: there is no such dataset, snapshot, contract or table.
        Invalid: the contract is broken.
        Unavailable: the server does not answer.
    """
    from headgate.contract.looking import check as looked

    return looked(context, request)
