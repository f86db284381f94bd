"""How many copropriétés the measured throughput holds (section 3.1)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.ops.models import LoadTest
from apps.ops.report import words
from apps.ops.report.load import their_rate
from apps.ops.report.published import Figure, Published
from apps.ops.report.reckoning import CAREFUL, CENTRAL, HOPEFUL, Scenario, buildings_held, compare
from apps.ops.report.tables import Picture, Row, Section, Table
from koprogo import charts

Named = list[tuple[str, Scenario, Figure]]


def _scenarios() -> Named:
    return [
        (_("Prudent"), CAREFUL, Published.HELD_CAREFUL),
        (_("Central"), CENTRAL, Published.HELD_REALISTIC),
        (_("Optimiste"), HOPEFUL, Published.HELD_HOPEFUL),
    ]


def capacity(test: LoadTest) -> Section:
    scenarios, ours = _scenarios(), test.figure("requests_per_second")
    headings = [
        _("Scénario"), _("Actifs à la fois"), _("Utilisateurs actifs par copropriété"), _("Ce test"),
        _("Publié, même calcul"), _("Recalculé"), _("Verdict"), _("Tableau publié"),
    ]  # fmt: skip
    rows = [_row(ours, *scenario) for scenario in scenarios]
    series = [
        (_("Ce test"), [buildings_held(ours, scenario) for _name, scenario, _theirs in scenarios]),
        (_("Publié, même calcul"), [buildings_held(Published.THROUGHPUT.value, each[1]) for each in scenarios]),
    ]
    caption = _("Copropriétés tenues par un vCPU, selon le scénario")
    svg = charts.grouped_bars(caption, [name for name, _scenario, _theirs in scenarios], series, words.count)
    return Section(
        _("Capacité"), "3.1", [_method()], [Table(_("Copropriétés tenues"), headings, rows)], [Picture(caption, svg)],
        notes=[_note()],
    )  # fmt: skip


def _row(ours: Decimal, name: str, scenario: Scenario, theirs: Figure) -> Row:
    held = buildings_held(ours, scenario)
    published = buildings_held(Published.THROUGHPUT.value, scenario)
    found = compare(held, published, more_is_better=True)
    return Row(
        [
            name, words.per_cent(scenario.active_percent), words.short(scenario.users), words.count(held),
            words.count(published), words.count(buildings_held(their_rate(), scenario)),
            words.verdict(found, words.ROOM), words.published(theirs, words.count),
        ],
        ["requests_per_second", Published.THROUGHPUT.source, theirs.source],
    )  # fmt: skip


def _method() -> str:
    sentence = _(
        "Copropriétés tenues = requêtes par seconde ÷ %(each)s (une personne active) ÷ part des personnes actives à la"
        " fois (%(share)s) ÷ personnes actives par copropriété (%(users)s), par la méthode publiée :"
        " USER_REQUESTS_PER_SECOND, ACTIVE_PERCENT et ACTIVE_USERS (3.1)."
    )
    return sentence % {
        "each": words.per_second(Published.USER_REQUESTS_PER_SECOND.value),
        "share": words.published(Published.ACTIVE_PERCENT, words.per_cent),
        "users": words.published(Published.ACTIVE_USERS, words.count),
    }


def _note() -> str:
    sentence = _(
        "Le tableau publié annonce davantage que ses propres hypothèses ne donnent (%(rate)s font %(held)s dans le"
        " scénario central) ; il recommande lui-même %(advised)s copropriétés : HELD_ADVISED (3.1). « Recalculé » part"
        " de %(right)s."
    )
    return sentence % {
        "rate": words.per_second(Published.THROUGHPUT.value),
        "held": words.count(buildings_held(Published.THROUGHPUT.value, CENTRAL)),
        "advised": words.published(Published.HELD_ADVISED, words.count),
        "right": words.per_second(their_rate()),
    }
