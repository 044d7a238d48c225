"""The story of a price: the book's, or what Runway asked for the like before, whichever is more."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from gateway.ports.catalogue import Body, Catalogue
from gateway.ports.records import Admissions
from gateway.rules.credits import Credits
from gateway.rules.generation import Generation
from gateway.rules.repricing import price_identity


class Priced(Struct, frozen=True):
    """The most that a request may cost, for how many seconds, and the name of all that cost the same."""

    credits: Credits
    seconds: float | None
    priced_as: str


@dataclass(kw_only=True)
class Prices:
    """Answers from memory; `refresh` brings what other processes learnt."""

    catalogue: Catalogue
    admissions: Admissions
    _raised: Mapping[str, Credits] = field(default_factory=dict)

    def price(self, operation: str, body: Body, *, identity: bytes) -> Priced:
        """Price a valid body with its canonical form."""
        book = self.catalogue.price(operation, body)
        priced_as = price_identity(operation, identity)
        raised = self._raised.get(priced_as, book.credits)
        return Priced(max(book.credits, raised), book.seconds, priced_as)

    def learn(self, generation: Generation, credits: Credits) -> None:
        """Price its kind from now on at what a generation turned out to cost, as the records do."""
        known = self._raised.get(generation.priced_as, credits)
        self._raised = {**self._raised, generation.priced_as: max(known, credits)}

    async def refresh(self) -> None:
        self._raised = await self.admissions.raised_prices()
