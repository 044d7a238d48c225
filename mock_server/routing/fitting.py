"""Writes a routed request as each model would have to be asked, and finds out what hinders it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, assert_never

from mock_server.issues import Issue
from mock_server.routing.shapes import IMAGE_TIERS, VIDEO_TIERS, Wish, best
from mock_server.spec import Operation, Schema, Spec, Variants
from mock_server.validation import Validation

Given = Mapping[str, Any]

DURATION_DEFAULT = 5
VIDEO_ASPECT_DEFAULT, VIDEO_TIER_DEFAULT = "16:9", "720p"
IMAGE_ASPECT_DEFAULT, IMAGE_TIER_DEFAULT = "1:1", "1k"
VOICE_DEFAULT = {"type": "runway-preset", "presetId": "Maya"}
MEDIA_FIELDS = frozenset(
    {
        "promptImage",
        "promptVideo",
        "videoUri",
        "references",
        "referenceImages",
        "referenceVideos",
        "referenceAudio",
        "referenceAudios",
        "keyframes",
        "voice",
    }
)


class Modality(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"


class Filter(StrEnum):
    """In the order in which they are applied."""

    CAPABILITY = "capability"
    PROMPT_LENGTH = "prompt_length"
    INPUT_SUPPORT = "input_support"
    ALLOW_DENY = "allow_deny"
    PRICE = "price"


class Fit:
    """A body for one model, and the filters that it does not pass."""

    def __init__(self, operation: str, model: str, schema: Schema) -> None:
        self.operation = operation
        self.model = model
        self.body: dict[str, Any] = {"model": model}
        self.misfits: set[Filter] = set()
        self._properties: Schema = schema["properties"]
        self._required: list[str] = schema.get("required", [])

    def prefer(self, name: str, value: object) -> None:
        """Something that a model may do without."""
        if value is not None and name in self._properties:
            self.body[name] = value

    def need(self, name: str, value: object, or_fails: Filter) -> None:
        if not value:
            return
        if name in self._properties:
            self.body[name] = value
        else:
            self.misfits.add(or_fails)

    def default(self, name: str, value: object) -> None:
        """For what the router lets open, and the model does not."""
        if name in self._required:
            self.body.setdefault(name, value)

    def shape(self, wish: Wish, tiers: dict[str, int]) -> None:
        for name in ("ratio", "resolution"):
            options = _options(self._properties.get(name, {}))
            if not options:
                continue
            chosen = best(options, wish, tiers)
            if chosen is None:
                self.misfits.add(Filter.CAPABILITY)
            else:
                self.body[name] = chosen

    def last(self, seconds: int | None) -> None:
        """As long as was asked for, or about as long as usual."""
        if seconds is not None:
            self.need("duration", seconds, Filter.CAPABILITY)
        elif "duration" in self._properties:
            self.body["duration"] = _nearest(self._properties["duration"])

    def source(self, uri: str) -> None:
        name = next((name for name in ("videoUri", "promptVideo") if name in self._properties), "videoUri")
        self.need(name, uri, Filter.INPUT_SUPPORT)

    def resolved(self, given: Given) -> dict[str, Any]:
        """What an answer shows of how the request was read."""
        match self.operation:
            case "text_to_image":
                aspect = given.get("aspectRatio", IMAGE_ASPECT_DEFAULT)
                tier = given.get("resolution", IMAGE_TIER_DEFAULT)
                return {"aspectRatio": aspect, "ratio": self.body.get("ratio", aspect), "resolution": tier}
            case "text_to_speech" | "sound_effect":
                voice = given.get("voice", {}).get("type") or ("default" if "voice" in self.body else "none")
                return {"type": given["type"], "voice": voice}
            case _:
                return {
                    "duration": given.get("duration", self.body.get("duration", DURATION_DEFAULT)),
                    "ratio": self.body.get("ratio", given.get("aspectRatio", VIDEO_ASPECT_DEFAULT)),
                    "resolution": given.get("resolution", VIDEO_TIER_DEFAULT),
                }

    def judge(self, problems: list[Issue]) -> None:
        """What the model's own rules say about the body."""
        for problem in problems:
            self.misfits.add(_filter_of(problem))


def fits(modality: Modality, given: Given, spec: Spec, validation: Validation) -> Iterator[Fit]:
    """One for every model that makes this modality from this kind of input."""
    operation = _operation(modality, given, spec)
    assert isinstance(operation.body, Variants), "every generation has models to choose from"
    for model, ref in operation.body.refs.items():
        fit = Fit(operation.id, model, spec.resolved({"$ref": ref}))
        _fill(fit, modality, given)
        fit.judge(validation.problems(operation, fit.body))
        yield fit


def _operation(modality: Modality, given: Given, spec: Spec) -> Operation:
    wanted = _operation_id(modality, given)
    return next(operation for operation in spec.operations if operation.id == wanted)


def _operation_id(modality: Modality, given: Given) -> str:
    match modality:
        case Modality.IMAGE:
            return "text_to_image"
        case Modality.AUDIO:
            return "text_to_speech" if given["type"] == "speech" else "sound_effect"
        case Modality.VIDEO:
            if _with_role(given, "referenceVideos", "source"):
                return "video_to_video"
            return "image_to_video" if _frames(given) else "text_to_video"
        case _:
            assert_never(modality)


def _fill(fit: Fit, modality: Modality, given: Given) -> None:
    for name in ("promptText", "seed", "contentModeration"):
        fit.prefer(name, given.get(name))
    match modality:
        case Modality.VIDEO:
            _fill_video(fit, given)
        case Modality.IMAGE:
            _fill_image(fit, given)
        case Modality.AUDIO:
            _fill_audio(fit, given)
        case _:
            assert_never(modality)


def _fill_video(fit: Fit, given: Given) -> None:
    fit.shape(_wish(given, VIDEO_ASPECT_DEFAULT, VIDEO_TIER_DEFAULT), VIDEO_TIERS)
    fit.prefer("negativePrompt", given.get("negativePrompt") or None)
    fit.prefer("audio", given.get("audio"))
    fit.need("audio", given.get("audio"), Filter.CAPABILITY)
    fit.need("promptImage", _frames(given), Filter.INPUT_SUPPORT)
    fit.need("references", _uris(_with_role(given, "referenceImages", "reference")), Filter.INPUT_SUPPORT)
    fit.need(
        "referenceVideos",
        _media("video", _with_role(given, "referenceVideos", "reference")),
        Filter.INPUT_SUPPORT,
    )
    fit.need("referenceAudio", _media("audio", given.get("referenceAudio", [])), Filter.INPUT_SUPPORT)
    fit.need("keyframes", given.get("keyframes"), Filter.INPUT_SUPPORT)
    sources = _with_role(given, "referenceVideos", "source")
    if sources:
        fit.source(sources[0]["uri"])
        fit.prefer("duration", given.get("duration"))
    else:
        fit.last(given.get("duration"))


def _fill_image(fit: Fit, given: Given) -> None:
    fit.shape(_wish(given, IMAGE_ASPECT_DEFAULT, IMAGE_TIER_DEFAULT), IMAGE_TIERS)
    fit.need("referenceImages", _uris(given.get("referenceImages", [])), Filter.INPUT_SUPPORT)
    if given.get("outputCount", 1) > 1:
        fit.need("outputCount", given["outputCount"], Filter.CAPABILITY)


def _fill_audio(fit: Fit, given: Given) -> None:
    fit.need("duration", given.get("duration"), Filter.CAPABILITY)
    fit.default("duration", DURATION_DEFAULT)
    fit.need("loop", given.get("loop"), Filter.CAPABILITY)
    fit.need(
        "referenceAudios", [entry["uri"] for entry in given.get("referenceAudios", [])], Filter.INPUT_SUPPORT
    )
    voice = given.get("voice")
    if voice is not None:
        known_as = {"preset": "runway-preset"}
        fit.need("voice", voice | {"type": known_as.get(voice["type"], voice["type"])}, Filter.INPUT_SUPPORT)
    fit.default("voice", VOICE_DEFAULT)


def _wish(given: Given, aspect: str, tier: str) -> Wish:
    return Wish(
        aspect=given.get("aspectRatio", aspect),
        tier=given.get("resolution", tier),
        is_aspect_fixed="aspectRatio" in given,
        is_tier_fixed="resolution" in given,
    )


def _with_role(given: Given, name: str, role: str) -> list[Any]:
    return [entry for entry in given.get(name, ()) if entry["role"] == role]


def _frames(given: Given) -> list[Any]:
    roles = ("first", "last")
    images = [entry for role in roles for entry in _with_role(given, "referenceImages", role)]
    return [{"uri": image["uri"], "position": image["role"]} for image in images]


def _uris(entries: list[Any]) -> list[Any]:
    return [{"uri": entry["uri"]} for entry in entries]


def _media(kind: str, entries: list[Any]) -> list[Any]:
    return [{"type": kind, "uri": entry["uri"]} for entry in entries]


def _options(schema: Schema) -> list[str]:
    """The values that a field lists, whatever else it may take."""
    branches: list[Schema] = [schema, *schema.get("anyOf", ())]
    return [option for branch in branches for option in branch.get("enum", ())]


def _nearest(duration: Schema) -> int:
    if "enum" in duration:
        return int(min(duration["enum"], key=lambda seconds: abs(seconds - DURATION_DEFAULT)))
    return max(DURATION_DEFAULT, int(duration.get("minimum", 0)))


def _filter_of(problem: Issue) -> Filter:
    first = problem["path"][0] if problem["path"] else None
    if first == "promptText" and problem["code"] in {"too_big", "too_small"}:
        return Filter.PROMPT_LENGTH
    return Filter.INPUT_SUPPORT if first in MEDIA_FIELDS else Filter.CAPABILITY
