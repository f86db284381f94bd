"""Restore an archive of koprogo.backup into an empty place: `deploy/restore ARCHIVE`.

The archive is read twice: checked to its last byte before anything is written, then unpacked. The database is filled
in one transaction, after the files; a restore that was killed leaves the folder RESTORING, with which nothing starts.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, takewhile
from pathlib import Path
from typing import IO, Any

import psycopg

from koprogo.backup_archive import DATABASE, FILES, FORMAT, MANIFEST, ArchiveError, Manifest, reading
from koprogo.backup_place import (
    IS_DATA,
    RESTORING,
    ROOT,
    count_rows,
    data_folder,
    database,
    describe,
    from_where_called,
    has_tables,
    run,
)
from koprogo.schema import newest_unknown
from koprogo.seals import KEY_FILE, LOG_FILE

BLOCK = 1 << 18
COPY = re.compile(rb"COPY .* FROM stdin;\n")
END_OF_COPY = b"\\.\n"
# psql's own, and a setting that PostgreSQL 16 and older do not know.
NOT_FOR_US = (b"\\restrict ", b"\\unrestrict ", b"SET transaction_timeout = ")
# pg_dump speaks of what is in the database, not of the database (apps/audit/functions.py).
FINISH = """
    RESET ALL;
    DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/restore", description="Restore a backup into an empty place.")
    parser.add_argument("archive", help="the file that deploy/backup has made")
    parser.add_argument("--key", metavar="FILE", help="the private key, for an encrypted archive")
    options = parser.parse_args()
    key = from_where_called(options.key) if options.key else None
    return run(lambda: restore(from_where_called(options.archive), key))


def restore(archive: Path, key: Path | None) -> str:
    """Fill the place; gives what to say about it. Raises ArchiveError and what the place raises."""
    data = data_folder()
    for name in IS_DATA:
        if (data / name).exists():
            raise ArchiveError(f"{data / name} exists: set KOPROGO_DATA to a new folder, a restore needs an empty one.")
    manifest = read_manifest(archive, key)
    with database() as url, psycopg.connect(url, connect_timeout=5) as connection:
        if has_tables(connection):
            raise ArchiveError("The database has tables already: a restore needs an empty one.")
        with _aside(data) as aside:
            unpack(archive, key, aside, connection)
            if count_rows(connection) != manifest.rows:
                raise ArchiveError("The database has not become what was backed up: nothing was restored.")
            connection.execute(FINISH)
            connection.commit()
        connection.execute("ANALYZE")
    return said_at_the_end(manifest, data)


@contextmanager
def _aside(data: Path) -> Iterator[Path]:
    """A folder whose content goes into the data folder when all is well."""
    aside = data / RESTORING
    if aside.exists():  # of a restore that was killed
        shutil.rmtree(aside)
    aside.mkdir(mode=0o700, parents=True)
    try:
        yield aside
    except BaseException:
        shutil.rmtree(aside)
        raise
    for found in aside.iterdir():
        found.rename(data / found.name)
    aside.rmdir()


def said_at_the_end(manifest: Manifest, data: Path) -> str:
    text = f"Restored the backup of {manifest.made_at} into {data}: "
    text += describe(manifest.rows, sum(name.startswith(FILES) for name in manifest.members))
    if "secret_key" not in manifest.members:
        text += "\nStart it with the SECRET_KEY of the old place: the archive holds none."
    if LOG_FILE in manifest.members and KEY_FILE not in manifest.members:
        text += "\nStart it with the AUDIT_SEAL_KEY of the old place too: without it the audit is not sealed."
    return text


def read_manifest(archive: Path, key: Path | None) -> Manifest:
    """Check the whole archive and whether this release can use it."""
    text = b"null"
    with reading(archive, key) as members:
        for name, content in members:
            if name == MANIFEST:
                text = content.read()
    manifest = json.loads(text)
    if manifest is None or manifest["format"] > FORMAT:
        raise ArchiveError(f"{archive} was made by a newer KoproGo, or by another program: update KoproGo.")
    found = subprocess.run(
        [sys.executable, "-m", "koprogo.schema"], cwd=ROOT, env=os.environ | {"SECRET_KEY": "of nobody"},
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    if unknown := newest_unknown(manifest["migrations"], set(json.loads(found.stdout))):
        raise ArchiveError(
            f"The archive was made by a newer KoproGo ({manifest['version']}, which knows {unknown}): update KoproGo "
            "here, then restore."
        )
    return Manifest(**manifest)


def unpack(archive: Path, key: Path | None, folder: Path, connection: psycopg.Connection[Any]) -> None:
    """The database into the connection's transaction, which stays open; the files into the folder."""
    with reading(archive, key) as members:
        behind: list[tuple[str, IO[bytes]]] = []
        run_script(connection, lines_of(database_of(members, behind)))
        for name, content in chain(behind, members):
            if name != MANIFEST:
                store(content, folder / name)


def database_of(members: Iterator[tuple[str, IO[bytes]]], behind: list[tuple[str, IO[bytes]]]) -> Iterator[bytes]:
    """The pieces of the database come first; the member that follows them goes into `behind`."""
    for name, content in members:
        if not name.startswith(DATABASE):
            behind.append((name, content))
            return
        yield from iter(partial(content.read, BLOCK), b"")


def lines_of(blocks: Iterator[bytes]) -> Iterator[bytes]:
    unzip, rest = zlib.decompressobj(wbits=31), b""
    for block in blocks:
        *lines, rest = (rest + unzip.decompress(block)).split(b"\n")
        yield from (line + b"\n" for line in lines)


def run_script(connection: psycopg.Connection[Any], lines: Iterator[bytes]) -> None:
    """Do what psql would do with pg_dump's plain SQL: psql may lack TLS, and would obey the archive's commands."""
    statements = b""
    for line in lines:
        if COPY.fullmatch(line):
            connection.execute(statements)
            statements = b""
            with connection.cursor() as cursor, cursor.copy(line) as copy:
                for row in takewhile(END_OF_COPY.__ne__, lines):
                    copy.write(row)
        elif not line.startswith(NOT_FOR_US):
            statements += line
    connection.execute(statements)


def store(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file)


if __name__ == "__main__":
    sys.exit(main())
