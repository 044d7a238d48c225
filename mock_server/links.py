"""Signed URLs of outputs, in the shape of Runway's: the path and a JWT (HS256) that says when it expires."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from mock_server.clock import DAY, MILLISECONDS, Moment

LIFE_MAX = 2 * DAY


class Claims(msgspec.Struct, frozen=True, rename="camel"):
    """`key_hash` binds the token to one path. `exp` in seconds since the epoch, as JWTs have it."""

    key_hash: str
    exp: int
    bucket: str = "runway-task-artifacts"
    stage: str = "mock"


def _encoded(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")


HEADER = _encoded(b'{"alg":"HS256","typ":"JWT"}')


def expiry(now: Moment) -> Moment:
    """The first midnight that is at least 24 hours away, so between 24 and 48 hours."""
    return Moment((now // DAY + 2) * DAY)


def sign(path: str, secret: bytes, *, now: Moment) -> str:
    claims = Claims(_path_hash(path), expiry(now) // MILLISECONDS)
    signed = HEADER + b"." + _encoded(msgspec.json.encode(claims))
    return f"{path}?_jwt={(signed + b'.' + _signature(signed, secret)).decode()}"


def opens(path: str, token: str, *, secret: bytes, now: Moment) -> bool:
    """Whether the token was made for this path and has not expired."""
    signed, _, signature = token.encode().rpartition(b".")
    if not hmac.compare_digest(signature, _signature(signed, secret)):
        return False
    payload = signed.partition(b".")[2]
    claims = msgspec.json.decode(urlsafe_b64decode(payload + b"=="), type=Claims)
    return claims.key_hash == _path_hash(path) and now < claims.exp * MILLISECONDS


def _signature(signed: bytes, secret: bytes) -> bytes:
    return _encoded(hmac.digest(secret, signed, "sha256"))


def _path_hash(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:32]
