"""A cache of files that forgets the longest unused ones to stay within a number of bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock


class ByteCache:
    """Safe to use from several threads. A file larger than the whole cache is not kept."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._files: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    @property
    def bytes_held(self) -> int:
        return self._bytes

    def get(self, key: Hashable) -> bytes | None:
        with self._lock:
            content = self._files.get(key)
            if content is not None:
                self._files.move_to_end(key)
            return content

    def put(self, key: Hashable, content: bytes) -> None:
        if len(content) > self._bytes_max:
            return
        with self._lock:
            self._bytes += len(content) - len(self._files.pop(key, b""))
            self._files[key] = content
            while self._bytes > self._bytes_max:
                _, forgotten = self._files.popitem(last=False)
                self._bytes -= len(forgotten)
