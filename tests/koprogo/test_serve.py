import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import manage
from koprogo import serve
from koprogo.catalogs import compile_catalogs
from koprogo.postgres import EmbeddedServer
from koprogo.postgres_place import SERVICE_HOME

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="koprogo-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
    shutil.rmtree(SERVICE_HOME / EmbeddedServer(folder).digest, ignore_errors=True)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        return holder.getsockname()[1]


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(serve.StartError, match=f"PORT={text} is no port"):
        serve.read_port()


def test_busy_port_is_said_before_anything_starts(data: Path, busy_port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "koprogo.serve"],
        cwd=ROOT, env=os.environ | {"PORT": str(busy_port), "KOPROGO_DATA": str(data)}, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"KoproGo: Port {busy_port} cannot be used (Address already in use): stop what uses it, or choose another "
        f"port, PORT={busy_port + 1} deploy/run.\n"
    )
    assert list(data.iterdir()) == []


def test_everything_starts_and_a_signal_stops_all_of_it(data: Path, free_port: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    environment |= {"PORT": str(free_port), "KOPROGO_DATA": str(data), "KOPROGO_DEMO": "0"}
    started = subprocess.Popen(
        [sys.executable, "-m", "koprogo.serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    with started, ended(started):
        assert started.stdout is not None
        lines = iter(started.stdout.readline, "")
        assert next((line for line in lines if "http" in line), "") == (
            f"KoproGo is at http://localhost:{free_port} – Ctrl-C stops it.\n"
        )
        assert status_of(f"http://127.0.0.1:{free_port}/") == 200
        started.send_signal(signal.SIGTERM)
        assert list(lines)[-1] == "KoproGo has stopped.\n"

    assert started.returncode == 0
    assert not EmbeddedServer(data).sockets.exists()


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """A failed assertion must not leave the process to run, nor this test to wait for it."""
    try:
        yield
    finally:
        process.terminate()


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 (http, on this machine)
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_child_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "PATIENCE", 0.1)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, process_group=0) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            serve.stop([child])
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    assert child.returncode == -signal.SIGKILL


def test_catalogs_are_compiled_when_they_have_changed(tmp_path: Path) -> None:
    source = tmp_path / "nl" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "lot"\nmsgstr "kavel"\n')
    compiled = source.with_suffix(".mo")

    compile_catalogs(tmp_path)
    assert b"kavel" in compiled.read_bytes()

    compiled.write_bytes(b"untouched")
    compile_catalogs(tmp_path)
    assert compiled.read_bytes() == b"untouched"

    os.utime(source, (compiled.stat().st_mtime + 1,) * 2)
    compile_catalogs(tmp_path)
    assert b"kavel" in compiled.read_bytes()


def test_command_that_needs_no_database_starts_no_server(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setenv("KOPROGO_DATA", str(data))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)

    for command, arguments in {"collectstatic": [], "migrate": ["--help"], "help": []}.items():
        with manage.database_for(command, arguments):
            assert list(data.iterdir()) == []


def test_command_runs_under_the_role_that_it_needs(data: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    environment |= {"KOPROGO_DATA": str(data)}
    asked = "from django.db import connection as c; print(c.settings_dict['USER'])"

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    assert run("shell", "--no-imports", "-c", asked).strip() == "koprogo_app"
    assert "0001_initial" in run("showmigrations")
    assert not EmbeddedServer(data).sockets.exists()
