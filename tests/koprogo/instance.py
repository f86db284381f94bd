"""A KoproGo of its own: started as deploy/run starts it, visited as a browser visits it."""

import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from koprogo.postgres import EmbeddedServer
from koprogo.postgres_place import SERVICE_HOME

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own; what KoproGo keeps elsewhere for it goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="koprogo-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
    shutil.rmtree(SERVICE_HOME / EmbeddedServer(folder).digest, ignore_errors=True)


def environment_for(data: Path, **more: str) -> dict[str, str]:
    """The embedded server of this folder, whichever the suite runs on."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "KOPROGO_"))}
    return inherited | {"KOPROGO_DATA": str(data), "KOPROGO_DEMO": "1"} | more


def run(module: str, *arguments: object, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def manage(*arguments: object, environment: dict[str, str]) -> str:
    done = run("manage", *arguments, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        return holder.getsockname()[1]


@contextmanager
def serving(environment: dict[str, str], *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and where it is, once it is served."""
    environment = {"PORT": str(free_port())} | environment
    command = [sys.executable, "-m", "koprogo.serve", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = next((line for line in process.stdout if "http" in line), "")
            yield process, line.split()[3].replace("localhost", "127.0.0.1") if line else ""
        finally:
            process.terminate()
            process.communicate(timeout=60)


class Visitor:
    """Who signs in, and reads pages without what differs from one reading to the next."""

    def __init__(self, url: str) -> None:
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def sign_in(self, email: str, password: str) -> None:
        login = f"{self.url}/account/login/"
        with self.opener.open(login, timeout=60) as answer:
            found = TOKEN.search(answer.read().decode())
        assert found
        form = {"login": email, "password": password, "csrfmiddlewaretoken": found[1]}
        with self.opener.open(login, urllib.parse.urlencode(form).encode(), timeout=60) as answer:
            assert answer.url == f"{self.url}/"

    def read(self, path: str) -> bytes:
        with self.opener.open(self.url + path, timeout=60) as answer:
            return answer.read()

    def read_page(self, path: str) -> str:
        return TOKEN.sub("", self.read(path).decode())
