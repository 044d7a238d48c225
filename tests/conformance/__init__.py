"""Requests made up from the documents themselves, against the running programs."""
