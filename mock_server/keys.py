"""API keys: the key is the tenant, and a real one has no business here."""

import re
from collections.abc import Mapping

LENGTH_MAX = 500  # real ones have 132 characters; this is a tenant's name, which is kept
REAL_KEY = re.compile(r"key_[0-9a-fA-F]{128}")


def bearer(headers: Mapping[str, str]) -> str | None:
    """The key of a request; None when there is none."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and key else None


def looks_real(key: str) -> bool:
    return REAL_KEY.fullmatch(key) is not None
