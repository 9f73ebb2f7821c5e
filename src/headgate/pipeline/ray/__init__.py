"""Calls steps on a Ray cluster; the catalog, the store and what is published stay where we are.

A bridge, a process of its own, is the only one that speaks to Ray: when a cluster goes away Ray
ends whoever is connected, and may wait for ever before. On the cluster a step runs in a process of
its own too, started, watched and ended by the same code as on this machine.
"""
