"""What a seal over the audit is: how events are summed up, what is signed, and the log outside the database.

A seal covers the events of a range of numbers: how many, the SHA-256 of all that they say, and the seal before it,
signed (HMAC-SHA-256) with a key that the database never sees. Whoever may write every table can make neither a
seal nor the log's lines.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row, tuple_row

KEY_FILE = "seal.key"  # in the data folder, unless AUDIT_SEAL_KEY is given
LOG_FILE = "seals.log"  # in the data folder: each seal once more, a line of JSON
AT_ONCE = 2_000  # events fetched at a time

# PostgreSQL's own text of a row says where each value ends. The same text whatever the connection's time zone.
EVENTS = """
    SELECT id, at, ROW(
        id, (extract(epoch FROM at) * 1000000)::bigint, organization_id, actor_id, actor, ip, request, "table",
        object_id, action, changes, reason, transaction, belongs_to
    )::text FROM public.audit_event
"""
SEALS = """
    SELECT number, series, first_event, last_event, events, transaction::text::bigint AS transaction, digest, previous,
        key, to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS sealed_at, mac
    FROM public.audit_seal
"""


class SealError(Exception):
    """The audit cannot be sealed or verified; the message is one sentence."""


@dataclass(frozen=True)
class Seal:
    """As it stands in audit_seal and in the log; digests and fingerprint are hexadecimal."""

    number: int
    series: int  # a new one begins when the database's transactions are numbered anew, after a restore
    first_event: int
    last_event: int
    events: int
    transaction: int  # each older one had ended when the seal was made
    digest: str
    previous: str  # the mac of the seal before
    key: str  # the fingerprint of the key that signs
    sealed_at: str  # 2026-11-22T17:25:00Z
    mac: str = ""

    def mac_by(self, key: str) -> str:
        text = json.dumps(["koprogo audit seal 1", *astuple(self)[:-1]])
        return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()

    def is_made_by(self, key: str) -> bool:
        return hmac.compare_digest(self.mac_by(key), self.mac)


class Sum:
    """The SHA-256 and the number of the events that it is given, in the order of their ids."""

    def __init__(self) -> None:
        self.count, self.sha256 = 0, hashlib.sha256()

    def add(self, row: str) -> None:
        self.count += 1
        self.sha256.update(f"{row}\n".encode())


def is_made_by_any(keys: list[str], seal: Seal) -> bool:
    return any(seal.is_made_by(key) for key in keys)


def fingerprint(key: str) -> str:
    return hashlib.sha256(f"koprogo audit seal key {key}".encode()).hexdigest()[:16]


def read_keys(data: Path) -> list[str]:
    """The key that seals, and behind it former ones that still verify. Raises SealError."""
    text = os.environ.get("AUDIT_SEAL_KEY", "")
    if not text:
        with suppress(FileNotFoundError):
            text = (data / KEY_FILE).read_text()
    if not text.split():
        raise SealError(f"there is neither AUDIT_SEAL_KEY nor a key in {data / KEY_FILE}")
    return text.split()


def make_key(data: Path) -> None:
    """Unless there is one. Written aside, so that a crash leaves no half of it."""
    path = data / KEY_FILE
    if os.environ.get("AUDIT_SEAL_KEY") or path.exists():
        return
    aside = path.with_name(f"{KEY_FILE}.new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)


def events(connection: psycopg.Connection[Any], *, until: int | None = None, after: int | None = None) -> Iterator[Any]:
    """(id, time, all that it says) in the order of ids; the connection is in a transaction."""
    conditions = {"id > %(after)s": after, "id <= %(until)s": until}
    where = " AND ".join(condition for condition, value in conditions.items() if value is not None) or "true"
    with connection.cursor(name="events", row_factory=tuple_row) as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(f"{EVENTS} WHERE {where} ORDER BY id", {"after": after, "until": until})
        yield from cursor


def seals(connection: psycopg.Connection[Any], *, after: int = 0) -> Iterator[Seal]:
    with connection.cursor(name="seals", row_factory=class_row(Seal)) as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(f"{SEALS} WHERE number > %s ORDER BY number", [after])
        yield from cursor


def last_seal(connection: psycopg.Connection[Any]) -> Seal | None:
    with connection.cursor(row_factory=class_row(Seal)) as cursor:
        return cursor.execute(f"{SEALS} ORDER BY number DESC LIMIT 1").fetchone()


def read_line(line: str) -> Seal | None:
    """None: it is no seal, or only half of one."""
    try:
        return Seal(**json.loads(line)) if line.endswith("\n") else None
    except (ValueError, TypeError):
        return None


def read_log(data: Path, size: int) -> Iterator[Seal | None]:
    """The seals in the first bytes of the log."""
    if not size:
        return
    with (data / LOG_FILE).open("rb") as file:
        while file.tell() < size:
            yield read_line(file.readline().decode(errors="replace"))


def size_of_log(data: Path) -> int:
    """Bytes of its whole lines: a machine that is switched off while one is written leaves half of it."""
    end, tail = _tail_of_log(data)
    return end - len(tail) + tail.rfind(b"\n") + 1


def last_of_log(data: Path) -> Seal | None:
    _end, tail = _tail_of_log(data)
    lines = tail.decode(errors="replace").splitlines(keepends=True)
    return next((seal for line in reversed(lines) if (seal := read_line(line))), None)


def _tail_of_log(data: Path) -> tuple[int, bytes]:
    """Where the log ends, and its last bytes: a line has 500."""
    path = data / LOG_FILE
    if not path.exists():
        return 0, b""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 4_096))
        return end, file.read(end - file.tell())


def append_to_log(data: Path, added: list[Seal]) -> None:
    """It is on the disk when this returns."""
    if not added:
        return
    with os.fdopen(os.open(data / LOG_FILE, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.truncate(size_of_log(data))
        file.seek(0, os.SEEK_END)
        file.write(b"".join(f"{json.dumps(asdict(seal))}\n".encode() for seal in added))
        file.flush()
        os.fsync(file.fileno())
