"""Vector images."""

from xml.sax.saxutils import escape

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.scene import chance

CIRCLES = 6


def drawing(artifact: Artifact, *, label: str) -> bytes:
    """An SVG of circles that depend on the seed, with the label below."""
    width, height = artifact.width, artifact.height
    dice = chance(artifact)
    circles = "".join(_circle(dice[4 * n : 4 * n + 4], width, height) for n in range(CIRCLES))
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        f'<rect width="100%" height="100%" fill="hsl({dice[-1] * 360 // 256} 40% 20%)"/>{circles}'
        f'<text x="16" y="{height - 16}" font-family="monospace" fill="white">{escape(label)}</text></svg>\n'
    ).encode()


def _circle(dice: bytes, width: int, height: int) -> str:
    across, down, radius, hue = dice
    place = (
        f'cx="{across * width // 256}" cy="{down * height // 256}" r="{(16 + radius // 2) * height // 512}"'
    )
    return f'<circle {place} fill="hsl({hue * 360 // 256} 70% 60%)" fill-opacity="0.8"/>'
