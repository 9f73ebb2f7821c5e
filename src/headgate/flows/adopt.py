"""The verbs of adoption: what is already there becomes part of the graph."""

from __future__ import annotations

from headgate.flows.adopting.reports import (
    AdoptMlflow,
    AdoptModel,
    AdoptPredictions,
    MlflowAdopted,
    PredictionsAdopted,
    ServiceAdopted,
)
from headgate.spine.context import Context
from headgate.spine.operations import Rows, operation


@operation("adopt.predictions", writes=True)
def predictions(context: Context, request: AdoptPredictions, rows: Rows) -> PredictionsAdopted:
    """Take past predictions into the log, from any file of rows; taken twice they change nothing.

    Raises:
        NotFound: there is no such column or model version.
        Invalid: a value is of the wrong type.
    """
    from headgate.flows.adopting.predictions import adopt_predictions

    return adopt_predictions(context, request, rows)


@operation("adopt.mlflow", writes=True)
def mlflow(context: Context, request: AdoptMlflow) -> MlflowAdopted:
    """Take runs, the datasets they read, models and aliases from an MLflow tracking server.

    Raises:
        NotFound: there is no such experiment.
        Invalid: the address is none, or something else answers there.
        Unavailable: nobody answers there.
    """
    from headgate.flows.adopting.mlflow import adopt_mlflow

    return adopt_mlflow(context, request)


@operation("adopt.model", writes=True)
def model(context: Context, request: AdoptModel) -> ServiceAdopted:
    """Take a model in service, what it learned from and what it answered; twice changes nothing.

    Raises:
        NotFound: a file or column is not there.
        Invalid: a file is not what it claims to be.
    """
    from headgate.flows.adopting.model import adopt_model

    return adopt_model(context, request)
