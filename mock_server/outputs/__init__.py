"""The files that a successful task yields: planned at its creation, rendered when first downloaded."""

from mock_server.outputs.artifact import Artifact, Kind
from mock_server.outputs.flaws import spoiled
from mock_server.outputs.outgoing import Outgoing
from mock_server.outputs.plan import OUTPUTS_MAX, TooManyOutputsError, plan
from mock_server.outputs.renderer import (
    WAITING_MAX,
    MediaLibraryMissingError,
    Renderer,
    RenderQueueFullError,
)

__all__ = [
    "OUTPUTS_MAX",
    "WAITING_MAX",
    "Artifact",
    "Kind",
    "MediaLibraryMissingError",
    "Outgoing",
    "RenderQueueFullError",
    "Renderer",
    "TooManyOutputsError",
    "plan",
    "spoiled",
]
