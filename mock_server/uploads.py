"""Ephemeral uploads: promised, filled by a form post, usable for 24 hours.

Of their content only the digest is kept, and what its first bytes told.
"""

import hashlib
import hmac
import mimetypes

import msgspec

from mock_server.clock import DAY, Moment
from mock_server.sniffing import UNKNOWN, Sniffed

BYTES_MIN = 512
LIFE = DAY


class Upload(msgspec.Struct, kw_only=True):
    id: str
    filename: str
    created: Moment
    size: int | None = None
    digest: str = ""
    sniffed: Sniffed = UNKNOWN

    @property
    def uri(self) -> str:
        return f"runway://{self.id}"

    @property
    def media_type(self) -> str:
        return mimetypes.guess_type(self.filename)[0] or "application/octet-stream"

    @property
    def is_received(self) -> bool:
        return self.size is not None

    def has_expired(self, now: Moment) -> bool:
        return now >= self.created + LIFE

    def fields(self, secret: bytes) -> dict[str, str]:
        """The form fields that must come back with the file."""
        key = f"ephemeral/{self.id}/{self.filename}"
        signature = hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()
        return {"key": key, "Content-Type": self.media_type, "x-amz-signature": signature}


class Uploads:
    """A tenant's uploads; those that have expired are forgotten when a new one comes."""

    def __init__(self) -> None:
        self._by_id: dict[str, Upload] = {}

    def add(self, upload: Upload, *, at_most: int) -> bool:
        """False when there are too many."""
        expired = [known.id for known in self._by_id.values() if known.has_expired(upload.created)]
        for upload_id in expired:
            del self._by_id[upload_id]
        if len(self._by_id) >= at_most:
            return False
        self._by_id[upload.id] = upload
        return True

    def find(self, upload_id: str) -> Upload | None:
        return self._by_id.get(upload_id)

    def usable(self, uri: str, now: Moment) -> Upload | None:
        """The upload behind a `runway://` URI, when it was received and has not expired."""
        upload = self._by_id.get(uri.removeprefix("runway://"))
        return upload if upload and upload.is_received and not upload.has_expired(now) else None
