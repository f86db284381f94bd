import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from koprogo.postgres import ACCEPTING, SETTINGS, SILENT, EmbeddedServer
from koprogo.postgres_place import SERVICE_HOME, ServerError

ROOT = Path(__file__).parents[2]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users")
HOLD_A_LEASE = """
import sys, time
from pathlib import Path
from koprogo.postgres import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])).lease():
    print("running", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="koprogo-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    yield from running_aside(folder / "data")


def running_aside(data: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(data)
    yield server
    shutil.rmtree(SERVICE_HOME / server.digest, ignore_errors=True)
    shutil.rmtree(server.sockets, ignore_errors=True)


def ask(server: EmbeddedServer, query: str, role: str = "koprogo_owner") -> tuple:
    with psycopg.connect(server.url(role), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone() if cursor.description else ()


def lease_in_another_process(server: EmbeddedServer) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_LEASE, server.data], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "running\n"
    return holder


def kill(holder: subprocess.Popen[str]) -> None:
    with holder:
        holder.kill()


def test_making_the_object_touches_nothing(server: EmbeddedServer) -> None:
    assert server.url("koprogo_app") == f"postgresql://koprogo_app@/koprogo?host=%2Ftmp%2Fkoprogo-{server.digest}"
    assert not server.data.exists()
    assert not server.sockets.exists()


def test_environment_names_the_server() -> None:
    assert EmbeddedServer.from_environment({"DATABASE_URL": "postgresql://x"}) is None
    assert EmbeddedServer.from_environment({"KOPROGO_DATA": "/srv/a"}).data == Path("/srv/a")
    assert EmbeddedServer.from_environment({}).data == ROOT / "var"


def test_lease_gives_two_roles_without_power_and_a_database_of_the_owner(server: EmbeddedServer) -> None:
    powers = "rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"

    with server.lease():
        assert ask(server, f"SELECT {powers}", "koprogo_app") == (False, False, False, False)
        assert ask(server, f"SELECT {powers}", "koprogo_owner") == (False, False, True, False)
        assert ask(server, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'koprogo'") == (
            "koprogo_owner",
        )
        assert ask(server, "SHOW listen_addresses") == ("",)
        assert server.sockets.stat().st_mode & 0o777 == 0o700


def test_server_runs_with_the_settings_of_deploy(server: EmbeddedServer) -> None:
    lines = [line.partition("#")[0] for line in SETTINGS.read_text().splitlines()]
    wanted = {name.strip(): value.strip() for name, found, value in (line.partition("=") for line in lines) if found}
    assert len(wanted) > 15

    with server.lease():
        assert {name: ask(server, f"SHOW {name}")[0] for name in wanted} == wanted
        assert [ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
            ("on",), ("on",), ("on",),
        ]  # fmt: skip


def test_last_lease_stops_the_server_and_keeps_the_data(server: EmbeddedServer) -> None:
    with server.lease():
        ask(server, "CREATE TABLE kept (id int)")
        with EmbeddedServer(server.data).lease():
            pass
        assert server._state() == ACCEPTING
    assert not server.sockets.exists()

    with server.lease():
        assert ask(server, "SELECT count(*) FROM kept") == (0,)


def test_path_may_be_long_and_hold_any_character(folder: Path) -> None:
    for server in running_aside(folder / "l'été, à l'hôtel" / ("x" * 120)):
        with server.lease():
            assert ask(server, "SELECT 1") == (1,)


def test_closed_home_stays_closed(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)

    for server in running_aside(home / "data"):
        with server.lease():
            assert ask(server, "SELECT 1") == (1,)
            assert home.stat().st_mode & 0o777 == 0o700


def test_killed_process_lets_go_of_its_lease(server: EmbeddedServer) -> None:
    kill(lease_in_another_process(server))
    assert server._state() == ACCEPTING

    with server.lease():
        pass

    assert server._state() == SILENT


def test_killed_server_starts_again(server: EmbeddedServer) -> None:
    holder = lease_in_another_process(server)
    os.kill(int((server.place.cluster / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    kill(holder)

    with server.lease():
        assert ask(server, "SELECT 1") == (1,)


def test_cluster_left_half_made_is_made_anew(server: EmbeddedServer) -> None:
    half = server.data / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with server.lease():
        assert ask(server, "SELECT 1") == (1,)
    assert not half.exists()


@needs_root
def test_data_of_another_user_is_refused_with_a_sentence(server: EmbeddedServer) -> None:
    server.data.mkdir()
    gate = server.data / "postgres.gate"
    gate.touch()
    os.chown(gate, 12345, 12345)

    with pytest.raises(ServerError, match="was begun by user 12345 and you are root: start KoproGo as user 12345"):
        server.lease().__enter__()


@needs_root
def test_socket_folder_planted_by_another_user_is_refused(server: EmbeddedServer) -> None:
    server.sockets.mkdir(mode=0o777)
    os.chown(server.sockets, 12345, 12345)

    with pytest.raises(ServerError, match="belongs to user 12345"):
        server.lease().__enter__()


def test_cluster_of_another_major_version_is_refused_and_kept(server: EmbeddedServer) -> None:
    with server.lease():
        pass
    (server.place.cluster / "PG_VERSION").write_text("15\n")

    with pytest.raises(ServerError, match="made by PostgreSQL 15, this KoproGo brings PostgreSQL 18: carry it over by"):
        server.lease().__enter__()
    assert (server.place.cluster / "PG_VERSION").read_text() == "15\n"


@needs_root
def test_full_disk_is_said_and_loses_nothing(server: EmbeddedServer) -> None:
    server.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "koprogo-test", server.data]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    try:
        with server.lease():
            ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
        filler = server.data / "filler"
        with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))

        with pytest.raises(ServerError, match=r"The disk of .* is full \(0 MB free\): make room, 64 MB at least"):
            server.lease().__enter__()

        filler.unlink()
        with server.lease():
            assert ask(server, "SELECT number FROM kept") == (7,)
    finally:
        subprocess.run(["umount", server.data], check=True)
