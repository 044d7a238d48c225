"""Who sends a request, by its bearer secret."""

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest

from gateway.rules.refusals import Unauthenticated

SECRET_BYTES_MAX = 512


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """Take the secret from `Authorization: Bearer …`. Raises Unauthenticated."""
    scheme, _, secret = headers.get(b"authorization", b"").partition(b" ")
    secret = secret.strip()
    if scheme.lower() != b"bearer" or not secret or len(secret) > SECRET_BYTES_MAX or not secret.isascii():
        raise Unauthenticated
    return secret.decode()


class AdminKeys:
    """The administrators' keys, held as hashes."""

    def __init__(self, *secrets: str) -> None:
        self._hashes = [sha256(secret.encode()).digest() for secret in secrets]

    def accepts(self, secret: str) -> bool:
        """Compare in constant time."""
        hashed = sha256(secret.encode()).digest()
        matches = [compare_digest(hashed, known) for known in self._hashes]
        return any(matches)
