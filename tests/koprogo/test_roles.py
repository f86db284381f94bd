import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from koprogo.postgres import EmbeddedServer
from koprogo.postgres_place import SERVICE_HOME
from koprogo.roles import RolesError, check_roles


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server of its own: the roles are changed here, and roles belong to the whole server."""
    folder = Path(tempfile.mkdtemp(prefix="koprogo-test-"))
    folder.chmod(0o755)
    with EmbeddedServer(folder).lease() as server:
        yield server
    shutil.rmtree(folder)
    shutil.rmtree(SERVICE_HOME / server.digest, ignore_errors=True)


def execute(server: EmbeddedServer, *statements: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def refusal(app_url: str, owner_url: str) -> str:
    with pytest.raises(RolesError) as caught:
        check_roles(app_url, owner_url)
    return str(caught.value)


def test_roles_of_the_embedded_server_pass(server: EmbeddedServer) -> None:
    check_roles(server.url("koprogo_app"), server.url("koprogo_owner"))


@pytest.mark.parametrize(
    ("change", "back", "sentence"),
    [
        ("ALTER ROLE koprogo_app SUPERUSER", "ALTER ROLE koprogo_app NOSUPERUSER",
         "The role koprogo_app of DATABASE_URL is too powerful"),
        ("ALTER ROLE koprogo_app BYPASSRLS", "ALTER ROLE koprogo_app NOBYPASSRLS",
         "The role koprogo_app of DATABASE_URL is too powerful"),
        ("ALTER ROLE koprogo_app CREATEROLE", "ALTER ROLE koprogo_app NOCREATEROLE",
         "The role koprogo_app of DATABASE_URL is too powerful"),
        ("ALTER ROLE koprogo_owner SUPERUSER", "ALTER ROLE koprogo_owner NOSUPERUSER",
         "The role koprogo_owner of DATABASE_OWNER_URL is too powerful"),
        ("GRANT postgres TO koprogo_app", "REVOKE postgres FROM koprogo_app", "as a member of postgres"),
        ("GRANT pg_execute_server_program TO koprogo_owner", "REVOKE pg_execute_server_program FROM koprogo_owner",
         "as a member of pg_execute_server_program"),
        ("GRANT koprogo_owner TO koprogo_app", "REVOKE koprogo_owner FROM koprogo_app",
         "The role koprogo_app can become koprogo_owner: REVOKE koprogo_owner FROM koprogo_app."),
        ("CREATE TABLE mine (); ALTER TABLE mine OWNER TO koprogo_app", "DROP TABLE mine",
         "owns the table mine: give it to the owner, ALTER table mine OWNER TO koprogo_owner."),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
         "may create tables: REVOKE CREATE ON SCHEMA public FROM PUBLIC, koprogo_app."),
        ("ALTER ROLE koprogo_app CREATEDB", "ALTER ROLE koprogo_app NOCREATEDB", "may create databases"),
        ("ALTER DATABASE koprogo OWNER TO postgres", "ALTER DATABASE koprogo OWNER TO koprogo_owner",
         "does not own the database: ALTER DATABASE koprogo OWNER TO koprogo_owner."),
    ],
)  # fmt: skip
def test_role_that_the_walls_cannot_stand_on_is_refused(
    server: EmbeddedServer, change: str, back: str, sentence: str
) -> None:
    execute(server, change)
    try:
        assert sentence in refusal(server.url("koprogo_app"), server.url("koprogo_owner"))
    finally:
        execute(server, back)


def test_roles_the_wrong_way_round_are_refused(server: EmbeddedServer) -> None:
    assert refusal(server.url("koprogo_owner"), server.url("koprogo_app")) == (
        "DATABASE_URL signs in as koprogo_owner: the role must be called koprogo_app "
        "(README.md has the SQL that makes it)."
    )


def test_two_databases_are_refused(server: EmbeddedServer) -> None:
    assert "lead to different databases" in refusal(server.url("koprogo_app"), server.url("koprogo_owner", "postgres"))


@pytest.mark.parametrize(("app", "owner", "missing"), [("", "x", "DATABASE_URL"), ("x", "", "DATABASE_OWNER_URL")])
def test_missing_address_is_named(app: str, owner: str, missing: str) -> None:
    assert refusal(app, owner).startswith(f"{missing} is missing:")


def test_same_address_twice_is_refused() -> None:
    assert "are the same" in refusal("postgresql://a@b/c", "postgresql://a@b/c")


def test_unreadable_address_is_refused_without_repeating_its_password() -> None:
    assert refusal("postgresql//koprogo_app:secret@host", "x") == (
        "DATABASE_URL cannot be read: write postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE."
    )


def test_silent_server_is_refused_without_its_password() -> None:
    sentence = refusal("postgresql://koprogo_app:secret@127.0.0.1:1/koprogo", "postgresql://x@127.0.0.1:1/koprogo")

    assert sentence.startswith("DATABASE_URL leads to no database that answers:")
    assert "secret" not in sentence


@pytest.fixture
def old_server() -> Iterator[int]:
    """Greets as PostgreSQL 14 does, twice, and says no more; gives its port.

    https://www.postgresql.org/docs/current/protocol-message-formats.html
    """

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    def greet() -> None:
        for _ in range(2):
            client, _address = listener.accept()
            clients.append(client)
            client.recv(1000)
            parameters = {b"server_version": b"14.9", b"client_encoding": b"UTF8"}
            status = b"".join(message(b"S", name + b"\0" + value + b"\0") for name, value in parameters.items())
            client.sendall(message(b"R", struct.pack("!i", 0)) + status + message(b"Z", b"I"))

    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()
    for client in clients:
        client.close()


def test_old_server_is_refused(old_server: int) -> None:
    where = f"127.0.0.1:{old_server}/koprogo?sslmode=disable&gssencmode=disable"

    assert refusal(f"postgresql://koprogo_app@{where}", f"postgresql://koprogo_owner@{where}") == (
        "The server is PostgreSQL 14: KoproGo needs PostgreSQL 15 or newer."
    )
