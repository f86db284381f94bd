"""deploy/Caddyfile, run by a real Caddy before a server that says what it was sent."""

import gzip
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from koprogo.shedding import STAMP
from tests.koprogo.instance import ROOT, free_port

pytestmark = pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not installed (apt-get install caddy)")
HASHED = "koprogo.0123456789ab.css"


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = int(self.headers.get("Content-Length") or 0)
        size = len(self.rfile.read(wanted))
        if size < wanted:
            return
        answer = json.dumps(dict(self.headers) | {"path": self.path, "size": size, "padding": "x" * 2000}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


class Site:
    def __init__(self, port: int, http_port: int) -> None:
        self.port, self.http_port = port, http_port

    def open(self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple:
        """Status, headers and body."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        request = urllib.request.Request(f"https://localhost:{self.port}{path}", body, headers or {})
        try:
            answer = urllib.request.urlopen(request, timeout=20, context=context)  # noqa: S310 (our own)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            content = answer.read()
            zipped = answer.headers.get("Content-Encoding") == "gzip"
            return answer.status, answer.headers, gzip.decompress(content) if zipped else content

    def ask(self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> dict:
        return json.loads(self.open(path, headers, body)[2])


@contextmanager
def proxying(folder: Path, port: int) -> Iterator[Site]:
    site = Site(free_port(), free_port())
    places = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "KOPROGO_DATA")}
    ours = {
        "PORT": str(port),
        "KOPROGO_SITE": f"https://localhost:{site.port}",
        "KOPROGO_HTTP_PORT": str(site.http_port),
    }
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            ["caddy", "run", "--config", ROOT / "deploy/Caddyfile", "--adapter", "caddyfile"],
            env=os.environ | places | ours, stdout=log, stderr=log,
        ) as caddy,
    ):  # fmt: skip
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and caddy.poll() is None:
                try:
                    site.open(f"/static/{HASHED}")
                    break
                except OSError:
                    time.sleep(0.1)
            yield site
        finally:
            caddy.terminate()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "static").mkdir()
    (folder / "secret_key").write_text("private")
    for name in (HASHED, "koprogo.css"):
        (folder / "static" / name).write_bytes(b"plain")
        (folder / "static" / f"{name}.gz").write_bytes(gzip.compress(b"made before"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as echo:
        Thread(target=echo.serve_forever, daemon=True).start()
        with proxying(folder, echo.server_port) as site:
            yield site
        echo.shutdown()


def test_what_a_visitor_invents_does_not_come_through(site: Site) -> None:
    invented = {"X-Request-Start": "t=1", "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http"}

    seen = site.ask("/buildings/?page=2", invented)

    assert seen["path"] == "/buildings/?page=2"
    assert seen["Host"] == f"localhost:{site.port}"
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    stamp = STAMP.fullmatch(seen["X-Request-Start"])
    assert stamp
    assert float(stamp[1]) / 1000 == pytest.approx(time.time(), abs=5)


def test_pages_are_compressed_and_name_no_server(site: Site) -> None:
    status, headers, _ = site.open("/buildings/", {"Accept-Encoding": "gzip, deflate, br"})

    assert (status, headers["Content-Encoding"], headers["Server"]) == (200, "gzip", None)
    assert site.open("/buildings/")[1]["Content-Encoding"] is None


@pytest.mark.parametrize(
    ("name", "cached"), [(HASHED, "max-age=315360000, public, immutable"), ("koprogo.css", "max-age=60, public")]
)
def test_static_files_are_sent_as_they_were_compressed_before(site: Site, name: str, cached: str) -> None:
    status, headers, body = site.open(f"/static/{name}", {"Accept-Encoding": "gzip"})

    assert (status, body, headers["Cache-Control"]) == (200, b"made before", cached)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert site.open(f"/static/{name}")[2] == b"plain"


@pytest.mark.parametrize("path", ["/static/none.css", "/static/", "/static"])
def test_only_static_files_are_sent(site: Site, path: str) -> None:
    status, _, body = site.open(path)

    assert status == 404 or json.loads(body)["path"] == path


@pytest.mark.parametrize("path", ["/secret_key", "/static/../secret_key", "/static/%2e%2e/secret_key"])
def test_nothing_else_of_the_data_folder_is_sent(site: Site, path: str) -> None:
    assert b"private" not in site.open(path)[2]


def test_largest_upload_comes_through_and_one_without_end_does_not(site: Site) -> None:
    assert site.ask("/expenses/new/", body=b"x" * 31 * 1024 * 1024)["size"] == 31 * 1024 * 1024
    try:
        status = site.open("/expenses/new/", body=b"x" * 35 * 1024 * 1024)[0]
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ssl.SSLEOFError | ConnectionError):
            raise
        status = 413  # hung up while we were still sending
    assert status >= 400


def test_old_tls_is_refused(site: Site) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    with (
        socket.create_connection(("localhost", site.port), timeout=10) as connection,
        pytest.raises(ssl.SSLError, match="protocol version"),
    ):
        context.wrap_socket(connection, server_hostname="localhost")


def test_plain_http_is_led_to_https(site: Site) -> None:
    with socket.create_connection(("localhost", site.http_port), timeout=10) as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert f"Location: https://localhost:{site.port}/x".encode() in connection.recv(4096)


def test_while_koprogo_is_down_visitors_are_told_to_come_back(tmp_path: Path) -> None:
    with proxying(tmp_path, free_port()) as site:
        status, headers, body = site.open("/buildings/")

    assert (status, headers["Retry-After"]) == (503, "10")
    assert "réessayez dans quelques secondes" in body.decode()
