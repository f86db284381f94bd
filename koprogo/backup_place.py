"""The place that is backed up, or restored into: its folder and its database; and how its commands end."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from koprogo.backup_archive import ArchiveError
from koprogo.postgres import OWNER_ROLE, EmbeddedServer
from koprogo.postgres_place import ServerError
from koprogo.roles import RolesError, check_roles
from koprogo.seals import KEY_FILE, LOG_FILE

ROOT = Path(__file__).resolve().parents[1]
RESTORING = "restoring"  # in the data folder, until all of a restore is there
IS_DATA = ("files", "secret_key", KEY_FILE, LOG_FILE)  # in the data folder; the rest of it can be made anew


def run(work: Callable[[], str]) -> int:
    """Do it and say what it gives; a failure is said in a sentence."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # else the server would be left to run
    try:
        print(work())  # noqa: T201
    except KeyboardInterrupt:
        return 130
    except (ArchiveError, ServerError, RolesError) as error:
        reason = f"{error}"
    except psycopg.Error as error:
        reason = f"The database says: {'; '.join(str(error).splitlines())}"
    except OSError as error:
        reason = f"{error.filename or 'The disk'}: {error.strerror}."
    else:
        return 0
    print(f"KoproGo: {reason}", file=sys.stderr)  # noqa: T201
    return 1


def from_where_called(path: str) -> Path:
    """deploy/… goes to the clone before it starts Python."""
    return Path(os.environ.get("KOPROGO_CALLED_FROM", "."), path).absolute()


def data_folder() -> Path:
    return Path(os.environ.get("KOPROGO_DATA") or ROOT / "var").absolute()


@contextmanager
def database() -> Iterator[str]:
    """The database's address, for its owner."""
    server = EmbeddedServer.from_environment()
    if server is None:
        check_roles(os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", ""))
    with server.lease() if server else nullcontext():
        yield server.url(OWNER_ROLE) if server else os.environ["DATABASE_OWNER_URL"]


def has_tables(connection: psycopg.Connection[Any]) -> bool:
    return bool(connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone())


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    rows = {}
    for (table,) in tables:
        found = connection.execute(sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table))).fetchone()
        assert found
        rows[table] = found[0]
    return rows


def describe(rows: dict[str, int], files: int) -> str:
    return f"{sum(rows.values())} rows of {len(rows)} tables, {files} files"
