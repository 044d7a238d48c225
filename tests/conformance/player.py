"""Makes requests up from a document, sends them to a running server, and holds every answer to checks."""

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode

Json = dict[str, Any]
Case = schemathesis.Case[Any]
Check = Callable[..., bool | None]
LONG = (pytest.mark.long, pytest.mark.timeout(1200))
"""For many requests to each operation."""
Answers = Counter[tuple[str, int]]
"""How often each operation answered with each status."""


def as_it_is(case: Case) -> None:
    """Send a request as it was made up."""
    del case


@dataclass(frozen=True, kw_only=True)
class Player:
    """Plays a document against a server, with fixed headers."""

    document: Json
    url: str
    headers: Mapping[str, str]
    checks: list[Check]
    prepare: Callable[[Case], None] = as_it_is
    """Makes a request one of its own where the same one would be refused a second time."""

    def converse(self, conversations: int, *, steps: int) -> Answers:
        """Follow the document's links with valid requests."""
        answers: Answers = Counter()
        player = self

        class Conversation(self._schema(GenerationMode.POSITIVE).as_state_machine()):  # type: ignore[misc]
            def before_call(self, case: Case) -> None:
                player.prepare(case)

            def get_call_kwargs(self, case: Case) -> dict[str, Any]:
                del case
                return {"headers": dict(player.headers)}

            def validate_response(self, response: Any, case: Case, **_: object) -> None:  # noqa: ANN401
                player._judge(case, response, answers)

        Conversation.run(settings=_settings(conversations, stateful_step_count=steps))
        return answers

    def probe(self, requests: int, mode: GenerationMode) -> Answers:
        """Send so many single requests, valid or broken, to each operation."""
        answers: Answers = Counter()
        for found in self._schema(mode).get_all_operations():
            operation = found.ok()
            if mode is GenerationMode.POSITIVE or _takes_something(operation.definition.raw):
                self._probe(operation.as_strategy(mode), requests, answers)
        return answers

    def _probe(self, cases: SearchStrategy[Case], requests: int, answers: Answers) -> None:
        @_settings(requests)
        @given(cases)
        def send(case: Case) -> None:
            self.prepare(case)
            self._judge(case, case.call(headers=dict(self.headers)), answers)

        send()

    def _schema(self, mode: GenerationMode) -> Any:  # noqa: ANN401 (schemathesis' own)
        inference: Json = {"stateful": {"inference": {"algorithms": []}}}  # explicit links alone
        codec = "ascii" if mode is GenerationMode.POSITIVE else "utf-8"  # most odd letters are refused
        generation = {"mode": mode.value, "with-security-parameters": False, "codec": codec}
        config = {"base-url": self.url, "generation": generation, "phases": inference}
        return schemathesis.openapi.from_dict(self.document, config=schemathesis.Config.from_dict(config))

    def _judge(self, case: Case, response: Any, answers: Answers) -> None:  # noqa: ANN401 (schemathesis' own)
        case.validate_response(response, checks=self.checks)
        answers[case.operation.definition.raw["operationId"], response.status_code] += 1


def linked(document: Json, links: Mapping[str, list[Json]]) -> Json:
    """Add to the success of each named operation the links that lead on from it."""
    document = copy.deepcopy(document)
    for methods in document["paths"].values():
        for operation in methods.values():
            success = operation["responses"].get("201") or operation["responses"].get("200")
            for place, link in enumerate(links.get(operation["operationId"], ())):
                success.setdefault("links", {})[f"link {place}"] = link
    return document


def _takes_something(operation: Json) -> bool:
    """Only what takes something can be asked wrongly."""
    return bool(operation.get("parameters") or operation.get("requestBody"))


def _settings(examples: int, **more: Any) -> settings:  # noqa: ANN401 (hypothesis' own)
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        **more,
    )
