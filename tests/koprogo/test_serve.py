import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

import manage as command_line
from koprogo import serve
from koprogo.catalogs import compile_catalogs
from koprogo.postgres import EmbeddedServer
from koprogo.serve_port import StartError, read_port, reserve_port
from tests.koprogo.instance import Visitor, environment_for, free_port, manage, new_folder, run, serving


@pytest.fixture
def data() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(StartError, match=f"PORT={text} is no port"):
        read_port()


def test_busy_port_is_said_before_anything_starts(data: Path, busy_port: int) -> None:
    done = run("koprogo.serve", environment=environment_for(data, PORT=f"{busy_port}"))

    assert (done.returncode, done.stdout) == (1, "")
    name = Path("/proc/self/comm").read_text().strip()
    assert done.stderr == (
        f"KoproGo: Port {busy_port} is held by {name} (process {os.getpid()}): stop it, or let KoproGo take the next "
        "free port, deploy/run --any-port.\n"
    )
    assert list(data.iterdir()) == []


def test_next_free_port_is_taken_where_any_will_do(data: Path, busy_port: int) -> None:
    port, reservation = reserve_port("127.0.0.1", busy_port, data, may_be_another=True)
    with reservation:
        assert port > busy_port
        next_port, next_reservation = reserve_port("127.0.0.1", busy_port, data, may_be_another=True)
        next_reservation.close()
        assert next_port > port
        with pytest.raises(StartError, match=f"Port {port} is held by another KoproGo: stop it"):
            reserve_port("127.0.0.1", port, data, may_be_another=False)


def test_web_server_left_behind_by_a_killed_start_is_waited_for(data: Path) -> None:
    listen = (
        "import socket, sys, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", f"{listen}; time.sleep(2)"],
        env={"KOPROGO_DATA": str(data)}, stdout=subprocess.PIPE, text=True,
    ) as left_behind:  # fmt: skip
        assert left_behind.stdout
        port = int(left_behind.stdout.readline())
        with pytest.raises(StartError, match=f"Port {port} is held by "):
            reserve_port("127.0.0.1", port, Path("/another/folder"), may_be_another=False)
        found, reservation = reserve_port("127.0.0.1", port, data, may_be_another=False)

    reservation.close()
    assert found == port


def test_everything_starts_once_and_a_signal_stops_all_of_it(data: Path) -> None:
    environment = environment_for(data, KOPROGO_DEMO="0")
    with serving(environment) as (started, url):
        assert status_of(f"{url}/") == 200

        second = run("koprogo.serve", environment=environment | {"PORT": f"{free_port()}"})
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == (
            f"KoproGo: KoproGo serves {data} already at {url.replace('127.0.0.1', 'localhost')} (process "
            f"{started.pid}): use that one, stop it first, or set KOPROGO_DATA to another folder.\n"
        )

        started.send_signal(signal.SIGTERM)
        assert started.stdout
        assert list(started.stdout)[-1] == "KoproGo has stopped.\n"

    assert started.returncode == 0
    assert not EmbeddedServer(data).sockets.exists()


def test_all_killed_at_once_starts_again_and_keeps_everything(data: Path) -> None:
    environment = environment_for(data)
    with serving(environment) as (started, url):
        visitor = Visitor(url)
        visitor.sign_in("claire@delta.example.be", "koprogo-demo")
        before = visitor.read_page("/buildings/")
        for pid in family_of(started.pid) + family_of(pid_of_postgres(data)):
            with suppress(ProcessLookupError):  # it went with its parent
                os.kill(pid, signal.SIGKILL)

    with serving(environment | {"PORT": url.rpartition(":")[2]}) as (_, again):
        assert again == url
        assert visitor.read_page("/buildings/") == before  # still signed in, too


def family_of(pid: int) -> list[int]:
    """The process and all that it has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [pid, *(each for child in children for each in family_of(child))]


def pid_of_postgres(data: Path) -> int:
    return int((EmbeddedServer(data).place.cluster / "postmaster.pid").read_text().split()[0])


def test_schema_of_an_older_release_is_migrated_and_of_a_newer_one_refused(data: Path) -> None:
    environment = environment_for(data, KOPROGO_DEMO="0", KOPROGO_DATABASE_ROLE="owner")
    server = EmbeddedServer(data)
    with server.lease(), psycopg.connect(server.url("koprogo_owner"), autocommit=True) as owner:
        manage("migrate", "accounts", environment=environment)
        assert run("koprogo.serve_prepare", environment=environment).returncode == 0
        assert manage("migrate", "--check", environment=environment) == ""

        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('expenses', '9999_more', now())")
        refused = run("koprogo.serve_prepare", environment=environment)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "KoproGo: The database is that of a newer KoproGo, which knows expenses.9999_more: start that one, or update "
        "this one. Nothing was changed.\n"
    )


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
        with command_line.database_for(command, arguments):
            assert list(data.iterdir()) == []


def test_command_runs_under_the_role_that_it_needs(data: Path) -> None:
    environment = environment_for(data)
    asked = "from django.db import connection as c; print(c.settings_dict['USER'])"

    assert manage("shell", "--no-imports", "-c", asked, environment=environment).strip() == "koprogo_app"
    assert "0001_initial" in manage("showmigrations", environment=environment)
    assert not EmbeddedServer(data).sockets.exists()
