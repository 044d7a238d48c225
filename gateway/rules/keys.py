"""Virtual keys: secrets with a prefix that scanners find and a checksum that catches a mistyped one."""

from base64 import b32encode
from collections.abc import Callable
from hashlib import sha256
from zlib import crc32

PREFIX = "rwgw_"
RANDOM_BYTES = 30
_CHECKSUM_LENGTH = 8


def make_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Make a secret of 240 random bits: `rwgw_`, 48 characters, 8 of checksum."""
    body = b32encode(random_bytes(RANDOM_BYTES)).decode().lower()
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(secret: str) -> bool:
    """Tell whether a secret can have been made here, without looking anything up."""
    if not secret.isascii():
        return False
    body, checksum = secret[len(PREFIX) : -_CHECKSUM_LENGTH], secret[-_CHECKSUM_LENGTH:]
    return secret.startswith(PREFIX) and len(body) == 48 and checksum == _checksum(body)  # noqa: PLR2004


def fingerprint_of(secret: str) -> str:
    """Hash a secret as it is stored: 240 random bits need no salt and no slow hash."""
    return sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{crc32(body.encode()):08x}"
