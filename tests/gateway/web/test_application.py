"""The gateway's own API as a whole."""

import json

from gateway.web.document import document
from tests.gateway.web.office import Office


async def test_the_document_is_served(office: Office) -> None:
    served = await office.http.get("/openapi.json")

    assert served.content == document()
    assert served.headers["content-type"] == "application/json"


async def test_the_page_is_served(office: Office) -> None:
    served = await office.http.get("/docs")

    assert served.status_code == 200
    assert served.headers["content-type"].startswith("text/html")


async def test_every_get_of_the_document_answers(office: Office) -> None:
    await office.add_team()
    id = (await office.add_key()).json()["id"]
    paths = [path for path, methods in json.loads(document())["paths"].items() if "get" in methods]

    answers = [await office.http.get(path.replace("{id}", id if "keys" in path else "ads")) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * len(paths)


async def test_a_path_that_there_is_not_is_not_found(office: Office) -> None:
    refused = await office.http.get("/admin/v1/nowhere")

    assert refused.status_code == 404
    assert refused.json()["code"] == "not_found"
