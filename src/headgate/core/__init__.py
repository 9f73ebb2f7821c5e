"""Frozen nouns, errors, references and time: what every other layer may import."""
