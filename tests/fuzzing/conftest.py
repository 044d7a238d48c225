"""Fuzzing under coverage guidance runs where there is an atheris: on Linux."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("atheris") else ["test_coverage_guided.py"]
