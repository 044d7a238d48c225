"""Which model a request is limited and billed under."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Route(NamedTuple):
    """The model that the mock's router always takes: the one whose rate its estimate assumes."""

    model: str
    provider: str


ROUTES = {
    "generate_video": Route("seedance2", "bytedance"),
    "generate_image": Route("gemini_image3_pro", "google"),
    "generate_audio": Route("eleven_v3", "elevenlabs"),
    "workflows_run": Route("gen4.5", "runway"),
}


def named_model(body: Mapping[str, object]) -> str | None:
    model = body.get("model")
    return model if isinstance(model, str) else None


def billed_model(operation: str, body: Mapping[str, object]) -> str:
    """A recipe is billed as a model of its own name."""
    if operation in ROUTES:
        return ROUTES[operation].model
    return named_model(body) or operation.removeprefix("recipes_")


def routing(operation: str, body: Mapping[str, Any], estimate: Mapping[str, object]) -> dict[str, object]:
    """What a routed create answers, as if the saved settings had chosen the mock's one model of this kind."""
    route = ROUTES[operation]
    return {
        "model": route.model,
        "provider": route.provider,
        "configId": body["configId"],
        "resolvedSettings": {"optimizeFor": "quality", "priceCeiling": None},
        "resolvedInput": _resolved_input(operation, body["input"]),
        "estimatedCost": estimate,
    }


def _resolved_input(operation: str, given: Mapping[str, Any]) -> dict[str, object]:
    match operation:
        case "generate_video":
            resolution = given.get("resolution", "720p")
            return {"duration": given.get("duration", 5), "ratio": "1280:720", "resolution": resolution}
        case "generate_image":
            shape = given.get("aspectRatio", "1:1")
            return {"aspectRatio": shape, "ratio": "1024:1024", "resolution": given.get("resolution", "1k")}
        case _:
            voice = given.get("voice") or {"type": "none" if given["type"] == "audio" else "default"}
            return {"type": given["type"], "voice": voice["type"]}
