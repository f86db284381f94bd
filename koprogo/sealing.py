"""Sealing the audit: deploy/run does it every few minutes under the owner's role, and once more when it stops.

Ids are given before the commit, so that a smaller one may become visible after a larger one. An event's transaction
has its own number before the event gets its id (apps/audit/migrations/0004_stamp.py). So: read the last id that was
given, then take a transaction number; once every transaction with a smaller number has ended, no event up to that id
can come any more, and the range is sealed.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from koprogo.seals import (
    LOG_FILE,
    Seal,
    SealError,
    Sum,
    append_to_log,
    events,
    fingerprint,
    is_made_by_any,
    last_of_log,
    last_seal,
    make_key,
    read_keys,
    seals,
)

EVERY = 300  # seconds
SOON = 5  # at first, and while transactions are waited for
LOCK = 815_006  # of whoever seals
PATIENCE = 5  # seconds for a connection
LAST_ID = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.audit_event_id_seq"
NEXT_TRANSACTION = "SELECT pg_current_xact_id()::text::bigint"
OLDEST_TRANSACTION = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
ADD = """
    INSERT INTO public.audit_seal
        (number, series, first_event, last_event, events, transaction, digest, previous, key, sealed_at, mac)
    VALUES (%(number)s, %(series)s, %(first_event)s, %(last_event)s, %(events)s, %(transaction)s::text::xid8,
        %(digest)s, %(previous)s, %(key)s, %(sealed_at)s, %(mac)s)
"""


class Sealer:
    """Seals what can be sealed; what it must wait for stays known to it until the next call."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = url, data
        self.waits_for: tuple[int, int] | None = None  # the last id that was given, a transaction that began later

    def seal(self) -> bool:
        """False: a transaction that may still add events is open. Raises SealError, psycopg.Error, OSError."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=PATIENCE) as connection:
            if self.waits_for is None:
                self.waits_for = _one(connection, LAST_ID), _one(connection, NEXT_TRANSACTION)
            until, transaction = self.waits_for
            if _one(connection, OLDEST_TRANSACTION) < transaction:
                return False
            self.waits_for = None
            made = self._seal_until(connection, until, transaction)
            self._log(connection, made)
        return True

    def _seal_until(self, connection: psycopg.Connection[Any], until: int, transaction: int) -> Seal | None:
        with connection.transaction():
            connection.execute("SET LOCAL synchronous_commit = on")  # the log may not know more than the table
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            last = last_seal(connection)
            made = make_seal(connection, last, until, transaction, self._key(last))
            if made:
                connection.execute(ADD, vars(made))
        return made

    def _key(self, last: Seal | None) -> str:
        if last is None:
            make_key(self.data)
        keys = read_keys(self.data)
        if last and not is_made_by_any(keys, last):
            raise SealError(f"seal {last.number} was made with a key that is not given (fingerprint {last.key})")
        return keys[0]

    def _log(self, connection: psycopg.Connection[Any], made: Seal | None) -> None:
        """Add what was just sealed, and what a crash has kept from the log."""
        keys, logged = read_keys(self.data), last_of_log(self.data)
        with connection.transaction():
            found = list(seals(connection, after=logged.number - 1 if logged else 0))
        if logged and found[:1] != [logged]:
            append_to_log(self.data, [made] if made else [])
            raise SealError(f"seal {logged.number} of {LOG_FILE} is not in the database: manage.py verify_audit")
        append_to_log(self.data, [seal for seal in found[1 if logged else 0 :] if is_made_by_any(keys, seal)])


def make_seal(
    connection: psycopg.Connection[Any], last: Seal | None, until: int, transaction: int, key: str
) -> Seal | None:
    """The seal over all events behind the last one up to this id; None when there are none."""
    total = Sum()
    for _id, _at, row in events(connection, after=last.last_event if last else None, until=until):
        total.add(row)
    if not total.count:
        return None
    seal = Seal(
        number=last.number + 1 if last else 1,
        series=last.series + (transaction < last.transaction) if last else 1,
        first_event=last.last_event + 1 if last else 1,
        last_event=until,
        events=total.count,
        transaction=transaction,
        digest=total.sha256.hexdigest(),
        previous=last.mac if last else "",
        key=fingerprint(key),
        sealed_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    return replace(seal, mac=seal.mac_by(key))


@contextmanager
def sealing(url: str, data: Path) -> Iterator[None]:
    """In a thread of its own, which holds no database connection while it waits."""
    sealer, stopped = Sealer(url, data), threading.Event()

    def keep_sealing() -> None:
        delay = SOON
        while not stopped.wait(delay):
            delay = EVERY if _try(sealer) else SOON

    thread = threading.Thread(target=keep_sealing, name="sealing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        _try(sealer)


def _try(sealer: Sealer) -> bool:
    try:
        return sealer.seal()
    except (SealError, psycopg.Error, OSError) as error:
        reason = "; ".join(str(error).splitlines())
        print(f"KoproGo: The audit is not sealed: {reason}", file=sys.stderr, flush=True)  # noqa: T201
        return True


def _one(connection: psycopg.Connection[Any], query: str) -> int:
    found = connection.execute(query).fetchone()
    assert found
    return int(found[0])
