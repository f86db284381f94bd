"""Prepared statements run by libpq's own call, outside a transaction and within one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction
from psycopg.types.numeric import Int4

from apps.accounts.models import Membership
from apps.owners.models import AccountHolder
from koprogo.statements import execute
from tests.factories import BuildingFactory

SUM = "SELECT %s::int + 1, 'x%%' || %s, %s::date"
VALUES = [41, "é'\"\\", date(2025, 12, 31)]
AN_OFFICE = (
    "INSERT INTO accounts_organization (name, slug, language, requires_second_factor) VALUES (%s, %s, %s, %s)",
    ["A", "a", "fr", False],
)
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
        execute(*AN_OFFICE)
        raise ZeroDivisionError
    assert execute("SELECT count(*) FROM accounts_organization", []) == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_lets_go_of_what_psycopg_prepared_and_not_of_ours() -> None:
    connection.close()
    for _ in range(8):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [1])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        execute(SUM, VALUES)
        raise ZeroDivisionError
    with transaction.atomic():
        assert execute("SELECT name LIKE 'koprogo%%' FROM pg_prepared_statements", []) == [(True,), (True,)]
        assert execute(SUM, VALUES) == EXPECTED
    assert len(prepared()) == 2


@pytest.mark.django_db(transaction=True)
def test_what_somebody_let_go_of_is_prepared_again() -> None:
    execute(SUM, VALUES)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(ProgrammingError), transaction.atomic():  # this transaction is lost, the next is not
        execute(SUM, VALUES)
    with transaction.atomic():
        assert execute(SUM, VALUES) == EXPECTED
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert execute(SUM, VALUES) == EXPECTED


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_is_undone_and_the_transaction_goes_on() -> None:
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            execute(SUM, VALUES)
            execute("SELECT 1 / %s::int", [0])
        with transaction.atomic():
            execute(*AN_OFFICE)
    assert execute("SELECT count(*) FROM accounts_organization", []) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_values_of_each_known_type_arrive_as_they_were() -> None:
    at = datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC)
    sql = "SELECT %s::numeric, %s::bool, %s::timestamptz, %s::bigint, %s::int"
    connection.close()
    assert execute(sql, [Decimal("-1.50"), True, at, -1, Int4(7)]) == [(Decimal("-1.50"), True, at, -1, 7)]
    assert len(prepared()) == 1


@pytest.mark.django_db(transaction=True)
def test_other_types_go_by_psycopg() -> None:
    for _ in range(2):
        assert execute("SELECT %s::int[], %s::interval", [[1, 2], timedelta(1)]) == [([1, 2], timedelta(1))]


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
def test_what_a_rule_refuses_at_commit_is_djangos_error(office: Membership) -> None:
    with pytest.raises(IntegrityError, match="account_holder_has_members"), transaction.atomic():
        AccountHolder.objects.create(
            organization=office.organization, building=BuildingFactory(organization=office.organization)
        )
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
