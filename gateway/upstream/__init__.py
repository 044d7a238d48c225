"""Runway over HTTP: the port `Upstream`."""
