"""The documentation for people: one page made of the document, without scripts or other hosts."""

import json
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any

from gateway.web.document import document

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border-top: 1px solid #8886; padding: .5rem 0; }
summary { cursor: pointer; }
code, pre { font: .9rem/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; background: #8881; }
.method { display: inline-block; min-width: 4.5rem; font-weight: bold; }
"""


@cache
def page() -> str:
    """Write the page."""
    described = json.loads(document())
    head = described["info"]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(head['title'])}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(head['title'])}</h1>",
            *(f"<p>{escape(paragraph)}</p>" for paragraph in head["description"].split("\n\n")),
            '<p>For programs: <a href="/openapi.json">openapi.json</a></p>',
            *_subjects(described),
            "<h2>Shapes</h2>",
            *(_shape(name, shape) for name, shape in described["components"]["schemas"].items()),
            "</body></html>",
        ]
    )


def _subjects(described: dict[str, Any]) -> Iterator[str]:
    for tag in described["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2>"
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield _operation(method, path, operation)


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(_parameter(each) for each in operation.get("parameters", []))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    asked = f"<p>Body: {_link(content['schema'])}</p>" if content else ""
    answers = "".join(_answer(status, each) for status, each in operation["responses"].items())
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary><p>{escape(operation.get('description', ''))}</p>"
        f"<ul>{parameters}</ul>{asked}<p>Answers:</p><ul>{answers}</ul></details>"
    )


def _parameter(parameter: dict[str, Any]) -> str:
    told = escape(parameter.get("description", ""))
    return f"<li><code>{escape(parameter['name'])}</code> ({parameter['in']}): {told}</li>"


def _answer(status: str, answer: dict[str, Any]) -> str:
    content = next(iter(answer.get("content", {}).values()), None)
    shape = f": {_link(content['schema'])}" if content else ""
    return f"<li>{status} {escape(answer['description'])}{shape}</li>"


def _link(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else "<code>object</code>"


def _shape(name: str, shape: dict[str, Any]) -> str:
    text = escape(json.dumps(shape, indent=2))
    return f'<details id="{escape(name)}"><summary>{escape(name)}</summary><pre>{text}</pre></details>'
