"""The audit is sealed behind every transaction, in a chain that is logged outside the database."""

import json
import threading
import time
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection

from apps.audit.management.commands.verify_audit import describe
from apps.audit.verifying import Broken, Figures
from koprogo.seals import KEY_FILE, LOG_FILE, SealError
from tests.audit.conftest import INSERT, Place
from tests.conftest import owner_connection


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
        began = time.monotonic()
        while time.monotonic() < began + 1.5 or (len(place.seals()) < 3 and time.monotonic() < began + 30):
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
