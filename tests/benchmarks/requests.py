"""Requests as the official SDK sends them, header by header, but for what differs between machines."""

import msgspec

HEADERS = {
    "Host": "127.0.0.1",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": "RunwayML/Python 5.24.0",
    "X-Stainless-Lang": "python",
    "X-Stainless-Package-Version": "5.24.0",
    "X-Stainless-OS": "Linux",
    "X-Stainless-Arch": "x64",
    "X-Stainless-Runtime": "CPython",
    "X-Stainless-Runtime-Version": "3.11.9",
    "X-Runway-Version": "2024-11-06",
    "X-Stainless-Async": "false",
    "x-stainless-retry-count": "0",
    "x-stainless-read-timeout": "60",
}


def poll(task: str, secret: str) -> bytes:
    return _request("GET", f"/v1/tasks/{task}", secret)


def create(text: str, secret: str, *, seed: int | None = None) -> bytes:
    """A clip of five seconds; with a seed, one that may be shared."""
    clip: dict[str, object] = {
        "model": "gen4_turbo",
        "promptImage": "https://example.com/first.png",
        "promptText": text,
        "ratio": "1280:720",
        "duration": 5,
    }
    return _request("POST", "/v1/image_to_video", secret, clip | ({} if seed is None else {"seed": seed}))


def _request(method: str, path: str, secret: str, content: object = None) -> bytes:
    body = b"" if content is None else msgspec.json.encode(content)
    headers = (
        HEADERS | {"Authorization": f"Bearer {secret}"} | ({"Content-Length": str(len(body))} if body else {})
    )
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
