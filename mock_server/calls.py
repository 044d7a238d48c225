"""One call of an operation of Runway's API, as the endpoints see it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mock_server.asgi import Answer, Hangup, Request
from mock_server.faults import Fault
from mock_server.router import Parameters
from mock_server.spec import Operation
from mock_server.tenant import Tenant
from mock_server.world import World


class Refused(Exception):
    """The call ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(slots=True, kw_only=True)
class Call:
    """`faults` go from the strongest to the weakest. `task_id` and `model` are noted for the journal.

    A dry run routes a request and creates nothing.
    """

    world: World
    operation: Operation
    request: Request
    parameters: Parameters
    tenant: Tenant
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    task_id: str = ""
    model: str = ""
    is_dry_run: bool = False

    @property
    def public_origin(self) -> str:
        """What the URLs that the mock hands out start with."""
        return self.world.settings.public_url or self.request.origin


RunwayEndpoint = Callable[[Call], Awaitable[Answer | Hangup]]
