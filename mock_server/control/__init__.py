"""`/_mock/…`: the clock, the faults, the journal and the books, for tests and people. No key is asked for."""

from mock_server.control import (
    audits,
    clocks,
    faults,
    journal,
    pages,
    queues,
    resets,
    tasks,
    tenants,
    verifications,
)
from mock_server.router import Router


def add_routes(router: Router) -> None:
    router.add("GET", "/_mock/clock", clocks.show)
    router.add("POST", "/_mock/clock", clocks.change)
    router.add("GET", "/_mock/faults", faults.show)
    router.add("POST", "/_mock/faults", faults.arm)
    router.add("DELETE", "/_mock/faults/{id}", faults.disarm)
    router.add("POST", "/_mock/reset", resets.reset)
    router.add("GET", "/_mock/requests", journal.show)
    router.add("POST", "/_mock/verify", verifications.verify)
    router.add("GET", "/_mock/audit", audits.show)
    router.add("GET", "/_mock/queues", queues.show)
    router.add("GET", "/_mock/tasks", tasks.index)
    router.add("GET", "/_mock/tasks/{id}", tasks.show)
    router.add("GET", "/_mock/tenants", tenants.index)
    router.add("GET", "/_mock/tenants/{key}", tenants.show)
    router.add("PUT", "/_mock/tenants/{key}", tenants.change)
    router.add("PATCH", "/_mock/tenants/{key}", tenants.change)
    router.add("GET", "/_mock/ui", pages.show)
