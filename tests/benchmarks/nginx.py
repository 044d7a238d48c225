"""nginx in front of the mock, where nginx is installed: what a proxy that knows nothing takes for a poll."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.cores import MEASURED, running_on
from tests.benchmarks.scene import Target
from tests.support.mock import Mock
from tests.support.stores import free_port
from tests.support.waiting import wait_until

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream mock {{
        server {mock};
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://mock;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


def is_installed() -> bool:
    return shutil.which("nginx") is not None


@contextmanager
def running_nginx(folder: Path, mock: Mock) -> Iterator[Target]:
    """Run one nginx worker on the measured core."""
    folder.mkdir()
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, mock=urlsplit(mock.url).netloc))
    command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    with running_on(MEASURED):
        nginx = subprocess.Popen(command)
    try:
        wait_until(lambda: _listens(port), "nginx")
        yield Target(f"http://127.0.0.1:{port}", nginx.pid)
    finally:
        nginx.terminate()
        nginx.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
