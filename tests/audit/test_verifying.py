"""Whatever somebody who may write everything in the database changes in the audit is found."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.audit.management.commands.verify_audit import describe
from apps.audit.verifying import Broken
from koprogo.seals import KEY_FILE, SealError, last_of_log, make_key
from tests.audit.conftest import Place


def by_another_key(place: Place) -> None:
    """Events changed and the whole chain made anew, by somebody who has read how seals are made."""
    place.tamper(
        "UPDATE audit_event SET reason = 'nothing happened' WHERE action = 'event 0'", "DELETE FROM audit_seal"
    )
    elsewhere = place.data / "elsewhere"
    elsewhere.mkdir()
    assert Place(place.owner, elsewhere).seal()


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


# --- manage.py verify_audit ---
@pytest.fixture
def say(sealed: Place, settings: Any, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    settings.DATA_DIR, settings.DATABASE_URLS = sealed.data, {"owner": sealed.sealer.url}

    def said() -> str:
        call_command("verify_audit")
        return capsys.readouterr().out

    return said


def test_the_command_says_that_all_is_right(sealed: Place, say: Callable[[], str]) -> None:
    last = sealed.seals()[-1]
    figures = f"Tout est en ordre : 9 événement(s) sous 3 sceau(x). Dernier sceau : 3, {last.mac}.\n"
    assert say() == figures
    sealed.happen("a", "b")
    assert re.fullmatch(
        rf"{re.escape(figures)}Pas encore scellés : 2 événement\(s\), depuis le [\d/]{{10}} à \d\d:\d\d\.\n", say()
    )


def test_the_command_says_what_is_broken(sealed: Place, say: Callable[[], str]) -> None:
    second = sealed.seals()[1]
    sealed.tamper(f"DELETE FROM audit_event WHERE {at(3)}")
    sealed_at = timezone.localtime(datetime.fromisoformat(second.sealed_at))
    with pytest.raises(CommandError) as refusal:
        say()
    assert str(refusal.value) == (
        "Le journal n’est plus celui qui a été scellé. Des événements ont été retirés : 1 au lieu de 2 sous le sceau 2 "
        f"(événements {second.first_event} à {second.last_event}, scellés le {sealed_at:%d/%m/%Y à %H:%M})."
    )


def test_the_command_asks_for_the_key(sealed: Place, say: Callable[[], str]) -> None:
    (sealed.data / KEY_FILE).unlink()
    with pytest.raises(
        CommandError, match=r"La clé des sceaux manque : donnez AUDIT_SEAL_KEY, ou le fichier .*seal\.key"
    ):
        say()


def test_before_the_first_seal_nothing_is_right_or_wrong(place: Place) -> None:
    place.happen("a")
    make_key(place.data)
    assert describe(place.verify()) == "Rien n’est scellé encore : 1 événement(s)."
