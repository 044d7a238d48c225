"""The files that a successful task yields: planned at its creation, rendered when first downloaded."""

from mock_server.outputs.artifact import Artifact, Kind
from mock_server.outputs.plan import OUTPUTS_MAX, TooManyOutputsError, plan
from mock_server.outputs.renderer import MediaLibraryMissingError, Renderer, RenderQueueFullError

__all__ = [
    "OUTPUTS_MAX",
    "Artifact",
    "Kind",
    "MediaLibraryMissingError",
    "RenderQueueFullError",
    "Renderer",
    "TooManyOutputsError",
    "plan",
]
