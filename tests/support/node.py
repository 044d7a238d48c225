"""Whether this machine can run the Node SDK."""

import shutil
import subprocess

NODE_MAJOR_MIN = 20


def has_node() -> bool:
    """Tell whether Node and npm are here, new enough for the SDK."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").partition(".")[0]) >= NODE_MAJOR_MIN
