"""Query parameters that a route does not have."""

import json

import pytest

from gateway.web.document import document
from tests.gateway.web.office import Office


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("usage?frm=2026-03-01", "did you mean from?"),
        ("usage?start=2026-03-01", "There is no query parameter start"),
        ("tasks?taem=ads", "did you mean team?"),
        ("tasks?stage=running&stages=running", "did you mean stage?"),
        ("keys?Team=ads", "did you mean team?"),
        ("teams?limits=5", "did you mean limit?"),
        ("organization/policy?team=ads", "this path takes none"),
    ],
)
async def test_a_mistyped_query_parameter_is_refused_with_the_nearest(
    office: Office, query: str, meant: str
) -> None:
    refused = await office.http.get(f"/admin/v1/{query}")

    assert refused.status_code == 400
    assert meant in refused.json()["error"]


async def test_a_stranger_does_not_learn_which_there_are(office: Office) -> None:
    refused = await office.http.get("/admin/v1/usage?frm=1", headers={"Authorization": "Bearer canary"})

    assert refused.status_code == 401


async def test_every_query_parameter_of_the_document_is_known(office: Office) -> None:
    paths = json.loads(document())["paths"]
    asked = [
        (path, parameter["name"])
        for path, methods in paths.items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["in"] == "query"
    ]

    answers = [(await office.http.get(path, params={name: "\x01"})).text for path, name in asked]

    assert len(asked) > 10
    assert not [answer for answer in answers if "no query parameter" in answer]
