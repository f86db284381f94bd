"""The TLS proxy in front of the site, as `deploy/Caddyfile` configures it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.ops.loadtest.browser import Browser, PageError
from koprogo.backup_place import ROOT
from koprogo.serve import die_with_parent, stop
from koprogo.serve_port import StartError

CADDYFILE = ROOT / "deploy" / "Caddyfile"
PATIENCE = 20  # seconds: its authority makes a certificate first
HEADERS = {"Accept-Encoding": "gzip, deflate, br"}  # as browsers send it


def check_caddyfile() -> None:
    """Raises StartError."""
    if not CADDYFILE.exists():
        raise StartError(f"{CADDYFILE} is missing: without it there is no --proxy.")


def site_environment(environment: dict[str, str]) -> dict[str, str]:
    """Of what serves behind the proxy."""
    return environment | {"KOPROGO_TLS": "1", "KOPROGO_PROXIES": "1"}


@contextmanager
def proxy(environment: dict[str, str], base: str, folder: Path) -> Iterator[int]:
    """Caddy at `base` (https://localhost:port), its files in `folder`; gives its process. Raises StartError."""
    places = {
        "KOPROGO_SITE": base, "KOPROGO_HTTP_PORT": str(_free_port()), "HOME": str(folder), "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }  # fmt: skip
    with (folder / "proxy.log").open("w") as log:
        caddy = subprocess.Popen(
            ["caddy", "run", "--config", CADDYFILE, "--adapter", "caddyfile"],
            cwd=ROOT, env=environment | places, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0,
            preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        _wait(caddy, Browser(base, HEADERS), folder / "proxy.log")
        yield caddy.pid
    finally:
        stop([caddy])


def _free_port() -> int:
    """Where Caddy leads plain HTTP to HTTPS: nobody asks there, and port 80 may be taken or not ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(caddy: subprocess.Popen[bytes], browser: Browser, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and caddy.poll() is None:
        try:
            browser.get("/account/login/")
        except PageError:
            time.sleep(0.2)
        else:
            return
    raise StartError(f"The proxy does not serve; its log: {log}")
