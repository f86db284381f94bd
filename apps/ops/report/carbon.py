"""Grams of CO₂ a request and kilograms a year, by the published method (sections 4.1 to 4.3)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.ops.constants import GRID_G_PER_KWH, MARGIN, NETWORK_G_PER_KB, SERVER_WATTS_PER_CPU
from apps.ops.models import LoadTest
from apps.ops.report import words
from apps.ops.report.load import bytes_per_request
from apps.ops.report.published import Figure, Published
from apps.ops.report.reckoning import (
    GRAMS_A_KILOGRAM,
    compare,
    factor,
    kilograms,
    network_grams,
    server_grams,
)
from apps.ops.report.tables import Compared, Picture, Row, Section, Table
from koprogo import charts

YEARS = [
    (Published.REQUESTS_YEAR_1, Published.KG_YEAR_1), (Published.REQUESTS_YEAR_2, Published.KG_YEAR_2),
    (Published.REQUESTS_YEAR_3, Published.KG_YEAR_3), (Published.REQUESTS_YEAR_4, Published.KG_YEAR_4),
    (Published.REQUESTS_YEAR_5, Published.KG_YEAR_5),
]  # fmt: skip


def carbon(test: LoadTest, by_proxy: LoadTest | None) -> Section:
    """`by_proxy`: the same load through the proxy, where bytes are compressed as they are in service."""
    tables = [_per_request(test, _("CO₂ par requête, ce test"))]
    if by_proxy is not None:
        tables.append(_per_request(by_proxy, _("CO₂ par requête, par le proxy TLS")))
    return Section(_("Carbone par requête"), "4.1, 4.2", [_method()], tables, notes=[_server_note()])


def _per_request(test: LoadTest, caption: str) -> Table:
    table = Compared(test, caption)
    sent = ["bytes_per_request.sent + bytes_per_request.received", "× NETWORK_G_PER_KB"]
    table.reckon(
        _("Réseau"), network_grams(bytes_per_request(test)), sent, Published.NETWORK_G, words.grams, words.CARBON
    )
    server = server_grams(test.figure("requests_per_second"))
    source = ["SERVER_WATTS_PER_CPU × GRID_G_PER_KWH × MARGIN ÷ requests_per_second"]
    table.reckon(_("Serveur, tel que publié"), server, source, Published.SERVER_G, words.grams)
    table.reckon(_("Serveur, publié recalculé"), server, source, _their_server(), words.grams, words.CARBON)
    table.read(_("Total"), "co2_g_per_request", Published.TOTAL_G, words.grams, words.CARBON)
    table.read(
        _("Total, et l’objectif publié pour 2028"), "co2_g_per_request", Published.AIM_OF_2028_G, words.grams,
        words.CARBON,
    )  # fmt: skip
    return table.table()


def _their_server() -> Figure:
    """2.63 kg ÷ 9.05 × 10⁹ requests, with their margin: a thousand times less than what was printed."""
    value = Published.SERVER_KG_A_YEAR.value * GRAMS_A_KILOGRAM / Published.REQUESTS_A_YEAR.value * factor(MARGIN)
    return Figure("4.1", value, name=f"{Published.SERVER_KG_A_YEAR.name} ÷ {Published.REQUESTS_A_YEAR.name} × MARGIN")


def _method() -> str:
    sentence = _(
        "Méthode publiée : réseau %(network)s par ko, les deux sens ensemble (NETWORK_G_PER_KB) ; serveur %(watts)s W"
        " par vCPU (SERVER_WATTS_PER_CPU) × %(grid)s g/kWh (GRID_G_PER_KWH), réparti sur les requêtes servies, et une"
        " marge de × %(margin)s (MARGIN)."
    )
    return sentence % {
        "network": words.grams(factor(NETWORK_G_PER_KB)),
        "watts": words.short(factor(SERVER_WATTS_PER_CPU)),
        "grid": words.short(factor(GRID_G_PER_KWH)),
        "margin": words.short(factor(MARGIN)),
    }


def _server_note() -> str:
    sentence = _(
        "La part du serveur est publiée mille fois trop haute : %(kilograms)s ÷ %(requests)s requêtes font %(grams)s,"
        " et avec la marge %(margined)s, non %(printed)s."
    )
    theirs = _their_server().value
    return sentence % {
        "kilograms": words.kilograms(Published.SERVER_KG_A_YEAR.value),
        "requests": words.count(Published.REQUESTS_A_YEAR.value),
        "grams": words.grams(theirs / factor(MARGIN)),
        "margined": words.grams(theirs),
        "printed": words.grams(Published.SERVER_G.value),
    }


# --- A year ---
def projections(test: LoadTest) -> Section:
    """`test`: the one through the proxy where there is one."""
    headings = [
        _("Année"), _("Requêtes par an"), _("Publié"), _("Publié, recalculé"), _("Ce service"), _("En voiture"),
        _("Verdict"),
    ]  # fmt: skip
    rows = [_year(test, number, *year) for number, year in enumerate(YEARS, start=1)]
    grams = test.figure("co2_g_per_request")
    series = [
        (_("Ce service"), [kilograms(requests.value, grams) for requests, _theirs in YEARS]),
        (_("Publié, recalculé"), [_their_kilograms(requests) for requests, _theirs in YEARS]),
    ]
    caption = _("CO₂ par an, en kilogrammes, aux requêtes prévues par le rapport publié")
    labels = [_("An %(number)s") % {"number": number} for number in range(1, len(YEARS) + 1)]
    svg = charts.grouped_bars(caption, labels, series, words.kilograms, words.count)
    return Section(
        _("Carbone par an"), "4.3", [_base(test)], [Table(_("CO₂ par an"), headings, rows)], [Picture(caption, svg)],
        notes=[_year_note()],
    )  # fmt: skip


def _year(test: LoadTest, number: int, requests: Figure, theirs: Figure) -> Row:
    ours, right = kilograms(requests.value, test.figure("co2_g_per_request")), _their_kilograms(requests)
    found = words.verdict(compare(ours, right), words.CARBON)
    return Row(
        [
            _("An %(number)s") % {"number": number}, words.count(requests.value), words.kilograms(theirs.value),
            words.kilograms(right), words.kilograms(ours), words.kilometres(ours * _car()), found,
        ],
        [requests.source, theirs.source, "co2_g_per_request"],
    )  # fmt: skip


def _their_kilograms(requests: Figure) -> Decimal:
    """What the published requests and the published grams make."""
    return kilograms(requests.value, Published.TOTAL_G.value)


def _car() -> Decimal:
    """Kilometres by car for a kilogram of CO₂, as the published table has it."""
    return Published.CAR_KM_YEAR_1.value / Published.KG_YEAR_1.value


def _base(test: LoadTest) -> str:
    sentence = (
        _("Aux %(grams)s par requête du test par le proxy TLS, en voiture à %(car)s km par kg : %(source)s.")
        if test.proxy
        else _("Aux %(grams)s par requête de ce test, sans proxy, en voiture à %(car)s km par kg : %(source)s.")
    )
    return sentence % {
        "grams": words.grams(test.figure("co2_g_per_request")),
        "car": words.short(_car()),
        "source": f"{Published.CAR_KM_YEAR_1.source} ÷ {Published.KG_YEAR_1.source}",
    }


def _year_note() -> str:
    sentence = _(
        "Les totaux annuels publiés sont mille fois trop bas : %(requests)s requêtes à %(grams)s font %(right)s, non"
        " %(printed)s. Le verdict compare à « Publié, recalculé » : %(source)s."
    )
    first, printed = YEARS[0]
    return sentence % {
        "requests": words.count(first.value),
        "grams": words.grams(Published.TOTAL_G.value),
        "right": words.kilograms(_their_kilograms(first)),
        "printed": words.kilograms(printed.value),
        "source": Published.TOTAL_G.source,
    }
