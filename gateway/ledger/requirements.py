"""What a server must be so that the ledger may stand on it."""

from collections.abc import Mapping

from gateway.ledger.server import Server

REDIS_MIN = 7
VALKEY_MIN = 8


async def check(server: Server) -> None:
    """Raise ValueError with the words to mend it when the server is too old, evicts or hides its identity."""
    answer: bytes = await server.ask("INFO")
    lines = (line.partition(":") for line in answer.decode().splitlines())
    problem = problem_of({name: fact for name, _, fact in lines})
    if problem is not None:
        raise ValueError(problem)


def problem_of(facts: Mapping[str, str]) -> str | None:
    """Tell in one sentence what is wrong with a server and what to do; None when it is good."""
    problem = _version_problem(facts) or _eviction_problem(facts)
    if problem is None and "master_replid" not in facts:
        return "the ledger's server does not tell its master_replid; let this user run INFO, or use another"
    return problem


def _version_problem(facts: Mapping[str, str]) -> str | None:
    valkey, redis = facts.get("valkey_version"), facts.get("redis_version", "0")
    name, version, least = ("Redis", redis, REDIS_MIN) if valkey is None else ("Valkey", valkey, VALKEY_MIN)
    if int(version.partition(".")[0]) >= least:
        return None
    return f"the ledger's server is {name} {version}; use Redis {REDIS_MIN} or Valkey {VALKEY_MIN} or newer"


def _eviction_problem(facts: Mapping[str, str]) -> str | None:
    policy = facts.get("maxmemory_policy")
    if policy == "noeviction":
        return None
    return (
        f"the ledger's server may drop keys when its memory is full (maxmemory-policy is {policy}); "
        "set `maxmemory-policy noeviction` in its configuration, or give the ledger a server of its own"
    )
