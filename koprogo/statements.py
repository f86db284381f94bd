"""Statements that PostgreSQL keeps prepared on a connection, run by libpq's own call.

psycopg's cursors wait in Python for what libpq sends and receives; on one CPU that waiting costs more than most of
our statements. We therefore ask libpq to run the statement whole; psycopg's cursor does it for values that we do not
know. Nothing but ourselves lets go of what we prepared (koprogo.database): within a transaction, too, it is there.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from itertools import count
from time import monotonic
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import debug_transaction
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.types.numeric import Int2, Int4, Int8

Row = tuple[Any, ...]
NO_SUCH_STATEMENT = b"26000"
# PostgreSQL reads their texts as what it expects in that place. Django's integer fields give Int2, Int4 and Int8.
KNOWN_TYPES = frozenset({str, int, Int2, Int4, Int8, bool, Decimal, date, datetime, type(None)})

_numbers = count()


def execute(sql: str, parameters: Sequence[Any]) -> list[Row]:
    """The rows of a statement with `%s` for its parameters; none of one that gives none.

    Counted as Django's own are, and shown to the same wrappers: a view for reading refuses to write so too.
    """
    database = connections[DEFAULT_DB_ALIAS]  # django.db.connection looks for it at every step
    database.ensure_connection()
    began = monotonic()
    with database.wrap_database_errors:
        rows = _wrapped(database)(sql, parameters, False, {"connection": database})
    if database.queries_logged:
        database.queries_log.append({"sql": sql, "time": f"{monotonic() - began:.3f}"})
    return rows


def _wrapped(database: Any) -> Callable[[str, Sequence[Any], bool, dict[str, Any]], list[Row]]:
    run: Callable[..., list[Row]] = _run
    for wrapper in reversed(database.execute_wrappers):
        run = partial(wrapper, run)
    return run


def _run(sql: str, parameters: Sequence[Any], _many: bool, context: dict[str, Any]) -> list[Row]:
    return execute_on(context["connection"].connection, sql, parameters)


def noted(database: Any, sql: str) -> AbstractContextManager[None]:
    """Where statements are logged or counted, what divides and ends a transaction is too."""
    return debug_transaction(database, sql) if database.queries_logged else nullcontext()


def command(sql: str) -> None:
    """A command, or several, without parameters and rows."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    with noted(database, sql), database.wrap_database_errors:
        command_on(database.connection, sql)


def execute_on(raw: psycopg.Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
    """The same on psycopg's connection, raising psycopg's errors."""
    if KNOWN_TYPES.issuperset(map(type, parameters)):
        _begin(raw)
        return _prepared_on(raw).run(sql, parameters)
    cursor = psycopg.Cursor(raw).execute(sql, parameters, prepare=True)
    return list(cursor.fetchall()) if cursor.description else []


def command_on(raw: psycopg.Connection, sql: str) -> None:
    _begin(raw)
    _check(raw.pgconn, raw.pgconn.exec_(sql.encode()))


def _begin(raw: psycopg.Connection) -> None:
    """As psycopg does it: a transaction begins with its first statement, until which PostgreSQL knows of none."""
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        _check(raw.pgconn, raw.pgconn.exec_(b"BEGIN"))


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
            self.names.clear()
            if self.pgconn.transaction_status == TransactionStatus.IDLE:
                self._prepare(name, text)
                result = self.pgconn.exec_prepared(name, values)
        _check(self.pgconn, result)
        self.transformer.set_pgresult(result)
        return self.transformer.load_rows(0, result.ntuples, tuple)

    def _prepare(self, name: bytes, text: bytes) -> None:
        _check(self.pgconn, self.pgconn.prepare(name, text))
        self.names.add(name)


def _check(pgconn: Any, result: Any) -> None:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return
    if pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message())
    raise psycopg.errors.error_from_result(result, encoding="utf-8")


def _prepared_on(raw: psycopg.Connection) -> _Prepared:
    found: _Prepared | None = getattr(raw, "_koprogo_prepared", None)
    if found is None:
        found = raw._koprogo_prepared = _Prepared(raw)  # type: ignore[attr-defined]
    return found


def _dumped(value: Any) -> bytes | None:
    if value is None:
        return None
    text = str(value)
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text.encode()
