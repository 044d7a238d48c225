"""Runway's API as the gateway calls it, with its answers translated."""
