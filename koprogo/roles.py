"""Are the two database roles what the walls need? Asked at each start on a PostgreSQL that is not ours.

The application's role must see one organization at a time, whatever SQL it runs: so it owns nothing, makes nothing
and can become nobody who does. The policies of koprogo/rules.py name both roles, so their names are fixed.
"""

from collections.abc import Iterator

import psycopg
from psycopg.conninfo import conninfo_to_dict

from koprogo.postgres import APP_ROLE, OWNER_ROLE

OLDEST_VERSION = 15
PATIENCE = 5  # seconds for a connection

# Who may do this on the server's machine can do everything; who may bypass row security sees every organization.
TOO_POWERFUL = """
    SELECT rolname FROM pg_roles
    WHERE pg_has_role(current_user, oid, 'MEMBER') AND (
        rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication
        OR rolname IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')
    ) ORDER BY rolname = current_user DESC, rolname LIMIT 1
"""
OWNS_SOMETHING = """
    SELECT 'database ' || datname FROM pg_database
    WHERE datname = current_database() AND pg_has_role(current_user, datdba, 'MEMBER')
    UNION ALL SELECT 'table ' || relname FROM pg_class WHERE pg_has_role(current_user, relowner, 'MEMBER') LIMIT 1
"""
OWNS_THE_DATABASE = """
    SELECT 1 FROM pg_database WHERE datname = current_database() AND datdba = current_user::regrole
"""
# Two connections to the same server and database give the same answer.
WHERE = "SELECT current_database(), pg_postmaster_start_time()"


class RolesError(Exception):
    """The database cannot be used as it is; the message is one sentence for whoever starts KoproGo."""


def check_roles(app_url: str, owner_url: str) -> None:
    """Raises RolesError when an address is missing, a server is old or silent, or a role is not as it must be."""
    for name, url in {"DATABASE_URL": app_url, "DATABASE_OWNER_URL": owner_url}.items():
        if not url:
            raise RolesError(
                f"{name} is missing: set DATABASE_URL (role {APP_ROLE}) and DATABASE_OWNER_URL (role {OWNER_ROLE}), "
                "or neither to use the embedded server."
            )
    if app_url == owner_url:
        raise RolesError(
            f"DATABASE_URL and DATABASE_OWNER_URL are the same: the first needs the role {APP_ROLE}, "
            f"the second {OWNER_ROLE}."
        )
    with _connect("DATABASE_URL", app_url) as app, _connect("DATABASE_OWNER_URL", owner_url) as owner:
        for fault in _faults(app, owner):
            raise RolesError(fault)


def _faults(app: psycopg.Connection, owner: psycopg.Connection) -> Iterator[str]:
    version = app.info.server_version // 10_000
    if version < OLDEST_VERSION:
        yield f"The server is PostgreSQL {version}: KoproGo needs PostgreSQL {OLDEST_VERSION} or newer."
    if _one(app, WHERE) != _one(owner, WHERE):
        yield "DATABASE_URL and DATABASE_OWNER_URL lead to different databases: both roles must use the same one."
    yield from _faults_of_name("DATABASE_URL", app, APP_ROLE)
    yield from _faults_of_name("DATABASE_OWNER_URL", owner, OWNER_ROLE)
    yield from _faults_of_power("DATABASE_URL", app)
    yield from _faults_of_power("DATABASE_OWNER_URL", owner)
    yield from _faults_of_app(app)
    yield from _faults_of_owner(owner)


def _faults_of_name(name: str, connection: psycopg.Connection, expected: str) -> Iterator[str]:
    role = connection.info.user
    if role != expected:
        yield f"{name} signs in as {role}: the role must be called {expected} (README.md has the SQL that makes it)."


def _faults_of_power(name: str, connection: psycopg.Connection) -> Iterator[str]:
    role = connection.info.user
    if found := _one(connection, TOO_POWERFUL):
        whose = "it is" if found[0] == role else f"as a member of {found[0]} it is"
        yield (
            f"The role {role} of {name} is too powerful, the wall between organizations would not hold: {whose} "
            "superuser, or may bypass row-level security, create roles, replicate or reach the server's files. "
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION, and revoke such memberships."
        )


def _faults_of_app(app: psycopg.Connection) -> Iterator[str]:
    role = app.info.user
    if _one(app, "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')", OWNER_ROLE):
        yield f"The role {role} can become {OWNER_ROLE}: REVOKE {OWNER_ROLE} FROM {role}."
    if found := _one(app, OWNS_SOMETHING):
        yield f"The role {role} owns the {found[0]}: give it to the owner, ALTER {found[0]} OWNER TO {OWNER_ROLE}."
    if _one(app, "SELECT 1 WHERE has_schema_privilege('public', 'CREATE')"):
        yield f"The role {role} may create tables: REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}."
    if _one(app, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolcreatedb"):
        yield f"The role {role} may create databases: ALTER ROLE {role} NOCREATEDB."


def _faults_of_owner(owner: psycopg.Connection) -> Iterator[str]:
    database, role = owner.info.dbname, owner.info.user
    if not _one(owner, OWNS_THE_DATABASE):
        yield f"The role {role} does not own the database: ALTER DATABASE {database} OWNER TO {role}."


def _connect(name: str, url: str) -> psycopg.Connection:
    """Raises RolesError without ever repeating the address, which holds a password."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise RolesError(f"{name} cannot be read: write postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE.") from None
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE)
    except psycopg.OperationalError as error:
        reason = "; ".join(dict.fromkeys(str(error).splitlines()))  # once, not once for each attempt
        raise RolesError(f"{name} leads to no database that answers: {reason}") from None


def _one(connection: psycopg.Connection, query: str, *parameters: str) -> tuple | None:
    return connection.execute(query, parameters or None).fetchone()
