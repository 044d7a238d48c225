"""Bytes that nobody would send, for everything that reads what comes from outside."""
