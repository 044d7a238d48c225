from itertools import islice
from uuid import UUID, uuid4

from gateway.web.request_id import RequestIds


def new_id() -> str:
    return str(uuid4())


def test_ids_of_one_process_are_all_different() -> None:
    ids = RequestIds(new_id)

    assert len({ids() for _ in range(1000)}) == 1000


def test_ids_of_two_processes_begin_differently() -> None:
    first, second = RequestIds(new_id), RequestIds(new_id)

    assert first()[:24] != second()[:24]


def test_every_id_is_a_uuid_of_version_4() -> None:
    ids = RequestIds(lambda: "ffffffff-ffff-4fff-bfff-ffffffffffff")

    made = [ids() for _ in range(1000)]

    assert all(str(UUID(id)) == id and UUID(id).version == 4 for id in made)


def test_an_id_follows_the_one_before() -> None:
    ids = RequestIds(lambda: "00000000-0000-4000-8000-000000000000")

    first, second = islice(iter(ids, None), 2)

    assert second[:-12] == first[:-12]
    assert int(second[-12:], 16) == int(first[-12:], 16) + 1
