"""Renders outputs when they are first downloaded: one at a time, on a thread of its own, kept for a while."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.byte_cache import ByteCache

CACHE_BYTES_MAX = 64 * 1024 * 1024
WAITING_MAX = 256  # files: a test suite that downloads everything at once fits, an endless loop does not

_Wanted = tuple[Artifact, str]


class MediaLibraryMissingError(RuntimeError):
    """Outputs need PyAV: install the extra `mock` (in a checkout: `pip install ".[mock]"`)."""


class RenderQueueFullError(RuntimeError):
    """More files wait to be rendered than the queue holds; ask again later."""


class Renderer:
    """Whoever asks for a file that is being made waits for the same one. To be used from any event loop."""

    def __init__(self, *, cache_bytes_max: int = CACHE_BYTES_MAX, waiting_max: int = WAITING_MAX) -> None:
        self._cache = ByteCache(cache_bytes_max)
        self._waiting_max = waiting_max
        self._waiting: dict[_Wanted, Future[bytes]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")

    async def render(self, artifact: Artifact, *, label: str) -> bytes:
        """The whole file; the same bytes for the same artifact and label, in every process.

        Raises MediaLibraryMissingError and RenderQueueFullError.
        """
        wanted = (artifact, label)
        content = self._cache.get(wanted)
        if content is not None:
            return content
        return await asyncio.shield(asyncio.wrap_future(self._waiting.get(wanted) or self._enqueue(wanted)))

    def close(self) -> None:
        """Ends after the file under way; those that wait are cancelled."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _enqueue(self, wanted: _Wanted) -> Future[bytes]:
        if len(self._waiting) >= self._waiting_max:
            raise RenderQueueFullError(f"{self._waiting_max} files wait to be rendered")
        rendering = self._waiting[wanted] = self._thread.submit(self._render, wanted)
        rendering.add_done_callback(lambda _: self._waiting.pop(wanted, None))
        return rendering

    def _render(self, wanted: _Wanted) -> bytes:
        artifact, label = wanted
        content = _written(artifact, label)
        self._cache.put(wanted, content)
        return content


def _written(artifact: Artifact, label: str) -> bytes:
    try:
        from mock_server.outputs.files import write  # noqa: PLC0415 - PyAV is optional, and slow to load
    except ModuleNotFoundError as missing:
        if missing.name != "av":
            raise
        raise MediaLibraryMissingError(MediaLibraryMissingError.__doc__) from missing
    return write(artifact, label=label)
