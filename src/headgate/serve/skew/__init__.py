"""Training-serving skew: what models were served beside what the offline data said at the time."""
