"""A running gateway as its administrator sees it from outside, with errors in words that help."""

from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import click
import httpx
import msgspec

ANSWER_SECONDS = 60.0
"""As long as the longest report may take."""
PAGE = 100

Row = dict[str, Any]


class Client:
    """Calls the administration of one gateway. Every method raises ClickException with what to do."""

    def __init__(self, url: str, admin_key: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {admin_key}"}, timeout=ANSWER_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Row:
        return self._call("GET", path, params=params or {})

    def post(self, path: str, body: Row) -> Row:
        return self._call("POST", path, json=body)

    def patch(self, path: str, body: Row, *, if_match: str) -> Row:
        return self._call("PATCH", path, json=body, headers={"If-Match": if_match})

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def rows(self, path: str, params: Mapping[str, str | None], *, rows_max: int) -> tuple[list[Row], bool]:
        """Read a list page by page; tell whether there is more than `rows_max`."""
        asked = {name: value for name, value in params.items() if value is not None}
        rows: list[Row] = []
        while True:
            page = self.get(path, asked | {"limit": str(min(PAGE, rows_max - len(rows)))})
            rows += page["data"]
            if not page["hasMore"] or len(rows) >= rows_max:
                return rows, page["hasMore"]
            asked["cursor"] = page["nextCursor"]

    def _call(self, method: str, path: str, **request: Any) -> Row:  # noqa: ANN401 - httpx's own options
        try:
            answer = self._http.request(method, f"{self.url}/admin/v1{path}", **request)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise click.ClickException(f"{self.url} is no address; use http://host:port") from None
        except httpx.TimeoutException:
            raise click.ClickException(
                f"The gateway at {self.url} did not answer within {ANSWER_SECONDS:.0f} seconds"
            ) from None
        except httpx.HTTPError:
            raise click.ClickException(
                f"No gateway answers at {self.url}. Start one with `runway-gateway serve`, "
                "or name another with --url or GATEWAY_URL."
            ) from None
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> Row:
        if answer.status_code == HTTPStatus.NO_CONTENT:
            return {}
        try:
            content = msgspec.json.decode(answer.content, type=Row)
        except msgspec.DecodeError:
            raise click.ClickException(
                f"{self.url} answered {answer.status_code}, but not as a gateway does; check --url"
            ) from None
        if answer.is_success:
            return content
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise click.ClickException(
                f"The gateway at {self.url} does not know this admin key; check GATEWAY_ADMIN_KEY "
                "or --admin-key-file"
            )
        raise click.ClickException(_told(content, answer.status_code))


def _told(content: Row, status: int) -> str:
    """Say what a gateway's error says, one line per problem of a body."""
    issues = [
        f"  {'.'.join(str(step) for step in issue['path']) or 'body'}: {issue['message']}"
        for issue in content.get("issues", [])
    ]
    return "\n".join([str(content.get("error", f"The gateway answered {status}")), *issues])
