"""The invoices of a building: what comes in during a year, five a month, and what it costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from random import Random

from apps.ops.portfolio.words import MONTHS
from koprogo.money import CENT

YEARS = (2024, 2025)
# A bill is this many per cent of its template: few different amounts, so that each is split once.
LEVELS = (85, 92, 96, 100, 104, 110, 118, 130)


@dataclass(frozen=True, slots=True)
class Cost:
    """One line: where it is booked, how it goes over the lots (a key, or a private lot), without VAT in EUR."""

    description: str
    account: str
    way: str
    net: int


@dataclass(frozen=True, slots=True)
class Template:
    trade: str
    description: str
    vat_rate: int
    months: int  # that it pays for
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Bill:
    template: Template
    number: int  # in its year, from 1
    on: date
    period: tuple[date, date]  # its end is excluded
    lines: list[tuple[Cost, Amounts]]

    @property
    def description(self) -> str:
        start, is_yearly = self.period[0], self.template.months == 12
        return f"{self.template.description}, {'année' if is_yearly else MONTHS[start.month - 1]} {start.year}"


def _simple(
    trade: str, description: str, account: str, way: str, net: int, *, vat: int = 21, months: int = 1
) -> Template:
    return Template(trade, description, vat, months, (Cost(description, account, way, net),))


FEE = _simple("syndic", "Honoraires du syndic", "613000", "EGA", 1650, months=3)
GARDEN = _simple("jardin", "Entretien du jardin", "6106", "GEN", 310)
EVERY_MONTH = [
    _simple("nettoyage", "Nettoyage des communs", "6105", "GEN", 640),
    _simple("ascenseur", "Entretien de l’ascenseur", "6101", "ASC", 215, vat=6),
    Template("énergie", "Électricité", 21, 1, (
        Cost("Électricité des communs", "6121", "GEN", 265), Cost("Électricité de l’ascenseur", "6121", "ASC", 140),
    )),
    _simple("énergie", "Gaz de la chaufferie", "6122", "CHF", 1480),
]  # fmt: skip
MONTH_BY_MONTH = [
    _simple("assurance", "Assurance incendie", "6140000", "GEN", 4820, vat=0, months=12),
    FEE,
    _simple("chauffage", "Ramonage et réglage", "6103", "CHF", 420, vat=6, months=12),
    FEE,
    GARDEN,
    _simple("eau", "Eau", "6120", "EGA", 1130, vat=6, months=6),
    _simple("travaux", "Réfection de la toiture", "6110009", "GEN", 5400, vat=6),
    _simple("travaux", "Réparation d’une fuite", "6430", "2B", 235, vat=6),
    GARDEN,
    _simple("incendie", "Contrôle des extincteurs", "6100", "GEN", 285, months=12),
    FEE,
    _simple("banque", "Frais bancaires", "6500", "GEN", 96, vat=0, months=12),
]
TRADES = sorted({template.trade for template in EVERY_MONTH + MONTH_BY_MONTH})


def bills(rng: Random, year: int, count: int) -> Iterator[Bill]:
    for i in range(count):
        month = i * 12 // count + 1
        slot = i % (len(EVERY_MONTH) + 1)
        template = EVERY_MONTH[slot] if slot < len(EVERY_MONTH) else MONTH_BY_MONTH[month - 1]
        level = rng.choice(LEVELS)
        lines = [(cost, _amounts(cost.net, template.vat_rate, level)) for cost in template.costs]
        yield Bill(template, i + 1, date(year, month, rng.randint(2, 27)), _period(year, month, template.months), lines)


@cache
def _amounts(net: int, vat_rate: int, level: int) -> Amounts:
    charged = (Decimal(net * level) / 100).quantize(CENT)
    return Amounts(charged, (charged * vat_rate / 100).quantize(CENT, ROUND_HALF_UP))


def _period(year: int, month: int, months: int) -> tuple[date, date]:
    """The month of the bill and those after it, or its whole year."""
    if months == 12:
        return date(year, 1, 1), date(year + 1, 1, 1)
    end = year * 12 + month - 1 + months
    return date(year, month, 1), date(end // 12, end % 12 + 1, 1)
