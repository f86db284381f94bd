"""The portfolio that is asked for: made once for each size and kept as a template, copied for each run."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from koprogo.backup_place import ROOT
from koprogo.postgres import DATABASE, OWNER_ROLE, EmbeddedServer
from koprogo.serve import die_with_parent, run_preparation, say

EMAIL, PASSWORD = "gestion@portefeuille1.example.be", "koprogo-loadtest"
SOURCES = Path(__file__).parents[1] / "portfolio"


class DataSetError(Exception):
    """The portfolio could not be made; the message says why."""


def template_name(buildings: int) -> str:
    """Made anew when the code that writes it has changed."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(SOURCES.glob("*.py"))))
    return f"portfolio_{buildings}_{digest.hexdigest()[:10]}"


def take_fresh_copy(server: EmbeddedServer, environment: dict[str, str], buildings: int) -> None:
    """The database holds the portfolio and nothing else, under this code's schema. Raises DataSetError, StartError."""
    template = template_name(buildings)
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        _drop(connection, DATABASE)
        if template not in known:
            for name in known:
                if name.startswith(f"portfolio_{buildings}_"):
                    _drop(connection, name)
            _create(connection, DATABASE, "template0")
            _make(environment, buildings)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(DATABASE), sql.Identifier(template)))
        _create(connection, DATABASE, template)
    run_preparation(environment)


def _make(environment: dict[str, str], buildings: int) -> None:
    say(f"Making the portfolio of {buildings} buildings, once: it is kept for the runs to come …")
    run_preparation(environment)
    done = subprocess.run(
        [sys.executable, "manage.py", "make_portfolio", "--buildings", str(buildings), "--password", PASSWORD],
        cwd=ROOT, env=environment | {"KOPROGO_DATABASE_ROLE": "owner"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, process_group=0, preexec_fn=die_with_parent,
    )  # fmt: skip
    if done.returncode:
        raise DataSetError("The portfolio could not be made; the reason stands above.")


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(connection: psycopg.Connection, name: str, template: str) -> None:
    create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
    names = [sql.Identifier(each) for each in (name, OWNER_ROLE, template)]
    connection.execute(create.format(*names))
    connection.execute("CHECKPOINT")


def rig_environment(data: Path, port: int) -> dict[str, str]:
    """Of what serves: its own folder and database, whatever the office's are."""
    foreign = {"DATABASE_URL", "DATABASE_OWNER_URL", "KOPROGO_DEMO", "DEBUG"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return kept | {"KOPROGO_DATA": str(data), "PORT": str(port), "KOPROGO_DATABASE_ROLE": "app"}
