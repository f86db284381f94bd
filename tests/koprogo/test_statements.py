"""Prepared statements run by libpq's own call outside a transaction, by psycopg's cursor within one."""

from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError, ProgrammingError, connection, transaction

from koprogo.statements import execute

SUM = "SELECT %s::int + 1, 'x%%' || %s, %s::date"
VALUES = [41, "é'\"\\", date(2025, 12, 31)]
EXPECTED = [(42, "x%é'\"\\", date(2025, 12, 31))]


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'koprogo%%'")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_prepared_once() -> None:
    connection.close()
    assert [execute(SUM, VALUES) for _ in range(3)] == [EXPECTED] * 3
    assert len(prepared()) == 1


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_it_gives_the_same_and_breaks_nothing() -> None:
    with transaction.atomic():
        assert execute(SUM, VALUES) == EXPECTED
        assert execute("SET CONSTRAINTS ALL DEFERRED", []) == []
        assert execute(SUM, [None, "", None]) == [(None, "x%", None)]


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_transaction_belongs_to_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        execute("INSERT INTO accounts_organization (name, slug, language) VALUES (%s, %s, %s)", ["A", "a", "fr"])
        raise ZeroDivisionError
    assert execute("SELECT count(*) FROM accounts_organization", []) == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_after_a_rollback_has_let_go_of_it_it_is_prepared_again() -> None:
    execute(SUM, VALUES)
    for _ in range(8):  # psycopg prepares too, and lets go of everything when it is rolled back
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [1])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        execute(SUM, VALUES)
        raise ZeroDivisionError
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert prepared() == []
    assert execute(SUM, VALUES) == EXPECTED


@pytest.mark.django_db(transaction=True)
def test_other_types_go_by_psycopg() -> None:
    assert execute("SELECT %s::numeric, %s::bool", [Decimal("1.50"), True]) == [(Decimal("1.50"), True)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("sql", "values", "error"),
    [
        ("SELECT 1 / %s::int", [0], DataError),
        ("SELECT * FROM there_is_no_such_table", [], ProgrammingError),
        ("SELECT %s::text", ["a\0b"], DataError),
    ],
)
def test_what_goes_wrong_is_djangos_error_and_the_connection_goes_on(sql: str, values: Any, error: Any) -> None:
    with pytest.raises(error):
        execute(sql, values)
    assert execute(SUM, VALUES) == EXPECTED


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_told() -> None:
    execute(SUM, VALUES)
    pid = connection.connection.info.backend_pid
    with psycopg.connect(**_parameters(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(OperationalError):
        execute(SUM, VALUES)
    connection.close()
    assert execute(SUM, VALUES) == EXPECTED


def _parameters() -> Any:
    known = {"dbname", "user", "password", "host", "port"}
    return {name: value for name, value in connection.get_connection_params().items() if name in known}


@pytest.mark.django_db(transaction=True)
def test_each_thread_has_its_own() -> None:
    found = []

    def ask() -> None:
        found.append([execute(SUM, [n, str(n), None]) for n in range(50)])
        connection.close()

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[[(n + 1, f"x%{n}", None)] for n in range(50)]] * 4
