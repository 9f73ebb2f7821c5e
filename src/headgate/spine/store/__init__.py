"""The only place that drives databases, object stores and file formats of our own."""
