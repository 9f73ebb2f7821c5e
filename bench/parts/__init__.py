"""What the benchmarks are made of: plans, worlds, timing and the ways we are compared with."""
