"""Which model a request is limited and billed under."""

from collections.abc import Mapping

RECIPES = "recipes_"


def named_model(body: Mapping[str, object]) -> str | None:
    model = body.get("model")
    return model if isinstance(model, str) else None


def billed_model(operation: str, body: Mapping[str, object]) -> str:
    """A recipe is billed as a model of its own name; nothing for what names no model."""
    recipe = operation.removeprefix(RECIPES) if operation.startswith(RECIPES) else ""
    return named_model(body) or recipe
