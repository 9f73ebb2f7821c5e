"""Bringing tables of other tools into a dataset, each import one unit of work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
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
        NotFound: nothing lies there, or a type was given of a column that it has not.
        Invalid: it is not what its format says, does not fit the dataset, or what was asked is for
            another format.
        Unavailable: the format's library is missing.
    """
    path = Path(request.path)
    if request.format == "dvc" or (request.format is None and is_dvc(path)):
        from headgate.dataset.moving.dvc_import import import_dvc

        return import_dvc(context, request)
    form = format_at(path, request.format)
    _refuse_foreign(request, form.name)
    wanted = Wanted(schema=told_types(context, request), split=request.split)
    rows = opened(form, path, wanted).read_all()
    for name in request.types:
        if name not in rows.column_names:
            raise NotFound.among(f"column of {path}", name, rows.column_names)
    snapshot = take(context, request, rows, uri=str(path.absolute()))
    return ImportReport(
        dataset=request.name,
        path=request.path,
        format=form.name,
        snapshots=(Imported(snapshot=snapshot),),
    )


def _refuse_foreign(request: ImportRequest, form: str) -> None:
    """Refuse what only another format can answer; left unheard it would seem to be done."""
    if request.history:
        raise Invalid(f"a copy in {form} has no history", mend="leave out --history")
    if request.split is not None and form != "huggingface":
        raise Invalid(f"a copy in {form} has no splits", mend="leave out --split")
