"""Counting and pricing of what a core does, whoever executes it."""
