"""Recorded latencies of real boards beside predictions for the very images that were measured."""
