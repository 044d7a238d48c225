from mock_server.asgi import Answer, Request
from mock_server.router import Endpoint, Parameters, Router
from mock_server.world import World


def test_a_literal_goes_before_a_wildcard() -> None:
    router, preview, other = Router(), _endpoint(), _endpoint()
    router.add("GET", "/voices/{id}", other)
    router.add("GET", "/voices/preview", preview)

    assert router.find("GET", "/voices/preview") == (preview, {})
    assert router.find("GET", "/voices/a-voice") == (other, {"id": "a-voice"})


def test_each_method_names_its_own_parameters() -> None:
    router, read, run = Router(), _endpoint(), _endpoint()
    router.add("GET", "/{kind}/{id}", read)
    router.add("POST", "/{model}/{task}", run)

    assert router.find("GET", "/a/b") == (read, {"kind": "a", "id": "b"})
    assert router.find("POST", "/a/b") == (run, {"model": "a", "task": "b"})


def test_an_unknown_method_learns_the_known_ones() -> None:
    router = Router()
    router.add("GET", "/a", _endpoint())
    router.add("DELETE", "/a", _endpoint())

    assert router.find("PUT", "/a") == frozenset({"GET", "DELETE"})


def test_a_path_that_only_leads_to_others_is_unknown() -> None:
    router = Router()
    router.add("GET", "/a/{id}/c", _endpoint())

    assert [router.find("GET", path) for path in ("/a", "/a/", "/a/b", "/a//c", "/a/b/c/d")] == [None] * 5


def _endpoint() -> Endpoint:
    async def endpoint(world: World, request: Request, parameters: Parameters) -> Answer:
        raise AssertionError((world, request, parameters))

    return endpoint
