"""Chooses a model for a routed request: hard filters, then what the saved settings prefer."""

import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import msgspec

from mock_server.credits import Credits, credits_of
from mock_server.prices import PriceTable
from mock_server.routing.fitting import Filter, Fit

REASONS = {"cost": "lowest_cost", "latency": "best_latency", "quality": "best_quality"}


class Candidate(NamedTuple):
    fit: Fit
    estimate: Credits

    @property
    def model(self) -> str:
        return self.fit.model


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """The saved settings, as far as they concern one modality."""

    optimize_for: str = "cost"
    mode: str = "allow_new_except"
    ids: tuple[str, ...] = ()
    price_ceiling: int | None = None
    falls_back: bool = False

    @classmethod
    def of(cls, settings: dict[str, Any], modality: str) -> "Preferences":
        models, ceilings = settings.get("models") or {}, settings.get("maxCreditsPerGeneration") or {}
        return cls(
            optimize_for=settings.get("optimizeFor") or "cost",
            mode=models.get("mode", "allow_new_except"),
            ids=tuple(models.get("ids", ())),
            price_ceiling=ceilings.get(modality),
            falls_back=bool((settings.get("fallback") or {}).get("onCapacity")),
        )

    def allows(self, model: str) -> bool:
        return (model in self.ids) is (self.mode == "allowlist_only")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`chosen` is None when a filter left nothing."""

    pipeline: list[dict[str, Any]]
    emptied_by: list[str] = []
    chosen: Candidate | None = None
    reason_code: str | None = None
    capacity: dict[str, Any] | None = None


class Chooser:
    """`is_busy` tells whether a model's places are all taken."""

    def __init__(
        self, preferences: Preferences, table: PriceTable, *, is_busy: Callable[[str], bool]
    ) -> None:
        self._preferences = preferences
        self._table = table
        self._is_busy = is_busy

    def choose(self, fits: Iterable[Fit], *, outputs: int) -> Decision:
        left, pipeline = list(fits), []
        for stage in Filter:
            left = [fit for fit in left if self._passes(fit, stage, outputs=outputs)]
            pipeline.append({"type": "filter", "filter": stage.value, "models": [fit.model for fit in left]})
            if not left:
                return Decision(pipeline=pipeline, emptied_by=[stage.value])
        ranked = sorted((Candidate(fit, self._estimate(fit)) for fit in left), key=self._rank)
        chosen, capacity = self._with_a_free_place(ranked)
        if capacity is not None:
            pipeline.append({"type": "capacity"} | capacity)
        pipeline.append({"type": "rank", "outcome": self._outcome(ranked)})
        return Decision(pipeline=pipeline, chosen=chosen, reason_code=self._reason(ranked), capacity=capacity)

    def _passes(self, fit: Fit, stage: Filter, *, outputs: int) -> bool:
        match stage:
            case Filter.ALLOW_DENY:
                return self._preferences.allows(fit.model)
            case Filter.PRICE:
                ceiling = self._preferences.price_ceiling
                return ceiling is None or self._estimate(fit) <= credits_of(ceiling) * outputs
            case _:
                return stage not in fit.misfits

    def _estimate(self, fit: Fit) -> Credits:
        return Credits(self._table.estimate(fit.operation, fit.body))

    def _rank(self, candidate: Candidate) -> tuple[int, int, str]:
        quality = _rank_of(candidate.model, "quality")
        match self._preferences.optimize_for:
            case "quality":
                return quality, candidate.estimate, candidate.model
            case "latency":
                return _rank_of(candidate.model, "latency"), quality, candidate.model
            case _:
                return candidate.estimate, quality, candidate.model

    def _with_a_free_place(self, ranked: list[Candidate]) -> tuple[Candidate, dict[str, Any] | None]:
        """The best one, unless all its places are taken and the settings rather have another."""
        if not self._preferences.falls_back or not self._is_busy(ranked[0].model):
            return ranked[0], None
        free = next((candidate for candidate in ranked if not self._is_busy(candidate.model)), None)
        if free is None:
            return ranked[0], {"allExhausted": True, "skipped": []}
        skipped = [candidate.model for candidate in ranked[: ranked.index(free)]]
        return free, {"allExhausted": False, "skipped": skipped}

    def _outcome(self, ranked: list[Candidate]) -> str:
        if len(ranked) == 1:
            return "single_candidate"
        return "cost" if self._preferences.optimize_for == "cost" else "selected"

    def _reason(self, ranked: list[Candidate]) -> str:
        return "only_eligible_model" if len(ranked) == 1 else REASONS[self._preferences.optimize_for]


def provider_of(model: str) -> str:
    for provider, beginnings in _ranks()["providers"].items():
        if model.startswith(tuple(beginnings)):
            return str(provider)
    return "unknown"


def _rank_of(model: str, preference: str) -> int:
    order: list[str] = _ranks()[preference]
    return order.index(model) if model in order else len(order)


@cache
def _ranks() -> dict[str, Any]:
    text = resources.files("mock_server").joinpath("routing/ranks.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
