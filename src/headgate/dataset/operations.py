"""The verbs on datasets."""

from __future__ import annotations

from headgate.core.nouns import Snapshot
from headgate.dataset.branching.reports import (
    BranchesRequest,
    BranchList,
    BranchReport,
    BranchRequest,
    MergeReport,
    MergeRequest,
    TagReport,
    TagRequest,
    TogetherReport,
    TogetherRequest,
)
from headgate.dataset.erasing.reports import EraseRequest, Erasures, ErasuresRequest, Receipt
from headgate.dataset.files.reports import (
    CommitFolderRequest,
    FileList,
    FileRequest,
    FilesRequest,
    FolderCheck,
    FoldersReport,
    FoldersRequest,
    VerifyFolderRequest,
)
from headgate.dataset.get_reports import GetRequest
from headgate.dataset.moving.reports import (
    ExportReport,
    ExportRequest,
    ImportReport,
    ImportRequest,
    MirrorReport,
    MirrorRequest,
    VerifyReport,
    VerifyRequest,
)
from headgate.dataset.part_reports import PartList, PartRequest, PartsRequest
from headgate.dataset.reports import (
    ChangesRequest,
    CommitRequest,
    DatasetList,
    DiffReport,
    DiffRequest,
    ListRequest,
    LogRequest,
    QueryRequest,
    ReadRequest,
    RestoreReport,
    RestoreRequest,
    ShowRequest,
    SnapshotDetail,
    SnapshotLog,
)
from headgate.dataset.upkeep.reports import (
    CompactReport,
    CompactRequest,
    FsckReport,
    FsckRequest,
    GcReport,
    GcRequest,
    HoldReport,
    HoldRequest,
)
from headgate.spine.context import Context
from headgate.spine.operations import Rows, Tables, operation


@operation("dataset.list")
def list_datasets(context: Context, _request: ListRequest) -> DatasetList:
    """List the datasets and their newest snapshots."""
    from headgate.dataset.history import datasets

    return datasets(context)


@operation("dataset.commit", writes=True, streams=True)
def commit(context: Context, request: CommitRequest, rows: Rows) -> Snapshot:
    """Bring rows into a dataset and freeze the result as a snapshot."""
    from headgate.dataset.chunks import commit_any

    return commit_any(context, request, rows)


@operation("dataset.commit_folder", writes=True)
def commit_folder(context: Context, request: CommitFolderRequest) -> Snapshot:
    """Bring the files of a folder into a dataset and freeze the result as a snapshot.

    Only files touched since the last commit are read; the same bytes are kept once.
    """
    from headgate.dataset.files.commit import commit_folder

    return commit_folder(context, request)


@operation("dataset.files")
def files(context: Context, request: FilesRequest) -> FileList:
    """List what stands in a folder of a snapshot: files, and folders with their digests."""
    from headgate.dataset.files.reads import list_files

    return list_files(context, request)


@operation("dataset.file")
def file(context: Context, request: FileRequest) -> bytes:
    """Read one file of a snapshot, or a range of its bytes."""
    from headgate.dataset.files.reads import read_one

    return read_one(context, request)


@operation("dataset.folders")
def folders(context: Context, request: FoldersRequest) -> FoldersReport:
    """Compare the files of two snapshots folder by folder; equal folders are skipped."""
    from headgate.dataset.files.folders import diff_folders

    return diff_folders(context, request)


@operation("dataset.verify_folder")
def verify_folder(context: Context, request: VerifyFolderRequest) -> FolderCheck:
    """Hold a folder on disk against a snapshot, by the digest of every file."""
    from headgate.dataset.files.check import verify_folder

    return verify_folder(context, request)


@operation("dataset.commit_together", writes=True)
def commit_together(context: Context, request: TogetherRequest, tables: Tables) -> TogetherReport:
    """Bring rows into several datasets; all of them land, or none does."""
    from headgate.dataset.together import commit_together

    return commit_together(context, request, tables)


@operation("dataset.read")
def read(context: Context, request: ReadRequest) -> Rows:
    """Read a snapshot's rows; inside a run, what was read is remembered."""
    from headgate.dataset.reads import read_dataset

    return read_dataset(context, request)


@operation("dataset.get")
def get(context: Context, request: GetRequest) -> Rows:
    """Get single rows by key or row id, in the order asked."""
    from headgate.dataset.getting import get_rows

    return get_rows(context, request)


@operation("dataset.parts")
def parts(context: Context, request: PartsRequest) -> PartList:
    """Open a snapshot to be read part by part; inside a run, the read is remembered."""
    from headgate.dataset.parts import list_parts

    return list_parts(context, request)


@operation("dataset.part")
def part(context: Context, request: PartRequest) -> Rows:
    """Read one part of a snapshot, or some of its rows."""
    from headgate.dataset.parts import read_part

    return read_part(context, request)


@operation("dataset.log")
def log(context: Context, request: LogRequest) -> SnapshotLog:
    """List a dataset's snapshots, the newest first."""
    from headgate.dataset.history import snapshot_log

    return snapshot_log(context, request)


@operation("dataset.show")
def show(context: Context, request: ShowRequest) -> SnapshotDetail:
    """Describe one snapshot: columns, counts, files."""
    from headgate.dataset.history import snapshot_detail

    return snapshot_detail(context, request)


@operation("dataset.diff")
def diff(context: Context, request: DiffRequest) -> DiffReport:
    """Compare two snapshots row by row."""
    from headgate.dataset.diff import diff_snapshots

    return diff_snapshots(context, request)


@operation("dataset.changes")
def changes(context: Context, request: ChangesRequest) -> Rows:
    """Read every row that differs between two snapshots.

    Column `_change` says what a row is: `added`, `removed`, or one that changed as it was `before`
    and `after`.
    """
    from headgate.dataset.diff import changed_rows

    return changed_rows(context, request)


@operation("dataset.tag", writes=True)
def tag(context: Context, request: TagRequest) -> TagReport:
    """Give a snapshot a name that can stand after the @; move, protect or delete it.

    A protected tag can be neither moved nor deleted until it is let go again.
    """
    from headgate.dataset.branching.branches import tag_snapshot

    return tag_snapshot(context, request)


@operation("dataset.branch", writes=True)
def branch(context: Context, request: BranchRequest) -> BranchReport:
    """Make a branch of a dataset; protect or delete it.

    Commits to a branch leave the others as they are. A protected branch takes merges only.
    """
    from headgate.dataset.branching.branches import change_branch

    return change_branch(context, request)


@operation("dataset.branches")
def branches(context: Context, request: BranchesRequest) -> BranchList:
    """List a dataset's branches and tags."""
    from headgate.dataset.branching.branches import list_branches

    return list_branches(context, request)


@operation("dataset.merge", writes=True)
def merge(context: Context, request: MergeRequest) -> MergeReport:
    """Bring what a branch changed into another one, row by row.

    Where both changed the same row, or added different rows with the same key, nothing is merged
    and the rows in conflict are listed.
    """
    from headgate.dataset.branching.merge import merge_branch

    return merge_branch(context, request)


@operation("dataset.restore", writes=True)
def restore(context: Context, request: RestoreRequest) -> RestoreReport:
    """Make a dataset what it was at an older snapshot; nothing is lost."""
    from headgate.dataset.changes import restore_snapshot

    return restore_snapshot(context, request)


@operation("dataset.export", writes=True)
def export(context: Context, request: ExportRequest) -> ExportReport:
    """Write a snapshot to a file or folder of another tool, and read it back to be sure."""
    from headgate.dataset.moving.export import export_snapshot

    return export_snapshot(context, request)


@operation("dataset.import", writes=True)
def import_(context: Context, request: ImportRequest) -> ImportReport:
    """Bring a table of another tool, or of a DVC repository, into a dataset."""
    from headgate.dataset.moving.importing import import_dataset

    return import_dataset(context, request)


@operation("dataset.verify")
def verify(context: Context, request: VerifyRequest) -> VerifyReport:
    """Compare two copies of a table row by row, whatever the order of rows and the format."""
    from headgate.dataset.verifying.verify import verify_copies

    return verify_copies(context, request)


@operation("dataset.mirror", writes=True)
def mirror(context: Context, request: MirrorRequest) -> MirrorReport:
    """Keep a verified export of every snapshot beside the store, and mend what is missing."""
    from headgate.dataset.moving.mirror import mirror_datasets

    return mirror_datasets(context, request)


@operation("query", bare=True)
def query(context: Context, request: QueryRequest) -> Rows:
    """Ask snapshots in SQL, with everything else shut off."""
    from headgate.dataset.reads import query_snapshots

    return query_snapshots(context, request)


@operation("dataset.erase", writes=True)
def erase(context: Context, request: EraseRequest) -> Receipt:
    """Erase a subject from every snapshot and all that was made of it; first shows the plan."""
    from headgate.dataset.erasing.erase import erase_rows

    return erase_rows(context, request)


@operation("dataset.erasures")
def erasures(context: Context, request: ErasuresRequest) -> Erasures:
    """List the signed receipts of erasures and check each."""
    from headgate.dataset.erasing.erase import list_receipts

    return list_receipts(context, request)


@operation("dataset.compact", writes=True)
def compact(context: Context, request: CompactRequest) -> CompactReport:
    """Write a dataset's small and thinned-out files anew as full ones; no answer changes."""
    from headgate.dataset.upkeep.verbs import compact_dataset

    return compact_dataset(context, request)


@operation("dataset.gc", writes=True)
def gc(context: Context, request: GcRequest) -> GcReport:
    """Collect files that nothing names and let old snapshots expire; first shows the plan."""
    from headgate.dataset.upkeep.collecting import collect

    return collect(context, request)


@operation("dataset.hold", writes=True)
def hold(context: Context, request: HoldRequest) -> HoldReport:
    """Put a dataset on legal hold, so that nothing of it is erased, expired or collected."""
    from headgate.dataset.upkeep.verbs import hold_dataset

    return hold_dataset(context, request)


@operation("dataset.fsck", writes=True)
def fsck(context: Context, request: FsckRequest) -> FsckReport:
    """Check that all that is named is there and is what was written; exit code 1 if not."""
    from headgate.dataset.upkeep.checking import check

    return check(context, request)
