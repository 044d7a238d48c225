"""The story of a price: the book's, or what Runway asked for the like before, whichever is more."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from gateway.ports.catalogue import Body, Catalogue, Price
from gateway.ports.records import Admissions
from gateway.rules.credits import Credits
from gateway.rules.generation import Generation
from gateway.rules.repricing import price_identity


@dataclass(kw_only=True)
class Prices:
    """Answers from memory; `refresh` brings what other processes learnt."""

    catalogue: Catalogue
    admissions: Admissions
    _raised: Mapping[str, Credits] = field(default_factory=dict)

    def price(self, operation: str, body: Body) -> Price:
        """Tell the most that a valid body may cost."""
        book = self.catalogue.price(operation, body)
        if not self._raised:
            return book
        raised = self._raised.get(self._identity(operation, body), book.credits)
        return structs.replace(book, credits=max(book.credits, raised))

    async def learn(self, generation: Generation, estimate: Credits) -> None:
        """Note that Runway asked more for a generation than was reserved for it."""
        identity = self._identity(generation.operation, msgspec.json.decode(generation.body))
        await self.admissions.raise_price(
            identity, operation=generation.operation, model=generation.model, credits=estimate
        )
        self._raised = {**self._raised, identity: estimate}

    def _identity(self, operation: str, body: Body) -> str:
        return price_identity(operation, self.catalogue.identity(operation, body))

    async def refresh(self) -> None:
        self._raised = await self.admissions.raised_prices()
