"""The audit is sealed behind every transaction, and whatever is changed afterwards is found."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from apps.audit.management.commands.verify_audit import describe
from apps.audit.verifying import Broken, Figures, verify
from koprogo.sealing import Sealer
from koprogo.seals import KEY_FILE, LOG_FILE, Seal, SealError, last_of_log, seals
from tests.conftest import owner_connection

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
        deadline = time.monotonic() + 5
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


# --- Sealing ---
def test_what_happened_is_sealed_in_a_chain(sealed: Place) -> None:
    first, second, third = sealed.seals()
    assert [seal.events for seal in (first, second, third)] == [3, 2, 4]
    assert (first.previous, second.previous, third.previous) == ("", first.mac, second.mac)
    assert (second.first_event, third.first_event) == (first.last_event + 1, second.last_event + 1)
    assert sealed.verify() == Figures(events=9, seals=3, last=third)


def test_each_seal_is_logged_outside_the_database(sealed: Place) -> None:
    lines = (sealed.data / LOG_FILE).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [asdict(seal) for seal in sealed.seals()]
    assert {path.name: path.stat().st_mode & 0o777 for path in sealed.data.iterdir()} == {
        KEY_FILE: 0o600, LOG_FILE: 0o600,
    }  # fmt: skip


def test_nothing_new_is_no_seal(sealed: Place) -> None:
    before = (sealed.data / LOG_FILE).read_bytes()
    assert sealed.seal()
    assert (sealed.data / LOG_FILE).read_bytes() == before
    assert len(sealed.seals()) == 3


def test_what_is_not_sealed_yet_is_counted(sealed: Place) -> None:
    sealed.happen("a", "b")
    found = sealed.verify()
    assert (found.events, found.not_sealed) == (9, 2)
    assert found.not_sealed_since is not None


def test_events_from_before_the_seals_are_in_the_first_one(place: Place) -> None:
    place.happen("a", "b")
    place.tamper("UPDATE audit_event SET transaction = NULL")
    assert place.seal()
    assert place.verify().events == 2


def test_nothing_is_sealed_while_an_older_transaction_may_still_add(place: Place) -> None:
    with owner_connection() as slow, slow.transaction():
        slow.execute(INSERT, ["slow"])
        place.happen("quick")
        assert not place.sealer.seal()
        place.happen("after the question")
        assert not place.sealer.seal()
    assert place.seal()
    assert place.seals()[0].events == 2
    assert place.verify().not_sealed == 1


def test_a_transaction_without_events_so_far_holds_nothing_up_that_it_could_not_add_to(place: Place) -> None:
    with owner_connection() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM audit_event")
        place.happen("quick")
        assert place.seal()
        reader.execute(INSERT, ["later"])
    assert place.seal()
    assert [seal.events for seal in place.seals()] == [1, 1]
    assert place.verify().events == 2


def test_nothing_is_left_out_beside_writers_with_short_and_long_transactions(place: Place) -> None:
    stop = threading.Event()

    def write(pause: float) -> None:
        with owner_connection() as writer:
            while not stop.is_set():
                with writer.transaction():
                    for _ in range(3):
                        writer.execute(INSERT, ["busy"])
                        time.sleep(pause)
                with writer.transaction(force_rollback=True):
                    writer.execute(INSERT, ["taken back"])

    writers = [threading.Thread(target=write, args=[pause]) for pause in (0, 0.001, 0.003, 0.02, 0.1)]
    for writer in writers:
        writer.start()
    try:
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            place.sealer.seal()
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert len(place.seals()) > 2
    assert place.seal()
    assert place.seal()
    found = place.verify()
    in_table = place.owner.execute("SELECT count(*) FROM audit_event").fetchone()
    assert (found.events, found.not_sealed) == (in_table[0], 0)
    # The test would prove nothing if ids came in the order of transactions.
    order = [xid for (xid,) in place.owner.execute("SELECT transaction::text::bigint FROM audit_event ORDER BY id")]
    assert order != sorted(order)


def test_transactions_that_are_numbered_anew_begin_a_series(sealed: Place) -> None:
    sealed.happen("after a restore")
    last_id = sealed.owner.execute("SELECT max(id) FROM audit_event").fetchone()[0]  # type: ignore[index]
    sealed.sealer.waits_for = last_id, 5
    assert sealed.seal()
    assert [seal.series for seal in sealed.seals()] == [1, 1, 1, 2]
    assert "en 2 séries (la base a été restaurée)" in describe(sealed.verify())


def test_the_application_cannot_choose_the_transaction(office: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO audit_event (organization_id, "table", action, changes, reason, actor, request, transaction)'
            " VALUES (%s, '', 'forged', '{}', '', '', '', '7') RETURNING transaction <> '7'::xid8",
            [office.organization_id],
        )
        assert cursor.fetchone()[0]


# --- Tampering as a superuser: everything that is in the database may be written ---
def by_another_key(place: Place) -> None:
    """Events changed and the whole chain made anew, by somebody who has read how seals are made."""
    place.tamper(
        "UPDATE audit_event SET reason = 'nothing happened' WHERE action = 'event 0'", "DELETE FROM audit_seal"
    )
    elsewhere = place.data / "elsewhere"
    elsewhere.mkdir()
    Sealer(place.sealer.url, elsewhere).seal()


def by_another_key_under_our_name(place: Place) -> None:
    by_another_key(place)
    place.tamper(f"UPDATE audit_seal SET key = '{last_of_log(place.data).key}'")  # type: ignore[union-attr]


def at(position: int) -> str:
    return f"id = (SELECT id FROM audit_event ORDER BY id OFFSET {position} LIMIT 1)"


COPY_OF_FIRST = """
    INSERT INTO audit_event (id, at, organization_id, "table", action, changes, reason, actor, request, transaction)
    SELECT {id}, at, organization_id, "table", 'invented', changes, reason, actor, request, transaction
    FROM audit_event ORDER BY audit_event.id LIMIT 1
"""
LAST_SEAL = "(SELECT max(number) FROM audit_seal)"
BEFORE_LAST_SEAL = "(SELECT last_event FROM audit_seal ORDER BY number DESC OFFSET 1 LIMIT 1)"
ATTACKS: dict[str, tuple[list[str] | Callable[[Place], None], str]] = {
    "edit a reason": ([f"UPDATE audit_event SET reason = 'x' WHERE {at(1)}"], "Le contenu .* le sceau 1 "),
    "edit what changed": ([f"UPDATE audit_event SET changes = '{{}}' WHERE {at(4)}"], "Le contenu .* le sceau 2 "),
    "edit the time by a µs": (
        [f"UPDATE audit_event SET at = at + interval '1 microsecond' WHERE {at(8)}"], "Le contenu .* le sceau 3 ",
    ),
    "edit the person": ([f"UPDATE audit_event SET actor_id = 1 WHERE {at(0)}"], "Le contenu .* le sceau 1 "),
    "edit the address": ([f"UPDATE audit_event SET ip = '192.0.2.1' WHERE {at(0)}"], "Le contenu .* le sceau 1 "),
    "edit the transaction": ([f"UPDATE audit_event SET transaction = '7' WHERE {at(0)}"], "Le contenu .* le sceau 1 "),
    "move to an organization": ([f"UPDATE audit_event SET organization_id = 1 WHERE {at(0)}"], "Le contenu"),
    "delete": ([f"DELETE FROM audit_event WHERE {at(4)}"], "ont été retirés : 1 au lieu de 2 sous le sceau 2 "),
    "delete all": (["DELETE FROM audit_event"], "ont été retirés : 0 au lieu de 3 sous le sceau 1 "),
    "insert back-dated": ([COPY_OF_FIRST.format(id="-1")], "ont été ajoutés : 4 au lieu de 3 sous le sceau 1 "),
    "put in the place of another": (
        [f"DELETE FROM audit_event WHERE {at(0)}", COPY_OF_FIRST.format(id="-1")], "Le contenu .* le sceau 1 ",
    ),
    "swap two": (
        [f"UPDATE audit_event SET id = -1 WHERE {at(1)}", f"UPDATE audit_event SET id = id - 1 WHERE {at(2)}",
         f"UPDATE audit_event SET id = (SELECT min(id) FROM audit_event WHERE id > 0) + 1 WHERE {at(0)}"],
        "Le contenu|ont été",
    ),
    "truncate the tail": ([f"DELETE FROM audit_event WHERE id > {BEFORE_LAST_SEAL}"], "0 au lieu de 4 .* le sceau 3 "),
    "truncate the tail with its seal": (
        [f"DELETE FROM audit_event WHERE id > {BEFORE_LAST_SEAL}",
         f"DELETE FROM audit_seal WHERE number = {LAST_SEAL}"],
        "La base a perdu ce que seals.log connaît encore : le sceau 3 ",
    ),
    "remove everything": (["DELETE FROM audit_event", "DELETE FROM audit_seal"], "La base a perdu .* le sceau 1 "),
    "remove a seal in the middle": (["DELETE FROM audit_seal WHERE number = 2"], "Le sceau 2 manque .* le sceau 3 "),
    "edit a seal": (["UPDATE audit_seal SET events = 1 WHERE number = 2"], "La signature .* le sceau 2 "),
    "edit a seal's day": (
        ["UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 1"], "La signature",
    ),
    "the whole chain by another key": (by_another_key, "Une autre clé que la nôtre .* le sceau 1 "),
    "and under our key's name": (by_another_key_under_our_name, "La signature .* le sceau 1 "),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_is_found(sealed: Place, attack: str) -> None:
    work, expected = ATTACKS[attack]
    if callable(work):
        work(sealed)
    else:
        sealed.tamper(*work)
    with pytest.raises(Broken, match=expected):
        sealed.verify()


def test_a_tail_replaced_and_sealed_by_us_since_is_found(sealed: Place) -> None:
    first = sealed.seals()[0]
    sealed.tamper(f"DELETE FROM audit_event WHERE id > {first.last_event}", "DELETE FROM audit_seal WHERE number > 1")
    sealed.happen("harmless")
    with pytest.raises(SealError, match=r"seal 3 of seals\.log is not in the database: manage\.py verify_audit"):
        sealed.seal()
    with pytest.raises(Broken, match="ne dit pas la même chose que la base du sceau 2 "):
        sealed.verify()


DISGUISES = {
    "a view": (
        "ALTER TABLE audit_event RENAME TO kept; CREATE VIEW audit_event AS SELECT * FROM kept",
        "DROP VIEW audit_event; ALTER TABLE kept RENAME TO audit_event",
    ),
    "a policy": (
        "CREATE POLICY disguise ON audit_event AS RESTRICTIVE TO koprogo_owner USING (action <> 'invented')",
        "DROP POLICY disguise ON audit_event",
    ),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_showing_the_owner_something_else_is_found(sealed: Place, disguise: str) -> None:
    put_on, take_off = DISGUISES[disguise]
    sealed.owner.execute(put_on)
    try:
        with pytest.raises(Broken, match="montre le journal autrement qu’il n’est"):
            sealed.verify()
    finally:
        sealed.owner.execute(take_off)


# --- The log and the key ---
def test_a_line_that_a_crash_kept_from_the_log_follows(sealed: Place) -> None:
    log = sealed.data / LOG_FILE
    whole = log.read_bytes()
    log.write_bytes(whole[:-200])  # the third line by half
    assert not sealed.verify().is_last_logged
    assert sealed.seal()
    assert log.read_bytes() == whole
    assert sealed.verify().is_last_logged


@pytest.mark.parametrize("left", [0, 1])
def test_a_log_that_lacks_more_than_the_last_line_is_broken(sealed: Place, left: int) -> None:
    log = sealed.data / LOG_FILE
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:left]))
    with pytest.raises(Broken, match=rf"seals\.log n’a pas le sceau {left + 1} .*, que d’autres suivent"):
        sealed.verify()


def test_a_changed_line_of_the_log_is_found(sealed: Place) -> None:
    log = sealed.data / LOG_FILE
    log.write_text(log.read_text().replace('"events": 2', '"events": 3'))
    with pytest.raises(Broken, match=r"seals\.log ne dit pas la même chose que la base du sceau 2 "):
        sealed.verify()


def test_a_former_key_still_verifies_behind_the_new_one(sealed: Place) -> None:
    key = sealed.data / KEY_FILE
    key.write_text(f"the new one\n{key.read_text()}")
    sealed.happen("a")
    assert sealed.seal()
    assert len({seal.key for seal in sealed.seals()}) == 2
    assert sealed.verify().seals == 4


def test_nothing_is_sealed_with_a_key_that_did_not_make_the_last_seal(
    sealed: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_SEAL_KEY", "of another place")
    sealed.happen("a")
    with pytest.raises(SealError, match="seal 3 was made with a key that is not given"):
        sealed.seal()
    monkeypatch.delenv("AUDIT_SEAL_KEY")
    (sealed.data / KEY_FILE).unlink()
    with pytest.raises(SealError, match="there is neither AUDIT_SEAL_KEY nor a key in"):
        sealed.seal()
    with pytest.raises(SealError, match="there is neither"):
        sealed.verify()
