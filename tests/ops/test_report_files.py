"""Load tests that come in: judged whole, kept whole or not at all."""

import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, transaction

from apps.audit.models import AuditEvent
from apps.ops.loadtest.figures import Measured, Plan, to_figures
from apps.ops.loadtest.generator import Counted
from apps.ops.loadtest.machine import figures as figures_of_machine
from apps.ops.loadtest.processes import Watch
from apps.ops.models import LoadTest
from apps.ops.report.reckoning import network_grams, server_grams
from apps.ops.report.shape import LARGEST_FILE, Wrong, read_figures
from apps.ops.services import WrongFiles, keep_load_tests
from koprogo import context
from tests.ops.load_tests import FIGURES, NOW, figures, file_of, keep

WRONG = {
    "nothing": (b"", "ce n’est pas du JSON lisible."),
    "no text": (b"\xff\xfe\x00", "ce n’est pas du JSON lisible."),
    "deep": (b"[" * 100_000, "ce n’est pas du JSON lisible."),
    "a list": (b"[1, 2]", "ce n’est pas le résultat d’un test : un objet JSON était attendu."),
    "too large": (b" " * (LARGEST_FILE + 1), "il est trop grand pour un test de charge (200 ko au plus)."),
    "infinite": (file_of(p50=float("inf")), "« Infinity » n’est pas un nombre fini."),
    "not a number": (file_of(extra=float("nan")), "« NaN » n’est pas un nombre fini."),
    "beyond numbers": (file_of().replace(b"33.5", b"1e999"), "un de ses nombres est trop grand."),
    "NUL": (file_of(machine__model="a\0"), "un de ses textes n’est pas lisible."),
    "NUL in a key": (file_of(**{"a\0": 1}), "un de ses textes n’est pas lisible."),
    "half a character": (file_of(machine__model="\ud800"), "un de ses textes n’est pas lisible."),
    "text for a number": (file_of(p50="33"), "« p50 » : un nombre était attendu."),
    "truth for a number": (file_of(errors=True), "« errors » : un nombre entier était attendu."),
    "half a request": (file_of(requests=1.5), "« requests » : un nombre entier était attendu."),
    "no request": (file_of(requests=0), "« requests » est hors de toute mesure possible."),
    "more than all": (file_of(success_rate=99.74), "« success_rate » est hors de toute mesure possible."),
    "no bare": (file_of(bare_requests_per_second=0), "« bare_requests_per_second » est hors de toute mesure possible."),
    "falling": (file_of(p75=500), "ses percentiles ne croissent pas de p50 à p999."),
    "unknown mix": (file_of(mix="écriture"), "« mix » : « mixed » ou « pages » était attendu."),
    "unknown path": (file_of(proxy="no"), "« proxy » : vrai ou faux était attendu."),
    "no zone": (
        file_of(started_at="2026-11-22T21:04:00"),
        "« started_at » : une date et une heure avec leur fuseau étaient attendues.",
    ),
    "no day": (
        file_of(started_at="2026-02-31T21:04:00Z"),
        "« started_at » : une date et une heure avec leur fuseau étaient attendues.",
    ),
    "future": (file_of(started_at="2027-01-01T00:00:00Z"), "« started_at » n’est pas un moment possible."),
    "before it all": (file_of(started_at="1999-01-01T00:00:00Z"), "« started_at » n’est pas un moment possible."),
    "no process": (file_of(processes=[]), "« processes » : une liste de 1 à 40 processus était attendue."),
    "nameless": (file_of(processes__0__name=" "), "« processes[0].name » : un texte court était attendu."),
    "memory": (file_of(processes__1__mb__peak=-1), "« processes[1].mb.peak » est hors de toute mesure possible."),
}
REQUIRED = [
    *(key for key in FIGURES if key not in {"machine", "bytes_per_request", "processes"}),
    *(f"machine.{key}" for key in FIGURES["machine"]), "bytes_per_request.sent", "bytes_per_request.received",
    "processes",
]  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_told_in_one_sentence(kind: str) -> None:
    content, sentence = WRONG[kind]
    with pytest.raises(Wrong) as wrong:
        read_figures(content, NOW)
    assert str(wrong.value) == sentence


@pytest.mark.parametrize("key", REQUIRED)
def test_a_key_that_is_missing_is_named(key: str) -> None:
    found = figures()
    *above, last = key.split(".")
    place = found
    for step in above:
        place = place[step]
    del place[last]
    with pytest.raises(Wrong, match=f"« {key} » manque"):
        read_figures(json.dumps(found).encode(), NOW)


def test_further_keys_are_kept_along(db: None) -> None:
    test = keep(failures=[{"path": "/buildings/", "status": 500}])
    test.refresh_from_db()
    assert test.figures == figures(failures=[{"path": "/buildings/", "status": 500}])
    assert (test.mix, test.portfolio_buildings, test.seconds, test.connections, test.proxy) == (
        "mixed", 1500, 60, 20, False,
    )  # fmt: skip
    assert test.started_at == datetime(2026, 11, 22, 21, 4, tzinfo=UTC)


def test_one_wrong_file_keeps_the_others_out(db: None) -> None:
    files = [("a.json", file_of()), ("b.json", b"{"), ("c.json", file_of(p50=-1))]
    with pytest.raises(WrongFiles) as wrong:
        keep_load_tests(files=files, by=None, at=NOW)
    assert wrong.value.sentences == [
        "b.json : ce n’est pas du JSON lisible.", "c.json : « p50 » est hors de toute mesure possible.",
    ]  # fmt: skip
    assert LoadTest.objects.count() == 0


def test_the_same_test_is_kept_once_also_from_another_zone(db: None) -> None:
    again = file_of(started_at="2026-11-22T22:04:00+01:00")
    kept = keep_load_tests(files=[("a.json", file_of()), ("b.json", again)], by=None, at=NOW)
    assert (len(kept.tests), kept.known) == (1, ["b.json"])
    assert keep_load_tests(files=[("c.json", file_of())], by=None, at=NOW).known == ["c.json"]
    assert LoadTest.objects.count() == 1


def test_another_mix_of_the_same_moment_is_another_test(db: None) -> None:
    keep()
    keep(mix="pages")
    keep(proxy=True)
    keep(portfolio_buildings=15)
    assert LoadTest.objects.count() == 4


def test_what_was_kept_is_never_changed(db: None) -> None:
    keep()
    with pytest.raises(Error) as refusal, transaction.atomic():
        LoadTest.objects.update(seconds=1)
    assert refusal.value.__cause__.sqlstate == "42501"


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("load_test_mix_is_known", {"mix": "all"}),
        ("load_test_sizes_are_positive", {"seconds": 0}),
        ("load_test_sizes_are_positive", {"connections": 0}),
        ("load_test_sizes_are_positive", {"portfolio_buildings": 0}),
    ],
)
def test_the_database_refuses(db: None, rule: str, change: dict[str, Any]) -> None:
    test = keep()
    with pytest.raises(Error) as refusal, transaction.atomic():
        LoadTest.objects.create(
            **{"started_at": NOW, "mix": "mixed", "portfolio_buildings": 1, "seconds": 1, "connections": 1,
               "proxy": False, "figures": test.figures, "kept_at": NOW} | change
        )  # fmt: skip
    assert refusal.value.__cause__.diag.constraint_name == rule


def test_coming_and_going_are_in_the_journal_without_the_figures(db: None) -> None:
    test = keep()
    test.delete()
    context.enter(context.Context(str(context.NO_ORGANIZATION)))
    events = AuditEvent.objects.filter(table="ops_loadtest").order_by("id")
    assert [event.action for event in events] == ["insert", "delete"]
    assert events[0].changes["figures"] == ["…", "…"]
    assert events[0].changes["portfolio_buildings"] == [None, 1500]


# --- The command ---
def test_the_command_keeps_files_and_says_so(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    paths[0].write_bytes(file_of())
    paths[1].write_bytes(file_of(started_at=(NOW - timedelta(days=2)).isoformat()))
    call_command("keep_load_test", paths[0])
    call_command("keep_load_test", *paths)
    assert capsys.readouterr().out.splitlines() == [
        "Tests gardés : 1.", "a.json : ce test est déjà gardé.", "Tests gardés : 1.",
    ]  # fmt: skip
    context.enter(context.Context(str(context.NO_ORGANIZATION)))
    assert set(AuditEvent.objects.filter(table="ops_loadtest").values_list("actor", flat=True)) == {"command line"}


def test_the_command_refuses_in_a_sentence(db: None, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(file_of(p50="vite"))
    with pytest.raises(CommandError, match=r"a\.json : « p50 » : un nombre était attendu\.\nRien n’a été gardé\."):
        call_command("keep_load_test", path)
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("keep_load_test", tmp_path / "none.json")
    assert LoadTest.objects.count() == 0


def test_what_the_load_test_writes_is_kept() -> None:
    """The rig's own code, from the counters of a run to the file."""
    watch = Watch({"gunicorn": os.getpid()})
    watch.look()
    watch.look()
    watch.rest()
    watch.look()
    machine = figures_of_machine(cpu_idle=3.2, disk=(0.0, 12.5), bytes_in=1_000_000, bytes_out=9_000_000)
    percentiles = {"p50": 30.123, "p75": 40.0, "p90": 50.0, "p95": 60.0, "p99": 70.0, "p999": 90.0}
    counted = Counted(
        requests=600, seconds=2.0, bytes_received=9_000_000, bytes_sent=600_000, failed=2, broken=1,
        percentiles=percentiles, peak_per_second=320, faults={"GET /buildings/ answered 500": 2},
    )  # fmt: skip
    found = Measured(NOW, counted, counted, watch.processes(), machine, 6, (counted, counted))
    written = to_figures(Plan("mixed", 2, 20, 1500, proxy=True), found)
    read = read_figures(json.dumps(written).encode(), NOW)
    assert (read["requests"], read["errors"], read["bytes_per_request"]) == (
        601, 3, {"sent": 1000.0, "received": 15_000.0},
    )  # fmt: skip
    expected = network_grams(Decimal(16_000)) + server_grams(Decimal(300))
    assert read["co2_g_per_request"] == pytest.approx(float(expected), abs=1e-6)
