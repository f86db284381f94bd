"""Back up the database and the stored files into one archive: `deploy/backup`, beside a serving instance too.

The database is read as of one moment. A file is stored before the row that names it is committed, and never changes:
so the files, copied after that moment, hold every document of the database, and perhaps some that no row of the
archive names.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from koprogo.backup_archive import DATABASE, FILES, PIECE, SECRET_KEY, ArchiveError, Manifest, Writer, make_key, writing
from koprogo.backup_place import ROOT, count_rows, data_folder, database, describe, from_where_called, has_tables, run
from koprogo.postgres_place import programs_of_the_wheel
from koprogo.seals import KEY_FILE, LOG_FILE, size_of_log


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/backup", description="Back up the database and the stored files.")
    parser.add_argument("--to", default=".", metavar="PATH", help="the archive, or the folder to put it in")
    parser.add_argument(
        "--for", dest="public_keys", action="append", default=[], metavar="PUBLIC-KEY",
        help="encrypt for who has the private key of this one (age1…, ssh-ed25519 …); may be given more than once",
    )  # fmt: skip
    parser.add_argument("--make-key", metavar="FILE", help="only make a private key and print its public key")
    options = parser.parse_args()
    if options.make_key:
        return run(lambda: make_key(from_where_called(options.make_key)))
    now = datetime.now(UTC)
    return run(lambda: back_up(path_of(options.to, now, options.public_keys), now, options.public_keys))


def path_of(given: str, now: datetime, public_keys: list[str]) -> Path:
    path = from_where_called(given)
    name = f"koprogo-{now:%Y-%m-%d-%H%M%S}.tar{'.age' if public_keys else ''}"
    return path / name if path.is_dir() else path


def back_up(path: Path, now: datetime, public_keys: list[str]) -> str:
    """Write the archive; gives what to say about it. Raises ArchiveError and what the place raises."""
    # A seal is logged after its commit: all that the log holds by now, the database of the archive knows.
    size_of_seals = size_of_log(data_folder())
    with database() as url, _one_moment(url) as (connection, moment):
        manifest = _manifest(connection, now)
        with writing(path, now.timestamp(), public_keys) as archive:
            _add_database(archive, url, connection.info.server_version, moment)
            _add_files(archive)
            _add_seals(archive, size_of_seals)
            archive.finish(manifest)
        _warn_of_documents(connection, archive)
    files = sum(name.startswith(FILES) for name in archive.members)
    return f"{path}: {describe(manifest.rows, files)}"


@contextmanager
def _one_moment(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A connection that sees the database as of now, and the name under which pg_dump sees the same."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert found
        yield connection, found[0]


def _manifest(connection: psycopg.Connection[Any], now: datetime) -> Manifest:
    if not has_tables(connection):
        raise ArchiveError("The database is empty: there is nothing to back up.")
    applied = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return Manifest(
        version=tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        made_at=now.isoformat(timespec="seconds"),
        postgresql=connection.info.server_version,
        migrations=[name for (name,) in applied],
        rows=count_rows(connection),
    )


def _add_database(archive: Writer, url: str, server_version: int, moment: str) -> None:
    """pg_dump's output in pieces: a tar must know the size of what it takes, and this needs no room on the disk."""
    password = conninfo_to_dict(url).get("password")  # not on the command line, which everybody sees
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [
        *(_pg_dump_for(server_version), "--dbname", make_conninfo(url, password=None), "--snapshot", moment),
        # The owner may not bypass row security; its policy shows it every row.
        *("--enable-row-security", "--no-password", "--format=plain", "--compress=6"),
    ]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment) as dump:
            assert dump.stdout is not None
            for number, piece in enumerate(iter(partial(dump.stdout.read, PIECE), b""), start=1):
                archive.add(f"{DATABASE}{number:05}", piece)
        if dump.returncode:
            said.seek(0)
            raise ArchiveError(f"The database cannot be read: {'; '.join(said.read().splitlines())}")


def _pg_dump_for(server_version: int) -> Path | str:
    """That of the machine where it is new enough for a server of one's own: the wheel's knows no TLS."""
    if os.environ.get("DATABASE_OWNER_URL") and shutil.which("pg_dump"):
        said = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"\d+", said)
        if found and int(found[0]) >= server_version // 10_000:
            return "pg_dump"
    return programs_of_the_wheel() / "pg_dump"


def _add_files(archive: Writer) -> None:
    data = data_folder()
    for path in sorted((data / "files").rglob("*")):
        with suppress(FileNotFoundError, IsADirectoryError), path.open("rb") as file:
            name = f"{FILES}{path.relative_to(data / 'files').as_posix()}"
            archive.add_stream(name, file, os.fstat(file.fileno()).st_size)
    # A key that the environment gives is kept elsewhere.
    if not os.environ.get("SECRET_KEY") and (data / SECRET_KEY).exists():
        archive.add(SECRET_KEY, (data / SECRET_KEY).read_bytes())


def _add_seals(archive: Writer, size: int) -> None:
    data = data_folder()
    if not os.environ.get("AUDIT_SEAL_KEY") and (data / KEY_FILE).exists():
        archive.add(KEY_FILE, (data / KEY_FILE).read_bytes())
    if size:
        with (data / LOG_FILE).open("rb") as file:
            archive.add_stream(LOG_FILE, file, size)


def _warn_of_documents(connection: psycopg.Connection[Any], archive: Writer) -> None:
    """What the disk has lost since it was stored is said while an older backup may still have it."""
    for path, digest in connection.execute("SELECT path, sha256 FROM documents_document ORDER BY path"):
        found = archive.members.get(f"{FILES}{path}")
        if found is None or found["sha256"] != digest:
            fault = "is not what was stored" if found else "is missing"
            print(f"KoproGo: files/{path} {fault}: look for it in an older backup.", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
