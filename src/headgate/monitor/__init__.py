"""The watch: how far a window has moved from its reference, and how good a model still is."""
