"""The options of every client command: which gateway, and with which admin key."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

import click

from gateway.commands.client import Client

P = ParamSpec("P")

URL = "http://127.0.0.1:8080"
KEY_FILE = Path("var/admin.key")
KEY_VARIABLE = "GATEWAY_ADMIN_KEY"


def connected(command: Callable[Concatenate[Client, P], None]) -> Callable[P, None]:
    """Give a command a client as its first argument, made from `--url` and `--admin-key-file`."""

    @click.option("--url", default=URL, envvar="GATEWAY_URL", show_default=True, help="The gateway.")
    @click.option(
        "--admin-key-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Holds the admin key. Without it: {KEY_VARIABLE}, else {KEY_FILE}.",
    )
    @wraps(command)
    def with_client(*args: P.args, **kwargs: P.kwargs) -> None:
        url, key_file = kwargs.pop("url"), kwargs.pop("admin_key_file")
        assert isinstance(url, str)
        assert key_file is None or isinstance(key_file, Path)
        with Client(url, _admin_key(key_file)) as client:
            command(client, *args, **kwargs)

    return with_client


def _admin_key(key_file: Path | None) -> str:
    from_environment = os.environ.get(KEY_VARIABLE)
    if key_file is None and from_environment:
        return _checked(from_environment, KEY_VARIABLE)
    path = key_file or KEY_FILE
    try:
        return _checked(path.read_text(), str(path))
    except (OSError, UnicodeDecodeError):
        raise click.ClickException(
            f"There is no admin key: {path} cannot be read. Set {KEY_VARIABLE}, name the file with "
            "--admin-key-file, or work in the folder of `runway-gateway serve`, which makes it."
        ) from None


def _checked(text: str, place: str) -> str:
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise click.ClickException(f"{place} holds no admin key")
    return key
