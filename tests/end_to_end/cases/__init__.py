"""The cases of `gateway/TEAMS.md`, by its headings."""

from tests.end_to_end.cases import creating, deleting, stuck, unclear

__all__ = ["creating", "deleting", "stuck", "unclear"]
