"""How good a model was, once its labels are there: metrics with intervals, per class and slice."""

from headgate.monitor.realised.classes import measure_classes
from headgate.monitor.realised.intervals import Measured
from headgate.monitor.realised.numbers import measure_numbers
from headgate.monitor.realised.probabilities import measure_scores
from headgate.monitor.realised.slices import by_slice

__all__ = ["Measured", "by_slice", "measure_classes", "measure_numbers", "measure_scores"]
