"""Bringing tables of other tools into a dataset, each import one unit of work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headgate.dataset.formats.files import opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import format_at
from headgate.dataset.moving.dvc import is_dvc
from headgate.dataset.moving.intake import take, told_types
from headgate.dataset.moving.reports import Imported, ImportReport

if TYPE_CHECKING:
    from headgate.dataset.moving.reports import ImportRequest
    from headgate.spine.context import Context


def import_dataset(context: Context, request: ImportRequest) -> ImportReport:
    """Bring what lies at a path into a dataset.

    Raises:
        NotFound: nothing lies there.
        Invalid: it is not what its format says, or does not fit the dataset.
        Unavailable: the format's library is missing.
    """
    path = Path(request.path)
    if request.format == "dvc" or (request.format is None and is_dvc(path)):
        from headgate.dataset.moving.dvc_import import import_dvc

        return import_dvc(context, request)
    form = format_at(path, request.format)
    wanted = Wanted(schema=told_types(context, request), split=request.split)
    rows = opened(form, path, wanted).read_all()
    snapshot = take(context, request, rows, uri=str(path.absolute()))
    return ImportReport(
        dataset=request.name,
        path=request.path,
        format=form.name,
        snapshots=(Imported(snapshot=snapshot),),
    )
