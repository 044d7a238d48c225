"""The catalogue that flows and web see: paths, schemas, seeds and prices joined."""

from gateway.catalogue.book import PriceBook, read_prices
from gateway.catalogue.document import Document, Variant, read_document
from gateway.catalogue.paths import PathTree
from gateway.catalogue.validation import Validation
from gateway.ports.catalogue import Access, Body, Issue, Operation, Price
from gateway.rules.offered import Offered
from gateway.rules.sameness import canonical


class RunwayCatalogue:
    """Implements the port `Catalogue` on the document and the price book that the package carries."""

    def __init__(self, document: Document, book: PriceBook) -> None:
        self._bodies = document.bodies
        self._paths = PathTree(document.operations)
        self._path_of = {operation.name: operation.path for operation in document.operations}
        self._validation = Validation(document)
        self._book = book
        self._models = _model_names(document)

    def find(self, method: str, path: str) -> Operation | None:
        return self._paths.find(method, path)

    def path_of(self, operation: str) -> str:
        return self._path_of[operation]

    def operation_names(self) -> frozenset[str]:
        """Name every operation there is, for metric labels."""
        return frozenset(self._path_of)

    def offered(self) -> Offered:
        """Name every model and operation, for policies."""
        return Offered(self._models, self.operation_names())

    def methods_of(self, path: str) -> frozenset[str]:
        return self._paths.methods_of(path)

    def problems(self, operation: str, body: Body) -> tuple[Issue, ...]:
        return self._validation.problems(operation, body)

    def model_of(self, operation: str, body: Body) -> str:
        return self._named_model(operation, body) or operation

    def honours_seed(self, operation: str, model: str) -> bool:
        variant = self._bodies[operation].variants.get(model)
        return variant is not None and "seed" in variant.properties

    def price(self, operation: str, body: Body) -> Price:
        return self._book.price(operation, self._named_model(operation, body), body=body)

    def identity(self, operation: str, body: Body) -> bytes:
        variant = self._variant(operation, body)
        known = variant.properties if variant.ignores_others else None
        return canonical(body, known=known, defaults=variant.defaults)

    def models(self) -> frozenset[str]:
        return self._models

    def _named_model(self, operation: str, body: Body) -> str | None:
        model = body.get("model")
        return model if isinstance(model, str) and model in self._bodies[operation].models else None

    def _variant(self, operation: str, body: Body) -> Variant:
        variant = self._bodies[operation].variant_of(body)
        assert variant is not None, "the body was found valid before"
        return variant


def load_catalogue() -> RunwayCatalogue:
    """Read both documents that the package carries."""
    return RunwayCatalogue(read_document(), read_prices())


def _model_names(document: Document) -> frozenset[str]:
    creating = [operation.name for operation in document.operations if operation.access is Access.CREATE]
    return frozenset(
        name for operation in creating for name in document.bodies[operation].models or {operation}
    )
