"""Cycles of a basic block on each core: one module a core, each a `simtiny.timing.core.Core`."""
