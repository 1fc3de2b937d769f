"""Runs a firmware from reset as its board would, with its console, until it ends: `simtiny exec`."""
