"""Django's PostgreSQL, with what divides and ends a transaction sent by libpq's own call (koprogo.statements)."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg._preparing import PrepareManager
from psycopg.pq import TransactionStatus

from koprogo.statements import command_on, noted


class _OwnStatements(PrepareManager):
    """What psycopg prepares by itself. After a rollback it lets go of it by DEALLOCATE ALL: ours would go too."""

    def clear(self) -> bool:
        names = list(self._names.values())
        self._counts.clear()
        self._names.clear()
        self._to_flush.extend(names)
        return bool(names)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        raw: psycopg.Connection = super().get_new_connection(conn_params)
        raw._prepared = _OwnStatements()
        raw.prepare_threshold = conn_params["prepare_threshold"]
        return raw

    def _commit(self) -> None:
        if self.connection is not None and self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self._command("COMMIT")

    def _set_autocommit(self, autocommit: bool) -> None:
        # Between transactions psycopg would do no more than this, in eight calls.
        if self.connection.pgconn.transaction_status == TransactionStatus.IDLE:
            self.connection._autocommit = autocommit
        else:
            super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _savepoint(self, sid: str) -> None:
        self._command(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        self._command(self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self._command(self.ops.savepoint_commit_sql(sid))

    def _command(self, sql: str) -> None:
        with noted(self, sql), self.wrap_database_errors:
            command_on(self.connection, sql)
