from pathlib import Path

import pytest

from mock_server import faults
from mock_server.failures import KNOWN_CODES, family_of

README = (Path(__file__).parents[2] / "mock_server" / "README.md").read_text()


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("SAFETY.INPUT.TEXT", "SAFETY.INPUT"),
        ("SAFETY.INPUT", "SAFETY.INPUT"),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", "INPUT_PREPROCESSING.SAFETY"),
        ("INTERNAL.BAD_OUTPUT.CODE01", "INTERNAL.BAD_OUTPUT"),
        ("INTERNAL", "INTERNAL"),
        ("INTERNALLY.SOMETHING", "INTERNAL"),
        ("SOMETHING.NEW", "INTERNAL"),
        (None, "INTERNAL"),
    ],
)
def test_the_longest_fitting_prefix_names_the_family(code: str | None, prefix: str) -> None:
    assert family_of(code).prefix == prefix


def test_the_readme_names_every_failure_code() -> None:
    assert [code for code in KNOWN_CODES if f"`{code}`" not in README] == []


def test_the_readme_names_every_fault_as_token_and_as_armed() -> None:
    assert [name for name in faults.ALL if f'"fault": "{name}"' not in README] == []
    assert [name for name in faults.ALL if f"`[[{name}" not in README] == []
