"""How good a model is, estimated before its labels arrive: CBPE for classes, DLE for numbers."""

from headgate.monitor.performance.confidence import cbpe
from headgate.monitor.performance.estimates import Estimate, Estimates
from headgate.monitor.performance.loss import dle

__all__ = ["Estimate", "Estimates", "cbpe", "dle"]
