"""Inspections of a change before it is merged: what stages look at, and how it is written down."""
