"""The report: which tests it is printed from, and its sections."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.ops.models import LoadTest, Mix
from apps.ops.report import words
from apps.ops.report.capacity import capacity
from apps.ops.report.carbon import carbon, projections
from apps.ops.report.growth import growth, others
from apps.ops.report.load import latencies, parameters, results, yardsticks
from apps.ops.report.published import Figure, Published
from apps.ops.report.reckoning import CENTRAL, buildings_held, compare
from apps.ops.report.resources import network, processes, stability, system
from apps.ops.report.tables import Section

TARGET_SIZE = 1500  # what the published report's machine is to hold
Kind = tuple[str, bool, int]  # mix, proxy, size

Tile = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Report:
    test: LoadTest
    tiles: list[Tile]
    sections: list[Section]


def latest_tests() -> dict[Kind, LoadTest]:
    """The latest test of each kind; one statement."""
    kinds = ("mix", "proxy", "portfolio_buildings")
    found = LoadTest.objects.order_by(*kinds, "-started_at", "-id").distinct(*kinds)
    return {(test.mix, test.proxy, test.portfolio_buildings): test for test in found}


def main_test(latest: dict[Kind, LoadTest]) -> LoadTest | None:
    """The latest mixed test of the largest portfolio up to the target, if possible without the proxy."""
    mixed = [test for test in latest.values() if test.is_mixed and test.portfolio_buildings <= TARGET_SIZE]
    return max(mixed, key=lambda test: (test.portfolio_buildings, not test.proxy), default=None)


def build_report(test: LoadTest, latest: dict[Kind, LoadTest]) -> Report:
    by_size = {size: found for (mix, proxy, size), found in latest.items() if mix == Mix.MIXED and not proxy}
    size = test.portfolio_buildings
    others_here = [
        found for kind, found in sorted(latest.items()) if kind[2] == size and kind[:2] != (test.mix, test.proxy)
    ]
    by_proxy = None if test.proxy else latest.get((test.mix, True, size))
    sections = [
        parameters(test), results(test), latencies(test), yardsticks(test), processes(test), system(test),
        network(test), stability(test), capacity(test), carbon(test, by_proxy), projections(by_proxy or test),
        growth(by_size),
    ]  # fmt: skip
    if others_here:
        sections.append(others(others_here))
    return Report(test, _tiles(test), sections)


def _tiles(test: LoadTest) -> list[Tile]:
    rate = test.figure("requests_per_second")
    held, theirs = (buildings_held(each, CENTRAL) for each in (rate, Published.THROUGHPUT.value))
    return [
        (
            _("Débit"), words.per_second(rate),
            _beside(rate, Published.THROUGHPUT, words.per_second, words.SPEED, more_is_better=True),
        ),
        *(
            (
                _("Latence %(name)s") % {"name": name}, words.milliseconds(test.figure(key)),
                _beside(test.figure(key), figure, words.milliseconds, words.SPEED),
            )
            for name, key, figure in (("P50", "p50", Published.P50), ("P99", "p99", Published.P99))
        ),
        (
            _("CO₂ par requête"), words.grams(test.figure("co2_g_per_request")),
            _beside(test.figure("co2_g_per_request"), Published.TOTAL_G, words.grams, words.CARBON),
        ),
        (
            _("Copropriétés tenues"), words.count(held),
            _beside(held, Figure("3.1", theirs), words.count, words.ROOM, more_is_better=True),
        ),
    ]  # fmt: skip


def _beside(ours: Decimal, theirs: Figure, show: words.Show, said: words.Words, *, more_is_better: bool = False) -> str:
    found = words.verdict(compare(ours, theirs.value, more_is_better=more_is_better), said)
    return _("publié : %(value)s – %(verdict)s") % {"value": show(theirs.value), "verdict": found.words}
