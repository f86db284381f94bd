"""The same test on portfolios of several sizes, and the other tests of this size."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.ops.models import LoadTest, Mix
from apps.ops.report import words
from apps.ops.report.load import kilobytes_per_request
from apps.ops.report.published import Figure, Rebuilt
from apps.ops.report.reckoning import compare
from apps.ops.report.resources import memory
from apps.ops.report.tables import Cell, Picture, Row, Section, Table
from koprogo import charts, formats

SIZES = [15, 300, 1500, 15000]
REBUILT = {
    15: (Rebuilt.THROUGHPUT_15, Rebuilt.TIMES_BARE_15),
    300: (Rebuilt.THROUGHPUT_300, Rebuilt.TIMES_BARE_300),
    1500: (Rebuilt.THROUGHPUT_1500, Rebuilt.TIMES_BARE_1500),
}
# (mix, proxy, size)
REBUILT_OTHERS = {
    (Mix.PAGES.value, False, 300): Rebuilt.TIMES_BARE_OF_PAGES_300,
    (Mix.PAGES.value, False, 1500): Rebuilt.TIMES_BARE_OF_PAGES_1500,
    (Mix.MIXED.value, True, 1500): Rebuilt.TIMES_BARE_BY_PROXY_1500,
}


def times_bare(test: LoadTest) -> Decimal:
    return test.figure("requests_per_second") / test.figure("bare_requests_per_second")


def growth(by_size: dict[int, LoadTest]) -> Section:
    headings = [
        _("Copropriétés"), _("Début"), _("Débit"), _("Rapport à gunicorn nu"), _("Rapport au plus petit"), _("P50"),
        _("P99"), _("Mémoire au pic"), _("Publié, rebâti ici"), _("Rapport à gunicorn nu, rebâti ici"), _("Verdict"),
    ]  # fmt: skip
    tested = [by_size[size] for size in SIZES if size in by_size]
    first = times_bare(tested[0]) if tested else Decimal(1)
    rows = [_size_row(size, by_size.get(size), first, len(headings)) for size in SIZES]
    pictures = []
    if len(tested) > 1:
        caption = _("Débit du test mixte en parts de gunicorn nu, selon le nombre de copropriétés")
        points = [(words.count(Decimal(test.portfolio_buildings)), times_bare(test)) for test in tested]
        pictures = [Picture(caption, charts.line(caption, points, words.times_bare, words.short))]
    sentence = _("Le dernier test mixte, sans proxy, de chaque taille de portefeuille ; « rebâti ici » est le système"
                 " du rapport publié, construit et mesuré dans le même banc.")  # fmt: skip
    return Section(_("Croissance"), "", [sentence], [Table(_("Croissance du portefeuille"), headings, rows)], pictures)


def _size_row(size: int, test: LoadTest | None, first: Decimal, width: int) -> Row:
    name = words.count(Decimal(size))
    if test is None:
        return Row([name, _("pas encore mesuré"), *[""] * (width - 2)], ["deploy/loadtest"])
    cells: list[Cell] = [
        name, formats.day(test.started_at), words.per_second(test.figure("requests_per_second")),
        words.times_bare(times_bare(test)), words.share(times_bare(test) / first),
        words.milliseconds(test.figure("p50")), words.milliseconds(test.figure("p99")),
        words.megabytes(memory(test, "peak")),
    ]  # fmt: skip
    sources = ["portfolio_buildings", "requests_per_second", "bare_requests_per_second", "p50", "p99",
               "Σ processes.mb.peak"]  # fmt: skip
    if size in REBUILT:
        throughput, ratio = REBUILT[size]
        cells += [words.published(throughput, words.per_second), words.published(ratio, words.times_bare)]
        cells += [_verdict(test, ratio)]
        sources += [throughput.source, ratio.source]
    else:
        cells += ["", "", ""]
    return Row(cells, sources)


def _verdict(test: LoadTest, theirs: Figure) -> words.Verdict:
    found = compare(times_bare(test), theirs.value, high=theirs.high, more_is_better=True)
    return words.verdict(found, words.SPEED)


def others(tests: Iterable[LoadTest]) -> Section:
    """Pages alone, and what came through the proxy."""
    headings = [
        _("Test"), _("Début"), _("Débit"), _("Rapport à gunicorn nu"), _("P50"), _("P99"), _("Erreurs"),
        _("Par requête"), _("CO₂ par requête"), _("Rapport à gunicorn nu, rebâti ici"), _("Verdict"),
    ]  # fmt: skip
    rows = [_other_row(test) for test in tests]
    sentence = _("Les derniers tests de cette taille avec une autre charge, ou un autre chemin.")
    return Section(_("Autres tests"), "", [sentence], [Table(_("Autres tests"), headings, rows)])


def _other_row(test: LoadTest) -> Row:
    path = _("par le proxy TLS") if test.proxy else _("sans proxy")
    theirs = REBUILT_OTHERS.get((test.mix, test.proxy, test.portfolio_buildings))
    cells: list[Cell] = [
        _("%(mix)s, %(path)s") % {"mix": test.get_mix_display(), "path": path}, formats.day(test.started_at),
        words.per_second(test.figure("requests_per_second")), words.times_bare(times_bare(test)),
        words.milliseconds(test.figure("p50")), words.milliseconds(test.figure("p99")),
        words.count(test.figure("errors")), words.kilobytes(kilobytes_per_request(test)),
        words.grams(test.figure("co2_g_per_request")),
        words.published(theirs, words.times_bare) if theirs else "", _verdict(test, theirs) if theirs else "",
    ]  # fmt: skip
    sources = ["mix", "proxy", "requests_per_second", "bare_requests_per_second", "p50", "p99", "errors",
               "bytes_per_request", "co2_g_per_request"]  # fmt: skip
    return Row(cells, sources + ([theirs.source] if theirs else []))
