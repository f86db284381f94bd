"""Statements that PostgreSQL keeps prepared on a connection, run by libpq's own call.

psycopg's cursors wait in Python for what libpq sends and receives; on one CPU that waiting costs more than most of
our statements. Outside a transaction we therefore ask libpq to run the statement whole. Within one, and for values
that we do not know, psycopg's cursor does it: there a statement that is no longer prepared would end the transaction.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import count
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

Row = tuple[Any, ...]
NO_SUCH_STATEMENT = b"26000"
KNOWN_TYPES = (str, int, date, type(None))  # PostgreSQL reads their texts as what it expects in that place

_numbers = count()


def execute(sql: str, parameters: Sequence[Any]) -> list[Row]:
    """The rows of a statement with `%s` for its parameters; none of one that gives none. Counted as Django's are."""
    connection.ensure_connection()
    began = monotonic()
    with connection.wrap_database_errors:
        rows = execute_on(connection.connection, sql, parameters)
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": f"{monotonic() - began:.3f}"})
    return rows


def execute_on(raw: psycopg.Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
    """The same on psycopg's connection, raising psycopg's errors."""
    # psycopg begins a transaction with its first statement: until then PostgreSQL knows of none.
    is_alone = raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE
    if is_alone and all(type(each) in KNOWN_TYPES for each in parameters):
        return _prepared_on(raw).run(sql, parameters)
    cursor = psycopg.Cursor(raw).execute(sql, parameters, prepare=True)
    return list(cursor.fetchall()) if cursor.description else []


@cache
def _named(sql: str) -> tuple[bytes, bytes]:
    """A name for the statement, and its text as PostgreSQL takes it."""
    first, *others = sql.replace("%%", "%").split("%s")
    numbered = first + "".join(f"${place}{text}" for place, text in enumerate(others, start=1))
    return f"koprogo_{next(_numbers)}".encode(), numbered.encode()


class _Prepared:
    """What is prepared on one connection."""

    def __init__(self, raw: psycopg.Connection) -> None:
        self.pgconn, self.names, self.transformer = raw.pgconn, set[bytes](), Transformer(raw)

    def run(self, sql: str, parameters: Sequence[Any]) -> list[Row]:
        name, text = _named(sql)
        values: list[Any] = [_dumped(each) for each in parameters]
        if name not in self.names:
            self._prepare(name, text)
        result = self.pgconn.exec_prepared(name, values)
        if result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == NO_SUCH_STATEMENT:
            # psycopg lets go of all that is prepared after a rollback.
            self.names.clear()
            self._prepare(name, text)
            result = self.pgconn.exec_prepared(name, values)
        self._check(result)
        self.transformer.set_pgresult(result)
        return self.transformer.load_rows(0, result.ntuples, tuple)

    def _prepare(self, name: bytes, text: bytes) -> None:
        self._check(self.pgconn.prepare(name, text))
        self.names.add(name)

    def _check(self, result: Any) -> None:
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return
        if self.pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(self.pgconn.get_error_message())
        raise psycopg.errors.error_from_result(result, encoding="utf-8")


_connections: WeakKeyDictionary[psycopg.Connection, _Prepared] = WeakKeyDictionary()


def _prepared_on(raw: psycopg.Connection) -> _Prepared:
    found = _connections.get(raw)
    if found is None:
        found = _connections[raw] = _Prepared(raw)
    return found


def _dumped(value: Any) -> bytes | None:
    if value is None:
        return None
    text = str(value)
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text.encode()
