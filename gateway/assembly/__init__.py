"""Joins the parts of one process: the only place that knows ports and their implementations."""
