"""The files that a successful task yields: planned at its creation, rendered when first downloaded."""

from mock_server.outputs.artifact import Artifact, Kind
from mock_server.outputs.plan import plan
from mock_server.outputs.renderer import MediaLibraryMissingError, Renderer, RenderQueueFullError

__all__ = ["Artifact", "Kind", "MediaLibraryMissingError", "RenderQueueFullError", "Renderer", "plan"]
