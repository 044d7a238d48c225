"""A wire that breaks: the request arrives, the answer does not."""

import httpx


class CutsFirstAnswer(httpx.HTTPTransport):
    """Sends the first request and breaks off when its answer comes; then works."""

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = super().handle_request(request)
        if len(self.requests) > 1:
            return answer
        answer.close()
        raise httpx.ReadError("the wire was cut", request=request)
