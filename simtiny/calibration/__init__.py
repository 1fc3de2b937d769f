"""Fits the coefficients of a board's power model to measured energies."""
