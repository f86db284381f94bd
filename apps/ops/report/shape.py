"""What a load test's file must be: judged whole before anything of it is kept.

{
  "started_at": "2026-11-22T21:04:00+00:00", "mix": "mixed", "portfolio_buildings": 1500, "seconds": 60,
  "connections": 20, "proxy": false,
  "requests": …, "errors": …, "success_rate": 0 to 1,
  "requests_per_second": …, "peak_requests_per_second": …, "floor_requests_per_second": …,
  "bare_requests_per_second": …, "p50": ms, "p75": …, "p90": …, "p95": …, "p99": …, "p999": …,
  "bytes_per_request": {"sent": …, "received": …}, "co2_g_per_request": …, "postgres_connections": …,
  "processes": [{"name": …, "cpu_seconds": …, "restarts": …, "cpu_percent": {"rest", "mean", "peak"}, "mb": the same}],
  "machine": {"model": …, "load_average": …, "cpu_idle": per cent, "swap_mb": …, "disk_read_kb_s": …,
              "disk_write_kb_s": …, "bytes_in": …, "bytes_out": …}
}
More keys may stand beside these.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.ops.models import Mix

LARGEST_FILE = 200_000
MOST_PROCESSES = 40
PERCENTILES = ["p50", "p75", "p90", "p95", "p99", "p999"]
PHASES = ["rest", "mean", "peak"]
LARGEST = 10**15
Limits = tuple[float, float]
EARLIEST_YEAR = 2025

# Key → the least and the most that it may be; whole numbers as int, others as float.
COUNTS: dict[str, Limits] = {
    "portfolio_buildings": (1, 1_000_000), "seconds": (1, 604_800), "connections": (1, 100_000),
    "requests": (1, LARGEST), "errors": (0, LARGEST),
}  # fmt: skip
NUMBERS: dict[str, Limits] = {
    "success_rate": (0, 1), "requests_per_second": (1e-6, 1e7), "peak_requests_per_second": (0, 1e7),
    "floor_requests_per_second": (1e-6, 1e7), "bare_requests_per_second": (1e-6, 1e7),
    **dict.fromkeys(PERCENTILES, (0, 1e7)), "bytes_per_request.sent": (0, 1e9), "bytes_per_request.received": (0, 1e9),
    "co2_g_per_request": (0, 1e4), "postgres_connections": (0, 1e5),
    "machine.load_average": (0, 1e5), "machine.cpu_idle": (0, 100), "machine.swap_mb": (0, 1e9),
    "machine.disk_read_kb_s": (0, 1e9), "machine.disk_write_kb_s": (0, 1e9), "machine.bytes_in": (0, LARGEST),
    "machine.bytes_out": (0, LARGEST),
}  # fmt: skip
PROCESS_NUMBERS: dict[str, Limits] = {
    "cpu_seconds": (0, 1e9), "restarts": (0, 1e6),
    **{f"cpu_percent.{phase}": (0, 1e5) for phase in PHASES}, **{f"mb.{phase}": (0, 1e7) for phase in PHASES},
}  # fmt: skip


class Wrong(Exception):
    """The file is no load test's; says where and why."""


def read_figures(content: bytes, at: datetime) -> dict[str, Any]:
    """The figures of a file that is right in every key; `at`: now, because no test starts in the future."""
    figures = _parse(content)
    for key, limits in COUNTS.items():
        _check_number(figures, key, limits, is_whole=True)
    for key, limits in NUMBERS.items():
        _check_number(figures, key, limits)
    for place, process in enumerate(_processes(figures)):
        _check_process(process, f"processes[{place}]")
    _check_words(figures, at)
    if any(figures[lower] > figures[higher] for lower, higher in pairwise(PERCENTILES)):
        raise Wrong(_("ses percentiles ne croissent pas de p50 à p999."))
    return figures


def _parse(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST_FILE:
        raise Wrong(_("il est trop grand pour un test de charge (200 ko au plus)."))
    try:
        found = json.loads(content.decode(), parse_constant=_refuse_constant)
        for value in _values(found):
            _check_can_be_kept(value)
    except (ValueError, RecursionError) as error:
        raise Wrong(_("ce n’est pas du JSON lisible.")) from error
    if not isinstance(found, dict):
        raise Wrong(_("ce n’est pas le résultat d’un test : un objet JSON était attendu."))
    return found


def _refuse_constant(name: str) -> None:
    raise Wrong(_("« %(value)s » n’est pas un nombre fini.") % {"value": name})


def _values(found: Any) -> Iterator[Any]:
    """Every text, number and key of what was read."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield key
            yield from _values(value)
    elif isinstance(found, list):
        for value in found:
            yield from _values(value)
    else:
        yield found


def _check_can_be_kept(value: Any) -> None:
    if isinstance(value, float) and not isfinite(value):
        raise Wrong(_("un de ses nombres est trop grand."))
    if isinstance(value, str) and ("\0" in value or not _is_text(value)):
        raise Wrong(_("un de ses textes n’est pas lisible."))


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_number(found: Any, key: str, limits: Limits, *, is_whole: bool = False, above: str = "") -> None:
    value = _value(found, key, above)
    kinds: Any = int if is_whole else (int, float)
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, kinds):
        kind = _("un nombre entier était attendu") if is_whole else _("un nombre était attendu")
        raise Wrong(_("« %(key)s » : %(problem)s.") % {"key": above + key, "problem": kind})
    if not low <= value <= high:
        raise Wrong(_("« %(key)s » est hors de toute mesure possible.") % {"key": above + key})


def _value(found: Any, key: str, above: str = "") -> Any:
    for step in key.split("."):
        if not isinstance(found, dict) or step not in found:
            raise Wrong(_("« %(key)s » manque.") % {"key": above + key})
        found = found[step]
    return found


def _processes(figures: dict[str, Any]) -> list[Any]:
    processes = _value(figures, "processes")
    if not isinstance(processes, list) or not 1 <= len(processes) <= MOST_PROCESSES:
        raise Wrong(_("« processes » : une liste de 1 à 40 processus était attendue."))
    return processes


def _check_process(process: Any, place: str) -> None:
    _check_text(process, "name", above=f"{place}.")
    for key, limits in PROCESS_NUMBERS.items():
        _check_number(process, key, limits, above=f"{place}.")


def _check_text(found: Any, key: str, above: str = "") -> None:
    value = _value(found, key, above)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 200:
        raise Wrong(_("« %(key)s » : un texte court était attendu.") % {"key": above + key})


def _check_words(figures: dict[str, Any], at: datetime) -> None:
    _check_text(figures, "machine.model")
    if _value(figures, "mix") not in Mix.values:
        raise Wrong(_("« mix » : « mixed » ou « pages » était attendu."))
    if not isinstance(_value(figures, "proxy"), bool):
        raise Wrong(_("« proxy » : vrai ou faux était attendu."))
    started_at = _moment(_value(figures, "started_at"))
    if started_at.year < EARLIEST_YEAR or started_at > at + timedelta(days=1):
        raise Wrong(_("« started_at » n’est pas un moment possible."))


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        if timezone.is_aware(found):
            return found
    except (TypeError, ValueError):
        pass
    raise Wrong(_("« started_at » : une date et une heure avec leur fuseau étaient attendues."))
