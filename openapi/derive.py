"""Derives openapi/runway.json: `python -m openapi.derive`.

From the types of the installed `runwayml` and the tables in openapi/overlay/; needs no network.
"""

import json
from pathlib import Path

from openapi.document import derived_document
from openapi.operations import sdk_operations
from openapi.overlay import lay_over, read_tables, response_names

COMMITTED = Path(__file__).parent / "runway.json"


def document_text() -> str:
    """The document as it is committed: the same text for the same SDK and overlay."""
    tables = read_tables()
    document = derived_document(sdk_operations(), response_names(tables))
    lay_over(document, tables)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(document_text())
