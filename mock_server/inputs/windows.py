"""Which shapes and sizes of pictures a model takes.

Source: the page on inputs of Runway's documentation, and notes in the SDK. Models not named here take any.
"""

from collections.abc import Iterator

import msgspec

from mock_server import issues
from mock_server.issues import Issue, Path


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Aspect ratios are width by height; sides are in pixels, each for itself."""

    aspect_min: float = 0.0
    aspect_max: float = float("inf")
    side_min: int = 1
    side_max: int | None = None

    def problems(self, width: int, height: int, path: Path) -> Iterator[Issue]:
        aspect = width / height if height else 0.0
        if aspect < self.aspect_min:
            yield issues.too_small_asset("aspect ratio", self.aspect_min, path)
        if aspect > self.aspect_max:
            yield issues.too_big_asset("aspect ratio", self.aspect_max, path)
        if min(width, height) < self.side_min:
            yield issues.too_small_asset("width and height", self.side_min, path)
        if self.side_max is not None and max(width, height) > self.side_max:
            yield issues.too_big_asset("width and height", self.side_max, path)


ANY = Window()
NARROW = Window(aspect_min=0.5, aspect_max=2.0)
RUNWAY = Window(aspect_min=0.5, aspect_max=2.358)
SEEDANCE = Window(aspect_min=0.4, aspect_max=4.0)
WINDOWS = {
    ("image_to_video", "gen4_turbo"): RUNWAY,
    ("character_performance", "act_two"): RUNWAY,
    ("image_to_video", "gen4.5"): NARROW,
    ("image_to_video", "veo3.1"): NARROW,
    ("image_to_video", "veo3.1_fast"): NARROW,
    ("image_to_video", "gemini_omni_flash"): NARROW,
    **{
        (operation, model): SEEDANCE
        for operation in ("image_to_video", "text_to_video", "video_to_video")
        for model in ("seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5")
    },
    **{
        (operation, "hailuo3"): Window(aspect_min=0.2, aspect_max=4.0)
        for operation in ("image_to_video", "text_to_video", "video_to_video")
    },
    ("image_to_video", "happyhorse_1_0"): Window(aspect_min=0.55, aspect_max=1.8, side_min=300),
    ("text_to_image", "gemini_2.5_flash"): Window(aspect_min=0.25, aspect_max=4.0),
    ("image_to_video", "grok_imagine_1_5"): Window(aspect_min=0.4, aspect_max=2.5),
    ("image_to_video", "h3_max"): Window(side_min=256),
    ("image_upscale", "magnific_precision_upscaler_v2"): Window(side_min=300, side_max=8000),
    ("recipes_product_ugc", "product_ugc"): Window(aspect_min=0.4, aspect_max=4.0),
}


def window_of(operation: str, model: str) -> Window:
    return WINDOWS.get((operation, model), ANY)
