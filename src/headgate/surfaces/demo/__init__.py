"""Worked examples on real data, told at the terminal and left on disk to go on with."""
