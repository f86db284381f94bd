"""Tests run as the application's role, on a database that the owner's role made."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import utils as test_utils

from koprogo import context
from koprogo.postgres import EmbeddedServer

# A machine at work makes single runs slow: that is no failure.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_configure() -> None:
    """Static files as they lie in the repository: the suite needs no collectstatic."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture(scope="session", autouse=True)
def _server() -> Iterator[None]:
    """The embedded server, unless the environment names another."""
    if not settings.IS_EMBEDDED:
        yield
        return
    with EmbeddedServer(Path(settings.DATA_DIR)).lease():
        yield


def _use_role(role: str) -> None:
    connection.close()
    connection.settings_dict.update({key: settings.DATABASE_CONFIGS[role][key] for key in ("USER", "PASSWORD")})


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: Any, django_db_blocker: Any, _server: None
) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    connection.settings_dict["TEST"]["NAME"] = f"test_koprogo_{os.getpid()}{worker}"
    with django_db_blocker.unblock():
        _use_role("owner")
        old = test_utils.setup_databases(verbosity=0, interactive=False)
        _use_role("app")
    yield
    with django_db_blocker.unblock():
        _use_role("owner")
        test_utils.teardown_databases(old, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner(django_db_setup: None) -> None:
    """Between transactional tests the owner empties the tables; the audit's triggers would refuse even that."""

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        with owner_connection() as owner:
            owner.execute(
                "ALTER TABLE audit_event DISABLE TRIGGER USER; ALTER TABLE audit_personal DISABLE TRIGGER USER"
            )
            tables = owner.execute(
                "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public' "
                "AND tablename NOT IN ('django_migrations', 'django_content_type', 'expenses_account')"
            ).fetchone()[0]
            owner.execute(f"TRUNCATE {tables} RESTART IDENTITY")
            owner.execute("ALTER TABLE audit_event ENABLE TRIGGER USER; ALTER TABLE audit_personal ENABLE TRIGGER USER")

    DatabaseOperations.execute_sql_flush = execute_sql_flush


def owner_connection() -> psycopg.Connection:
    """A connection of the owner's role to the test database."""
    parameters = connection.get_connection_params()
    login = settings.DATABASE_CONFIGS["owner"]
    return psycopg.connect(
        dbname=parameters["dbname"], host=parameters.get("host"), port=parameters.get("port"),
        user=login["USER"], password=login["PASSWORD"], autocommit=True,
    )  # fmt: skip


@pytest.fixture
def as_owner(transactional_db: None) -> Iterator[None]:
    """Django itself works under the owner's role, as the commands that cross organizations do."""
    _use_role("owner")
    yield
    _use_role("app")


@pytest.fixture
def as_owner_role() -> Iterator[psycopg.Connection]:
    with owner_connection() as owner:
        yield owner


@pytest.fixture(autouse=True)
def _no_context_left() -> Iterator[None]:
    """What a transactional test leaves on the connection; any other test's rollback takes it back by itself."""
    yield
    raw = connection.connection
    if raw is not None and not raw.closed:
        raw.execute("SELECT set_config(name, '', false) FROM unnest(%s::text[]) AS name", [context.SETTINGS])


@pytest.fixture
def office(db: None) -> Any:
    """An organization with the connection at work for it, as in a request of its manager."""
    from tests.factories import MembershipFactory

    membership = MembershipFactory()
    context.enter(context.Context(str(membership.organization_id), str(membership.user_id), "127.0.0.1", "test"))
    return membership
