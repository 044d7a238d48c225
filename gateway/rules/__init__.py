"""Decide; pure."""
