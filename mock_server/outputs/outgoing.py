"""How many bytes of files are on their way to clients."""

from collections import Counter
from collections.abc import Hashable


class Outgoing:
    """Each file counts once, however many clients take it, because they share its bytes."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_held = 0
        self._bytes_max = bytes_max
        self._takers: Counter[Hashable] = Counter()

    def take(self, file: Hashable, size: int) -> bool:
        """False when there is too much under way; a file alone may be of any size."""
        if file not in self._takers:
            if self._takers and self.bytes_held + size > self._bytes_max:
                return False
            self.bytes_held += size
        self._takers[file] += 1
        return True

    def release(self, file: Hashable, size: int) -> None:
        self._takers[file] -= 1
        if not self._takers[file]:
            del self._takers[file]
            self.bytes_held -= size
