"""What the generator saw: parameters, results, latencies, yardsticks (sections 1.1 and 1.2)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.ops.models import LoadTest
from apps.ops.report import words
from apps.ops.report.published import Figure, Published
from apps.ops.report.reckoning import BYTES_A_KILOBYTE, compare
from apps.ops.report.tables import Compared, Picture, Row, Section, Table
from koprogo import charts, formats

LATENCIES: dict[str, Figure] = {
    "p50": Published.P50, "p75": Published.P75, "p90": Published.P90,
    "p95": Published.P95, "p99": Published.P99, "p999": Published.P999,
}  # fmt: skip
NAMES = {"p50": "P50", "p75": "P75", "p90": "P90", "p95": "P95", "p99": "P99", "p999": "P99,9"}


def parameters(test: LoadTest) -> Section:
    table = Compared(test, _("Paramètres du test"))
    table.read(_("Durée"), "seconds", Published.SECONDS, words.seconds)
    table.read(_("Connexions simultanées"), "connections", Published.CONNECTIONS, words.count)
    table.read(_("Copropriétés du portefeuille"), "portfolio_buildings", None, words.count)
    _tell(table, _("Début"), formats.moment(test.started_at), "", ["started_at"])
    reading = _("%(percent)s de lecture") % {"percent": words.per_cent(Published.READING_PERCENT.value)}
    _tell(table, _("Charge"), test.get_mix_display(), reading, ["mix", Published.READING_PERCENT.source])
    proxy = words.yes_or_no(test.proxy)
    _tell(table, _("Par un proxy TLS"), proxy, words.yes_or_no(True), ["proxy", "Traefik (2.1)"])
    _tell(table, _("Processeur"), test.figures["machine"]["model"], _("1 vCPU, 2 Go"), ["machine.model"])
    return Section(
        _("Paramètres du test"), "1.1",
        sentences=[
            _("Le test publié interrogeait une API JSON compilée ; celui-ci ouvre les pages entières qu’un syndic"
              " ouvre, et envoie ses vrais formulaires. Tout ce qui sert (base de données, application, tâches,"
              " proxy) tient sur un seul processeur ; un autre porte le générateur."),
        ],
        tables=[table.table()],
        notes=[
            _("Le test publié venait d’une autre machine, par l’internet et un proxy TLS ; celui-ci part de la même"
              " machine : ses latences ne comptent pas le voyage."),
        ],
    )  # fmt: skip


def _tell(table: Compared, label: str, ours: str, theirs: str, sources: list[str]) -> None:
    table.rows.append(Row([label, ours, theirs, ""], sources))


def results(test: LoadTest) -> Section:
    table = Compared(test, _("Résultats globaux"))
    table.read(_("Requêtes"), "requests", Published.REQUESTS, words.count)
    table.reckon(
        _("Requêtes réussies"), test.figure("requests") - test.figure("errors"), ["requests − errors"],
        Published.SUCCEEDED, words.count,
    )  # fmt: skip
    table.read(_("Requêtes échouées"), "errors", Published.FAILED, words.count)
    table.read(_("Taux de succès"), "success_rate", Published.SUCCESS_PERCENT, words.per_cent, times=100)
    table.rows.append(error_rate(test))
    table.read(
        _("Débit moyen, tel que publié"), "requests_per_second", Published.THROUGHPUT, words.per_second, words.SPEED,
        more_is_better=True,
    )  # fmt: skip
    table.rows.append(_true_throughput(test))
    table.read(
        _("Débit au pic"), "peak_requests_per_second", Published.PEAK_THROUGHPUT, words.per_second, words.SPEED,
        more_is_better=True,
    )  # fmt: skip
    corrected = {
        "published": words.per_second(Published.THROUGHPUT.value), "right": words.per_second(their_rate()),
        "requests": words.count(Published.REQUESTS.value), "seconds": words.seconds(Published.SECONDS.value),
    }  # fmt: skip
    return Section(
        _("Résultats globaux"), "1.2", tables=[table.table()],
        notes=[
            _("Le rapport publie %(published)s ; ses propres nombres donnent %(right)s"
              " (%(requests)s requêtes ÷ %(seconds)s). Les deux lignes sont montrées.") % corrected,
        ],
    )  # fmt: skip


def error_rate(test: LoadTest) -> Row:
    table = Compared(test, "")
    rate = (1 - test.figure("success_rate")) * 100
    table.reckon(_("Taux d’erreur"), rate, ["1 − success_rate"], Published.ERROR_PERCENT, words.per_cent, words.SAFETY)
    return table.rows[0]


def their_rate() -> Decimal:
    """What the published requests and seconds make: 265 and not 287."""
    return Published.REQUESTS.value / Published.SECONDS.value


def _true_throughput(test: LoadTest) -> Row:
    ours = test.figure("requests_per_second")
    found = words.verdict(compare(ours, their_rate(), more_is_better=True), words.SPEED)
    source = f"{Published.REQUESTS.source} ÷ {Published.SECONDS.source}"
    label = _("Débit moyen, recalculé de ses nombres")
    return Row([label, words.per_second(ours), words.per_second(their_rate()), found], ["requests_per_second", source])


def latencies(test: LoadTest) -> Section:
    table = Compared(test, _("Latences"))
    for key, theirs in LATENCIES.items():
        assert theirs.target is not None
        named = {"name": NAMES[key], "target": words.milliseconds(theirs.target)}
        table.read(_("%(name)s (cible publiée : %(target)s)") % named, key, theirs, words.milliseconds, words.SPEED)
    series = [
        (_("Ce test"), [test.figure(key) for key in LATENCIES]),
        (_("Publié"), [theirs.value for theirs in LATENCIES.values()]),
    ]
    caption = _("Latences en millisecondes, ce test et le rapport publié")
    svg = charts.grouped_bars(caption, list(NAMES.values()), series, words.milliseconds, words.count)
    missed = [NAMES[key] for key, theirs in LATENCIES.items() if theirs.target and test.figure(key) >= theirs.target]
    sentence = (
        _("Cibles publiées manquées ici : %(names)s.") % {"names": ", ".join(missed)}
        if missed
        else _("Toutes les cibles publiées sont tenues.")
    )
    return Section(_("Latences"), "1.2", [sentence, *_spread(test)], [table.table()], [Picture(caption, svg)])


def _spread(test: LoadTest) -> list[str]:
    """How far the slow ones are from the usual one; nothing where that one is too short to divide by."""
    usual = test.figure("p50")
    if not usual:
        return []
    factors = {key: words.short(test.figure(key) / usual) for key in ("p99", "p999")}
    theirs = words.short(Published.P99.value / Published.P50.value)
    sentence = _("P99 est à %(p99)s fois P50 et P99,9 à %(p999)s fois ; dans le rapport publié, P99 à %(theirs)s fois.")
    return [sentence % (factors | {"theirs": theirs})]


def yardsticks(test: LoadTest) -> Section:
    ours, bare, floor = (test.figure(f"{name}requests_per_second") for name in ("", "bare_", "floor_"))
    rows = [
        Row([_("gunicorn nu : deux octets, sans Django"), words.per_second(bare), ""], ["bare_requests_per_second"]),
        Row(
            [
                _("Plancher : une page vide de la personne connectée"),
                words.per_second(floor),
                words.times_bare(floor / bare),
            ],
            ["floor_requests_per_second", "÷ bare_requests_per_second"],
        ),
        Row(
            [_("Ce test"), words.per_second(ours), words.times_bare(ours / bare)],
            ["requests_per_second", "÷ bare_requests_per_second"],
        ),
        Row(
            [_("Ce test, au plancher"), "", _("%(number)s × plancher") % {"number": words.short(ours / floor)}],
            ["requests_per_second ÷ floor_requests_per_second"],
        ),
    ]
    sentence = _("Un débit absolu dépend de la machine et de la minute : les rapports à gunicorn nu, mesuré dans le"
                 " même passage, se comparent d’un test à l’autre.")  # fmt: skip
    return Section(
        _("Étalons du même passage"), "", [sentence],
        [Table(_("Étalons du même passage"), [_("Étalon"), _("Débit"), _("Rapport")], rows)],
    )  # fmt: skip


def kilobytes_per_request(test: LoadTest) -> Decimal:
    """Both directions."""
    return bytes_per_request(test) / BYTES_A_KILOBYTE


def bytes_per_request(test: LoadTest) -> Decimal:
    return test.figure("bytes_per_request.sent") + test.figure("bytes_per_request.received")
