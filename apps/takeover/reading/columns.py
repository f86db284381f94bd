"""The sheets and columns of the workbook: header, field, what a cell means, and what the template says about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.takeover.reading import codes, limits
from apps.takeover.reading.values import Parser, day_of, one_of, short_text
from koprogo import numbers

Look = Literal["text", "date", "money", "number"]


class Required:
    """Stands for "an empty cell is a fault"."""


REQUIRED = Required()


@dataclass(frozen=True, slots=True)
class Column:
    """`blank` is what an empty cell means; an `optional` column may be missing from the sheet."""

    header: str
    field: str
    parse: Parser
    help: str | Promise
    blank: Any = REQUIRED
    optional: bool = False
    look: Look = "text"
    choices: tuple[str, ...] = ()


def text(header: str, field: str, limit: int, help: str | Promise = "", blank: Any = REQUIRED) -> Column:
    """Prose, where a national register number is also looked for without its signs."""
    return Column(header, field, short_text(limit, free=True), help, blank)


def code(
    header: str, field: str, limit: int, help: str | Promise = "", blank: Any = REQUIRED, *, optional: bool = False
) -> Column:
    return Column(header, field, short_text(limit), help, blank, optional)


def choice(
    header: str,
    field: str,
    labels: Mapping[str, str],
    help: str | Promise = "",
    blank: Any = REQUIRED,
    *,
    optional: bool = False,
) -> Column:
    return Column(header, field, one_of(labels), help, blank, optional, choices=tuple(labels))


def day(header: str, field: str, help: str | Promise = "", blank: Any = REQUIRED, *, optional: bool = False) -> Column:
    return Column(header, field, day_of, help, blank, optional, look="date")


def money(header: str, field: str, help: str | Promise = "") -> Column:
    return Column(header, field, numbers.money, help, look="money")


def integer(
    header: str,
    field: str,
    help: str | Promise,
    bounds: tuple[int, int] = (0, limits.MAX_INTEGER),
    blank: Any = REQUIRED,
    *,
    optional: bool = False,
) -> Column:
    return Column(header, field, numbers.whole(*bounds), help, blank, optional, look="number")


BUILDING = code("Immeuble", "building", limits.REFERENCE, _("Référence de l'immeuble."))
COUNTRY = Column("Pays", "country", codes.country, _("Deux lettres ; vide : BE."), "BE")
ENTERPRISE = Column(
    "Numéro d'entreprise",
    "enterprise_number",
    codes.enterprise_number,
    _("Dix chiffres ; vide s'il n'y en a pas."),
    None,
)


def iban(header: str, field: str) -> Column:
    return Column(header, field, codes.bank_account, _("Vide s'il n'y en a pas."), None)
