import asyncio
import io
import sys
from collections.abc import Iterator

import av
import pytest

from mock_server.outputs import Artifact, MediaLibraryMissingError, Renderer, RenderQueueFullError, plan
from mock_server.outputs.byte_cache import ByteCache

LABEL = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"


def picture(seed: int = 1) -> Artifact:
    (artifact,) = plan("text_to_image", "gen4_image", {"ratio": "720:720", "seed": seed})
    return artifact


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


async def test_a_rendered_file_opens(renderer: Renderer) -> None:
    content = await renderer.render(picture(), label=LABEL)

    with av.open(io.BytesIO(content)) as container:
        assert container.streams.video[0].width == 720


async def test_a_second_download_is_answered_from_the_cache(renderer: Renderer) -> None:
    first = await renderer.render(picture(), label=LABEL)

    assert await renderer.render(picture(), label=LABEL) is first


async def test_downloads_of_one_file_at_the_same_time_wait_for_one_rendering(renderer: Renderer) -> None:
    contents = await asyncio.gather(*(renderer.render(picture(), label=LABEL) for _ in range(100)))

    assert len({id(content) for content in contents}) == 1


async def test_another_label_is_another_file(renderer: Renderer) -> None:
    first, second = [await renderer.render(picture(), label=label) for label in ("one", "two")]

    assert first != second


async def test_the_event_loop_goes_on_while_a_file_is_made(renderer: Renderer) -> None:
    (film,) = plan("image_to_video", "gen4_turbo", {"ratio": "1280:720", "duration": 2, "seed": 1})
    rendering = asyncio.create_task(renderer.render(film, label=LABEL))
    turns = 0

    while not rendering.done():
        turns += 1
        await asyncio.sleep(0)

    assert turns > 10


async def test_a_download_that_is_broken_off_does_not_disturb_the_others(renderer: Renderer) -> None:
    impatient = asyncio.create_task(renderer.render(picture(), label=LABEL))
    patient = asyncio.create_task(renderer.render(picture(), label=LABEL))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient
    assert impatient.cancelled()


async def test_a_full_queue_refuses_and_takes_again_when_it_has_emptied() -> None:
    renderer = Renderer(waiting_max=2)
    waiting = [asyncio.create_task(renderer.render(picture(seed), label=LABEL)) for seed in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(RenderQueueFullError):
        await renderer.render(picture(seed=3), label=LABEL)

    await asyncio.gather(*waiting)
    assert await renderer.render(picture(seed=3), label=LABEL)
    renderer.close()


async def test_a_cache_of_nothing_renders_each_time() -> None:
    renderer = Renderer(cache_bytes_max=0)

    first, second = [await renderer.render(picture(), label=LABEL) for _ in range(2)]

    assert first == second
    assert first is not second
    renderer.close()


async def test_without_the_media_library_the_error_names_the_extra(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith("mock_server.outputs.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "av", None)

    with pytest.raises(MediaLibraryMissingError, match="mock"):
        await renderer.render(picture(), label=LABEL)


def test_the_cache_stays_within_its_bytes_and_forgets_the_longest_unused() -> None:
    cache = ByteCache(100)
    cache.put("old", b"o" * 40)
    cache.put("used", b"u" * 40)
    cache.get("old")

    cache.put("new", b"n" * 40)

    assert cache.bytes_held == 80
    assert [cache.get(key) is not None for key in ("old", "used", "new")] == [True, False, True]


def test_the_cache_does_not_keep_what_is_larger_than_itself() -> None:
    cache = ByteCache(100)
    cache.put("small", b"s")

    cache.put("large", b"l" * 101)

    assert cache.bytes_held == 1
    assert cache.get("large") is None


def test_the_cache_counts_a_replaced_file_once() -> None:
    cache = ByteCache(100)
    cache.put("file", b"f" * 60)

    cache.put("file", b"f" * 50)

    assert cache.bytes_held == 50
