"""A place whose audit is sealed: the test database, and a data folder of its own."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apps.audit.verifying import Figures, verify
from koprogo.sealing import Sealer
from koprogo.seals import Seal, seals

INSERT = """
    INSERT INTO audit_event (organization_id, "table", action, changes, reason, actor, request)
    VALUES (0, '', %s, '{"name": [null, "é\\n\\t\\""]}', '', '', '')
"""


def url_of(owner: psycopg.Connection) -> str:
    info = owner.info
    return psycopg.conninfo.make_conninfo(
        dbname=info.dbname, host=info.host, port=info.port, user=info.user, password=info.password or None
    )


class Place:
    """The test database, and a data folder of its own."""

    def __init__(self, owner: psycopg.Connection, data: Path) -> None:
        self.owner, self.data, self.sealer = owner, data, Sealer(url_of(owner), data)

    def happen(self, *actions: str) -> None:
        for action in actions:
            self.owner.execute(INSERT, [action])

    def seal(self) -> bool:
        """Once what other tests have left open has ended."""
        deadline = time.monotonic() + 30
        while not (done := self.sealer.seal()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return done

    def seals(self) -> list[Seal]:
        with self.owner.transaction():
            return list(seals(self.owner))

    def verify(self) -> Figures:
        return verify(self.owner, self.data, lambda events: None)

    def tamper(self, *statements: str) -> None:
        """What a superuser can do and the owner cannot do by mistake."""
        for statement in [
            "ALTER TABLE audit_event DISABLE TRIGGER USER", "ALTER TABLE audit_seal DISABLE TRIGGER USER", *statements,
            "ALTER TABLE audit_event ENABLE TRIGGER USER", "ALTER TABLE audit_seal ENABLE TRIGGER USER",
        ]:  # fmt: skip
            self.owner.execute(statement)

    def restart(self) -> None:
        self.sealer = Sealer(self.sealer.url, self.data)


@pytest.fixture
def place(as_owner_role: psycopg.Connection, tmp_path: Path) -> Iterator[Place]:
    """Only the audit is written to: emptying all tables, as after other tests, would take most of the time."""
    place = Place(as_owner_role, tmp_path)
    place.tamper("TRUNCATE audit_event, audit_seal RESTART IDENTITY")
    yield place
    place.tamper("TRUNCATE audit_event, audit_seal RESTART IDENTITY")


@pytest.fixture
def sealed(place: Place) -> Place:
    """Three seals over three, two and four events."""
    for count in (3, 2, 4):
        place.happen(*(f"event {number}" for number in range(count)))
        assert place.seal()
    return place
