"""The verbs on contracts: list, publish, check, infer, compare, import and export."""

from __future__ import annotations

from pathlib import Path

from headgate.contract.published.requests import (
    ContractHistory,
    ContractState,
    PublishContract,
    ShowContract,
    SignContract,
    WithdrawContract,
)
from headgate.contract.reports import CheckReport, CheckRequest
from headgate.contract.requests import (
    CompatReport,
    CompatRequest,
    ContractDiff,
    ContractExported,
    ContractImported,
    ContractList,
    DiffContracts,
    ExportContract,
    ImportContract,
    InferReport,
    InferRequest,
    ListContracts,
)
from headgate.contract.switching.reports import AdoptGx, GxAdopted
from headgate.core.errors import Denied
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("contract.list")
def list_contracts(context: Context, _request: ListContracts) -> ContractList:
    """List the contracts of the project, which are in force, and what is wrong with their files."""
    from headgate.contract.published.standing import standing_lines

    found = tuple(standing_lines(context))
    return ContractList(found, has_findings=any(one.problems for one in found))


@operation("contract.compat", anywhere=True)
def compat(context: Context, request: CompatRequest) -> CompatReport:
    """Say whether a version of a contract, Avro, JSON or Protobuf schema may follow older ones.

    Raises:
        NotFound: there is no such file or contract.
        Invalid: a file is broken, or the formats differ.
        Denied: it is asked through a server for a file outside of the project.
    """
    from headgate.contract.compat.modes import compare
    from headgate.contract.compat.schemas import confine, load_all, load_one

    if context.is_remote:
        confine(context.root, [*request.old, request.new])
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


@operation("contract.diff", anywhere=True)
def diff(context: Context, request: DiffContracts) -> ContractDiff:
    """List what changed between two versions, and whom it breaks.

    Raises:
        NotFound: there is no such file or contract.
        Invalid: a file is broken, or the formats differ.
        Denied: it is asked through a server for a file outside of the project.
    """
    from headgate.contract.compat.changes import changes
    from headgate.contract.compat.schemas import confine, load_one

    if context.is_remote:
        confine(context.root, [request.old, request.new])
    old, new = (load_one(context.root, word, request.format) for word in (request.old, request.new))
    found = tuple(changes(old, new))
    return ContractDiff(
        old=old.name,
        new=new.name,
        changes=found,
        n_breaking=sum(one.kind == "breaking" for one in found),
    )


@operation("contract.import", writes=True)
def import_(context: Context, request: ImportContract) -> ContractImported:
    """Make a contract of a JSON Schema, Avro schema, GX suite, dbt schema.yml or pandera schema.

    What does not translate is listed.

    Raises:
        NotFound: there is no such file.
        Invalid: the file is broken, or of no known format.
        Conflict: there is a contract of that name.
        Denied: it is asked through a server for a file outside of the project.
    """
    from headgate.contract.compat.schemas import inside
    from headgate.contract.exchange.verbs import import_file

    file = inside(context.root, request.path) if context.is_remote else Path(request.path)
    return import_file(context.root, file, request)


@operation("contract.export", writes=True)
def export(context: Context, request: ExportContract) -> ContractExported:
    """Write a contract for JSON Schema, Avro, GX, dbt or pandera; list what does not translate.

    Raises:
        NotFound: there is no such contract.
        Invalid: the contract is broken, or the format cannot hold it.
        Denied: it is asked through a server to write a file.
    """
    from headgate.contract.exchange.verbs import export_contract

    if context.is_remote and request.to is not None:
        raise Denied("a server writes no files", mend="leave --to out, and keep the text")
    return export_contract(context.root, request.name, request.format, request.to)


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


@operation("contract.publish", writes=True)
def publish(context: Context, request: PublishContract) -> ContractState:
    """Bring a contract into force, so that it guards its datasets at every commit.

    Raises:
        NotFound: there is no such contract.
        Invalid: its file is broken, or a breaking version keeps its major number.
        Conflict: it breaks what is in force, its version stands already, or another contract
            guards one of its datasets.
    """
    from headgate.contract.published.verbs import publish as published

    return published(context, request)


@operation("contract.sign", writes=True)
def sign(context: Context, request: SignContract) -> ContractState:
    """Sign a version as producer or consumer; a breaking one comes into force with the second.

    Raises:
        NotFound: there is no such contract, or no such version of it.
        Conflict: the party has signed it already, or the version is of the past.
        Denied: whoever signs has signed for the other party.
    """
    from headgate.contract.published.verbs import sign as signed

    return signed(context, request)


@operation("contract.show")
def show(context: Context, request: ShowContract) -> ContractHistory:
    """Show what is in force, who signed it, what was before, and what its gate found last.

    Raises:
        NotFound: no contract of that name was ever published.
    """
    from headgate.contract.published.verbs import show as shown

    return shown(context, request.name)


@operation("contract.withdraw", writes=True)
def withdraw(context: Context, request: WithdrawContract) -> ContractState:
    """Take a contract back; the version before guards again.

    Raises:
        NotFound: there is no such contract.
        Conflict: no version of it is pending or in force.
    """
    from headgate.contract.published.verbs import withdraw as withdrawn

    return withdrawn(context, request.name, request.because)


@operation("contract.infer", writes=True)
def infer(context: Context, request: InferRequest) -> InferReport:
    """Propose a contract for a dataset, each clause with the figures it stands on.

    Raises:
        NotFound: there is no such dataset or snapshot.
        Invalid: the name cannot name a contract.
        Conflict: it is to be written, and there is a contract of that name.
    """
    from headgate.contract.infer.verbs import infer as inferred

    return inferred(context, request)


@operation("adopt.gx", writes=True)
def adopt_gx(context: Context, request: AdoptGx) -> GxAdopted:
    """Import suites of Great Expectations as contracts, and look at the same rows with both.

    Every expectation is listed with both verdicts, every difference with its reason. Great
    Expectations runs in an environment of its own.

    Raises:
        NotFound: there is no such path, suite, dataset, file or Python.
        Invalid: a suite or file is broken.
        Conflict: there is another contract of a suite's name.
        Denied: it is asked through a server, whose machine would run it, or for a file outside of
            the project.
        Unavailable: Great Expectations cannot be installed.
    """
    from headgate.contract.compat.schemas import confine
    from headgate.contract.switching.gx import adopt

    if context.is_remote:
        confine(context.root, [request.path])
        if request.dataset or request.data or request.python:
            raise Denied(
                "Great Expectations is not run for who asks through a server",
                mend="run headgate adopt gx where the project lies",
            )
    return adopt(context, request)
