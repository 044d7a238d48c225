"""The version of a policy in HTTP: `ETag` in answers, `If-Match` in changes (RFC 9110, section 13.1.1)."""

import re
from typing import Annotated, TypeAlias

from litestar.datastructures import ResponseHeader
from litestar.params import HeaderParameter

from gateway.rules.refusals import Invalid, VersionRequired

ANY = "*"
_VERSION = re.compile(r'"?(\d{1,18})"?')

IfMatch: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        max_length=64,
        description="The version of the policy that you read, or `*` to overwrite whatever is there",
    ),
]
ETAG = ResponseHeader(
    name="ETag", description="The version of the policy", documentation_only=True, required=True
)


def etag(version: int) -> dict[str, str]:
    """Make the header that tells a policy's version."""
    return {"ETag": f'"{version}"'}


def wanted_version(if_match: str | None) -> int | None:
    """Read which version may be replaced; None is any. Raises VersionRequired or Invalid."""
    if if_match is None:
        raise VersionRequired
    if if_match.strip() == ANY:
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise Invalid('If-Match takes one version, such as "3", or * to overwrite knowingly')
    return int(found[1])
